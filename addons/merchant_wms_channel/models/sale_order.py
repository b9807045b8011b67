from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def write(self, vals):
        result = super().write(vals)
        if "merchant_hold_code" in vals:
            self.picking_ids._merchant_wms_mark()
        return result
