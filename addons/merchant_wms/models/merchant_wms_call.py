from odoo import fields, models


class MerchantWmsCall(models.Model):
    """A signed call of an outside warehouse that was taken: the same one is not taken again."""

    _name = "merchant.wms.call"
    _description = "Outside Warehouse's Call"
    _inherit = ["merchant.webhook.nonce"]
    _log_access = False
    _receiver_field = "wms_id"

    wms_id = fields.Many2one("merchant.wms", required=True, ondelete="cascade")

    _nonce_uniq = models.Constraint("UNIQUE (wms_id, nonce)", "This call was taken already.")
