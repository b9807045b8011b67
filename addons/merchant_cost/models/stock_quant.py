from odoo import models


class StockQuant(models.Model):
    _name = "stock.quant"
    _inherit = ["stock.quant", "merchant.cost.guard"]
    _merchant_cost_fields = frozenset({"value"})
