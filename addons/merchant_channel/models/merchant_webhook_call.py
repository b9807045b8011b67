from odoo import api, fields, models
from odoo.tools import SQL

from ..core.webhook import TOLERANCE


class MerchantWebhookCall(models.Model):
    """A signed call that was taken: the same one is not taken again."""

    _name = "merchant.webhook.call"
    _description = "Webhook Call"
    _log_access = False
    _order = "id desc"

    shop_id = fields.Many2one("merchant.shop", required=True, ondelete="cascade")
    nonce = fields.Char(required=True)
    received_at = fields.Datetime(required=True, index=True)

    _nonce_uniq = models.Constraint("UNIQUE (shop_id, nonce)", "This call was taken already.")

    @api.model
    def _take(self, shop, nonce):
        """True for the first call of this nonce; the second of two at the same time waits for the first and loses."""
        self.env.cr.execute(
            SQL(
                "INSERT INTO merchant_webhook_call (shop_id, nonce, received_at) VALUES (%s, %s, %s)"
                " ON CONFLICT (shop_id, nonce) DO NOTHING",
                shop.id,
                nonce,
                fields.Datetime.now(),
            )
        )
        return bool(self.env.cr.rowcount)

    @api.autovacuum
    def _gc_calls(self):
        """A call older than the tolerance is refused for its age; a week is kept to show that calls come."""
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=7, seconds=TOLERANCE)
        self.env.cr.execute(SQL("DELETE FROM merchant_webhook_call WHERE received_at < %s", limit))
