from odoo import api, models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    @api.depends("warehouse_id")
    def _compute_merchant_floor(self):
        return super()._compute_merchant_floor()

    def _merchant_costs(self, company):
        costs = super()._merchant_costs(company)
        if not company.sudo().merchant_cost_by_warehouse:
            return costs
        general = {line.product_id.id: costs[line.id] for line in self}
        found = self.product_id._merchant_warehouse_costs(self.warehouse_id, company, general)
        return {line.id: found.get((line.product_id.id, line.warehouse_id.id), costs[line.id]) for line in self}
