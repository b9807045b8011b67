from odoo import models


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "merchant.cost.guard"]
    _merchant_cost_fields = frozenset({"margin", "margin_percent"})
