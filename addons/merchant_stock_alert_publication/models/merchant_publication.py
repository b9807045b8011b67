from odoo import models


class MerchantPublication(models.Model):
    _inherit = "merchant.publication"

    def _words(self):
        return {**super()._words(), "alert": self.env._("Held back because of a stock alert")}

    def _explain(self, sharers, held):
        """Whoever asks why so few are offered reads of the alert that holds the rest back."""
        why = super()._explain(sharers, held)
        if summary := self.listing_id.stock_hold_summary:
            why["steps"].append({"state": "bad", "text": summary})
        return why
