from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    merchant_cost_by_warehouse = fields.Boolean(related="company_id.merchant_cost_by_warehouse", readonly=False)
