from odoo import models


class MerchantSourcingEngine(models.AbstractModel):
    _inherit = "merchant.sourcing.engine"

    def _prepare_facts(self, order):
        shop = order.merchant_shop_id
        facts = {**super()._prepare_facts(order), "shop": frozenset(shop.ids)}
        if shop.warehouse_ids:
            facts["serving"] = frozenset(shop.warehouse_ids.ids)
        return facts

    def _paid_at(self, order):
        return order.platform_paid_at or super()._paid_at(order)
