from odoo import api, fields, models
from odoo.tools import SQL

from ..core.webhook import TOLERANCE


class MerchantWebhookNonce(models.AbstractModel):
    """Signed calls that were taken: the same one is not taken again.

    A model for one kind of receiver names the field of its receiver and makes it unique together with the nonce.
    """

    _name = "merchant.webhook.nonce"
    _description = "Taken Calls"
    _log_access = False
    _order = "id desc"
    _receiver_field = None

    nonce = fields.Char(required=True)
    received_at = fields.Datetime(required=True, index=True)

    @api.model
    def _take(self, receiver, nonce):
        """True for the first call of this nonce; the second of two at the same time waits for the first and loses."""
        self.env.cr.execute(
            SQL(
                "INSERT INTO %(table)s (%(receiver)s, nonce, received_at) VALUES (%(id)s, %(nonce)s, %(now)s)"
                " ON CONFLICT (%(receiver)s, nonce) DO NOTHING",
                table=SQL.identifier(self._table),
                receiver=SQL.identifier(self._receiver_field),
                id=receiver.id,
                nonce=nonce,
                now=fields.Datetime.now(),
            )
        )
        return bool(self.env.cr.rowcount)

    @api.model
    def _last(self, receivers):
        """``{receiver id: moment of its last call}``"""
        field = self._receiver_field
        groups = self._read_group([(field, "in", receivers.ids)], [field], ["received_at:max"])
        return {receiver.id: moment for receiver, moment in groups}

    @api.autovacuum
    def _gc_calls(self):
        """A call older than the tolerance is refused for its age; a week is kept to show that calls come."""
        if self._abstract:
            return
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=7, seconds=TOLERANCE)
        self.env.cr.execute(SQL("DELETE FROM %s WHERE received_at < %s", SQL.identifier(self._table), limit))
