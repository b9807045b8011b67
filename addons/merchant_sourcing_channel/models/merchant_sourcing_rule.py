from odoo import api, fields, models


class MerchantSourcingRule(models.Model):
    _inherit = "merchant.sourcing.rule"

    shop_ids = fields.Many2many("merchant.shop", string="Shops", check_company=True)

    @api.depends("shop_ids")
    def _compute_summary(self):
        return super()._compute_summary()

    @api.model
    def _condition_fields(self):
        return ["shop_ids", *super()._condition_fields()]

    def _prepare_wants(self):
        wants = super()._prepare_wants()
        if self.shop_ids:
            wants["shop"] = frozenset(self.shop_ids.ids)
        return wants
