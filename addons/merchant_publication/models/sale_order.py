from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def write(self, vals):
        result = super().write(vals)
        if "state" in vals:
            self.env["merchant.pending.sale"]._mark_orders(self)
        return result
