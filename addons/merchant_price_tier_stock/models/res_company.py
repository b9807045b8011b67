from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    merchant_cost_by_warehouse = fields.Boolean(
        "Cost of the Warehouse",
        help="Floors look at what the pieces in the line's warehouse cost; otherwise at the product's cost.",
    )
