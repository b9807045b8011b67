from odoo import models

# What makes a delivery ready, smaller or none.
_WATCHED = {"state", "product_uom_qty", "picking_id"}


class StockMove(models.Model):
    _inherit = "stock.move"

    def write(self, vals):
        watched = not _WATCHED.isdisjoint(vals) and self.env["stock.warehouse"]._merchant_wms_kept()
        before = self.picking_id if watched and "picking_id" in vals else self.env["stock.picking"]
        result = super().write(vals)
        if watched:
            (before | self.picking_id)._merchant_wms_mark()
        return result
