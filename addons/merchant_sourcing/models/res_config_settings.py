from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    merchant_transfer_want = fields.Integer(related="company_id.merchant_transfer_want", readonly=False)
    merchant_transfer_spare = fields.Integer(related="company_id.merchant_transfer_spare", readonly=False)
    merchant_transfer_least = fields.Float(related="company_id.merchant_transfer_least", readonly=False)
