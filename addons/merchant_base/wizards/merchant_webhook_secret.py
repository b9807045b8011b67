from odoo import fields, models


class MerchantWebhookSecret(models.TransientModel):
    """Shows a new webhook secret, this once."""

    _name = "merchant.webhook.secret"
    _description = "Webhook Secret"

    secret = fields.Char(readonly=True, store=False)
    url = fields.Char("Address", readonly=True, store=False)
