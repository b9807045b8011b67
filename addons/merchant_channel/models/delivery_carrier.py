from odoo import fields, models


class DeliveryCarrier(models.Model):
    _inherit = "delivery.carrier"

    merchant_code_ids = fields.One2many(
        "merchant.carrier.code", "carrier_id", string="Platform Codes", groups="merchant_base.group_user"
    )

    def _merchant_code(self, platform):
        """This carrier's code on a platform, or ``""``."""
        return self.merchant_code_ids.filtered(lambda code: code.platform == platform)[:1].code or ""
