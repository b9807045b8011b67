from odoo import api, models

_COUNTED = {"quantity", "reserved_quantity", "location_id", "product_id"}


class StockQuant(models.Model):
    _inherit = "stock.quant"

    @api.model_create_multi
    def create(self, vals_list):
        quants = super().create(vals_list)
        quants._mark_stock()
        return quants

    def write(self, vals):
        if not _COUNTED & vals.keys():
            return super().write(vals)
        if "location_id" in vals:
            self._mark_stock()
        result = super().write(vals)
        self._mark_stock()
        return result

    def _mark_stock(self):
        # the warehouse of a place is no secret, and the mark says nothing but that something is to be counted
        pairs = {(quant.product_id.id, quant.location_id.warehouse_id.id) for quant in self.sudo()}
        self.env["merchant.stock.mark"]._mark(pair for pair in pairs if all(pair))
