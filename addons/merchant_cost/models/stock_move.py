from odoo import models


class StockMove(models.Model):
    _name = "stock.move"
    _inherit = ["stock.move", "merchant.cost.guard"]
    _merchant_cost_fields = frozenset(
        {
            "value",
            "value_manual",
            "value_justification",
            "value_computed_justification",
            "standard_price",
            "price_unit",
            "remaining_value",
        }
    )

    def _action_confirm(self, merge=True, merge_into=False, create_proc=True):
        """What is merged has to cost the same."""
        return super(StockMove, self._at_work())._action_confirm(
            merge=merge, merge_into=merge_into, create_proc=create_proc
        )

    def _action_done(self, cancel_backorder=False):
        """What arrives and leaves is valued."""
        return super(StockMove, self._at_work())._action_done(cancel_backorder=cancel_backorder)

    def _split(self, qty, restrict_partner_id=False):
        """What is left costs what the whole did."""
        return super(StockMove, self._at_work())._split(qty, restrict_partner_id=restrict_partner_id)
