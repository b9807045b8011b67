from odoo import api, models

from odoo.addons.merchant_base import cipher


class MerchantSecret(models.AbstractModel):
    _inherit = "merchant.secret"

    @api.model
    def _secret_columns(self):
        return [*super()._secret_columns(), ("merchant_wms_message", "payload", cipher.rotate_packed)]
