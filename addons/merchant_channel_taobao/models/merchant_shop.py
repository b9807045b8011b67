from odoo import fields, models


class MerchantShop(models.Model):
    _inherit = "merchant.shop"

    platform = fields.Selection(selection_add=[("taobao", "Taobao / Tmall")], ondelete={"taobao": "cascade"})
