from odoo import models


class MerchantReason(models.AbstractModel):
    _inherit = "merchant.reason"

    def _sentences(self):
        sentence = self.env._(
            "No rule finds a warehouse that can serve it. Choose one by hand, or release it when goods have come."
        )
        return {**super()._sentences(), "no_warehouse": sentence}
