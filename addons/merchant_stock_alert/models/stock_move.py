from odoo import api, models

_EXPECTED = {
    "state",
    "date",
    "product_id",
    "product_uom",
    "product_uom_qty",
    "location_id",
    "location_dest_id",
    "location_final_id",
}
_PLACED = {"product_id", "location_id", "location_dest_id", "location_final_id"}


class StockMove(models.Model):
    _inherit = "stock.move"

    # the evaluation reads open moves only, a handful beside years of done ones
    _merchant_open_idx = models.Index(
        "(product_id) WHERE state IN ('waiting', 'confirmed', 'assigned', 'partially_available')"
    )

    @api.model_create_multi
    def create(self, vals_list):
        moves = super().create(vals_list)
        moves._mark_stock()
        return moves

    def write(self, vals):
        if not _EXPECTED & vals.keys():
            return super().write(vals)
        if _PLACED & vals.keys():
            self._mark_stock()
        result = super().write(vals)
        self._mark_stock(always="state" in vals)
        return result

    def _mark_stock(self, always=False):
        """Moves that somebody counts on: those that are neither drafts nor past, or just became so (``always``)."""
        pairs = set()
        # the warehouse of a place is no secret, and the mark says nothing but that something is to be counted
        for move in self.sudo():
            if always or move.state not in ("draft", "done", "cancel"):
                target = move.location_final_id or move.location_dest_id
                pairs |= {(move.product_id.id, place.warehouse_id.id) for place in (move.location_id, target)}
        self.env["merchant.stock.mark"]._mark(pair for pair in pairs if all(pair))
