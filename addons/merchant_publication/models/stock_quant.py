from odoo import api, models


class StockQuant(models.Model):
    _inherit = "stock.quant"

    @api.model_create_multi
    def create(self, vals_list):
        self.env["merchant.publication.mark"]._wake()
        return super().create(vals_list)

    def write(self, vals):
        """What changed is noted by the database; here the work on it is queued, so that shops learn it in seconds."""
        if "quantity" in vals or "reserved_quantity" in vals:
            self.env["merchant.publication.mark"]._wake()
        return super().write(vals)
