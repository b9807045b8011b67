from odoo import fields, models
from odoo.exceptions import UserError


class ResCompany(models.Model):
    _inherit = "res.company"

    merchant_price_policy = fields.Selection(
        [("specific", "The most specific price wins"), ("best", "The best price for the customer wins")],
        string="When Several Prices Fit",
        required=True,
        default="specific",
    )
    merchant_price_moment = fields.Selection(
        [("order", "When the order was placed"), ("confirm", "When it is confirmed"), ("payment", "When it was paid")],
        string="Prices As Of",
        required=True,
        default="order",
        help="The moment that must lie within a price's validity.",
    )
    merchant_pricelist_id = fields.Many2one(
        "product.pricelist",
        string="General Price List",
        groups="merchant_base.group_user",
        help="New tiers' and customers' lists fall back to it.",
    )
    merchant_floor_after_promotion = fields.Boolean(
        "Floors Count Promotions",
        default=True,
        help="A floor looks at what is left after promotions and coupons; otherwise at the price before them.",
    )
    merchant_hand_limit = fields.Float(
        "Discount by Hand (%)",
        default=100.0,
        help="How far users without a pricing role may go below our price; more needs an approval. 100: no limit.",
    )
    merchant_hand_reason = fields.Boolean(
        "Ask for a Reason", help="A price below ours, entered by hand, needs a reason before the order is confirmed."
    )

    _merchant_hand_limit_percent = models.Constraint(
        "CHECK (merchant_hand_limit >= 0 AND merchant_hand_limit <= 100)", "The limit is a percentage from 0 to 100."
    )

    def _merchant_new_list(self, name, level, following=None):
        """A price list of a level that falls back to ``following`` or to the company's general list."""
        self.ensure_one()
        if not self.env.user.has_group("merchant_price_tier.group_price_manager") and not self.env.su:
            raise UserError(
                self.env._("Only a price manager makes price lists: ask one, or have the role given to you.")
            )
        following = following or self.sudo().merchant_pricelist_id
        return self.env["product.pricelist"].create(
            {
                "name": name or self.env._("New"),
                "merchant_level": level,
                "company_id": self.id,
                "currency_id": following.currency_id.id or self.currency_id.id,
                "merchant_next_id": following.id,
            }
        )
