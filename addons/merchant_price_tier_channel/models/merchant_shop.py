from odoo import api, fields, models


class MerchantShop(models.Model):
    _inherit = "merchant.shop"

    merchant_tier_id = fields.Many2one(
        "merchant.price.tier",
        string="Price Tier",
        check_company=True,
        ondelete="restrict",
        help="What this shop's buyers should pay: the tier's price list becomes the shop's.",
    )
    merchant_price_moment = fields.Selection(
        [("order", "When the order was placed"), ("confirm", "When it is confirmed"), ("payment", "When it was paid")],
        string="Prices As Of",
        help="The moment that must lie within a price's validity. Empty: as the company has it.",
    )
    merchant_floor_counts = fields.Selection(
        [("after", "The price after promotions"), ("before", "The price before promotions")],
        string="Floors Look At",
        help="What is held against the floor. Empty: as the company has it.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._with_tier_list(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._with_tier_list(vals))

    @api.onchange("merchant_tier_id")
    def _onchange_merchant_tier_id(self):
        if self.merchant_tier_id:
            self.pricelist_id = self.merchant_tier_id.pricelist_id

    def _with_tier_list(self, vals):
        tier = self.env["merchant.price.tier"].browse(vals.get("merchant_tier_id"))
        return {**vals, "pricelist_id": tier.pricelist_id.id} if tier else vals
