from odoo import models


class MerchantReason(models.AbstractModel):
    _inherit = "merchant.reason"

    def _sentences(self):
        return {
            **super()._sentences(),
            "alert_paused": self.env._(
                "Held back because of a stock alert: the platform keeps what it has until the alert closes or somebody "
                "lifts it."
            ),
        }
