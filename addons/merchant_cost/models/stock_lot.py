from odoo import models


class StockLot(models.Model):
    _name = "stock.lot"
    _inherit = ["stock.lot", "merchant.cost.guard"]
    _merchant_cost_fields = frozenset({"standard_price", "avg_cost", "total_value"})
