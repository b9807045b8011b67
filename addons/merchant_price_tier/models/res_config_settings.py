from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    merchant_price_policy = fields.Selection(related="company_id.merchant_price_policy", readonly=False, required=True)
    merchant_price_moment = fields.Selection(related="company_id.merchant_price_moment", readonly=False, required=True)
    merchant_pricelist_id = fields.Many2one(related="company_id.merchant_pricelist_id", readonly=False)
    merchant_floor_after_promotion = fields.Boolean(related="company_id.merchant_floor_after_promotion", readonly=False)
    merchant_hand_limit = fields.Float(related="company_id.merchant_hand_limit", readonly=False)
    merchant_hand_reason = fields.Boolean(related="company_id.merchant_hand_reason", readonly=False)
