from odoo import api, models


class MerchantOrderBuilder(models.AbstractModel):
    _inherit = "merchant.order.builder"

    @api.model
    def _take(self, shop, pairs):
        """Orders taken change what is left to sell, whether they became orders or wait."""
        result = super()._take(shop, pairs)
        if pairs:
            self.env["merchant.pending.sale"]._note(shop, pairs)
        return result
