from odoo import api, fields, models


class MerchantPriceLimit(models.Model):
    """How far below our price a role may go by hand."""

    _name = "merchant.price.limit"
    _description = "Discount Limit of a Role"
    _order = "company_id, percent, id"
    _rec_name = "group_id"

    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    group_id = fields.Many2one(
        "res.groups",
        string="Role",
        required=True,
        ondelete="cascade",
        domain=lambda self: [
            ("privilege_id.category_id", "=", self.env.ref("merchant_base.module_category_merchant").id)
        ],
    )
    percent = fields.Float("Discount by Hand (%)", required=True, help="Of several roles the largest limit counts.")

    _role_uniq = models.Constraint("UNIQUE (company_id, group_id)", "This role has a limit already: change that one.")
    _percent_range = models.Constraint(
        "CHECK (percent >= 0 AND percent <= 100)", "The limit is a percentage from 0 to 100."
    )

    @api.model
    def _of_user(self, company):
        """The percentage that the present user may go below our price in a company."""
        if self.env.user.has_group("merchant_price_tier.group_price_approver"):
            return 100.0
        # everybody is held to the limits, whether or not he may read them
        own = self.sudo().search(
            [("company_id", "=", company.id), ("group_id", "in", self.env.user.sudo().all_group_ids.ids)]
        )
        return max(own.mapped("percent"), default=company.sudo().merchant_hand_limit)
