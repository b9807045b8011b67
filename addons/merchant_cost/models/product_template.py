from odoo import models


class ProductTemplate(models.Model):
    _name = "product.template"
    _inherit = ["product.template", "merchant.cost.guard"]
    _merchant_cost_fields = frozenset({"standard_price"})
