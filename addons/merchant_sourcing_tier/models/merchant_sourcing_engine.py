from odoo import models


class MerchantSourcingEngine(models.AbstractModel):
    _inherit = "merchant.sourcing.engine"

    def _prepare_facts(self, order):
        return {**super()._prepare_facts(order), "tier": frozenset(order.merchant_tier_id.ids)}

    def _rank(self, order):
        """Of customers served alike, the better tier comes first and those without one last."""
        tier = order.merchant_tier_id
        return (*super()._rank(order), not tier, -tier.sequence)
