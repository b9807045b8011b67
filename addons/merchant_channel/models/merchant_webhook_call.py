from odoo import fields, models


class MerchantWebhookCall(models.Model):
    """A signed call to a shop that was taken: the same one is not taken again."""

    _name = "merchant.webhook.call"
    _description = "Webhook Call"
    _inherit = ["merchant.webhook.nonce"]
    _log_access = False
    _receiver_field = "shop_id"

    shop_id = fields.Many2one("merchant.shop", required=True, ondelete="cascade")

    _nonce_uniq = models.Constraint("UNIQUE (shop_id, nonce)", "This call was taken already.")
