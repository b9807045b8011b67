from odoo import api, fields, models


class MerchantSourcingRule(models.Model):
    _inherit = "merchant.sourcing.rule"

    tier_ids = fields.Many2many("merchant.price.tier", string="Price Tiers", check_company=True)

    @api.depends("tier_ids")
    def _compute_summary(self):
        return super()._compute_summary()

    @api.model
    def _condition_fields(self):
        return [*super()._condition_fields(), "tier_ids"]

    def _prepare_wants(self):
        wants = super()._prepare_wants()
        if self.tier_ids:
            wants["tier"] = frozenset(self.tier_ids.ids)
        return wants
