import logging
import secrets

from odoo import api, fields, models

from ..core.webhook import Refused, verify
from ..fields import Secret, reveal

_logger = logging.getLogger(__name__)


class MerchantWebhookReceiver(models.AbstractModel):
    """A record that takes signed calls from outside at an address of its own.

    The model says under which path it listens, where the nonces of taken calls lie, and what a call's body does.
    """

    _name = "merchant.webhook.receiver"
    _description = "Takes Signed Calls"
    _webhook_path = None  # "/merchant/…", the address up to the record's key
    _webhook_calls = None  # the model of its nonces, a `merchant.webhook.nonce`

    webhook_key = fields.Char(readonly=True, copy=False, index=True)
    webhook_secret = Secret("Webhook Secret", groups="merchant_base.group_owner", copy=False)
    webhook_url = fields.Char("Webhook Address", compute="_compute_webhook_url")
    webhook_last_at = fields.Datetime("Last Call", compute="_compute_webhook_last_at")

    @api.depends("webhook_key")
    def _compute_webhook_url(self):
        for each in self:  # companies may have addresses of their own
            base = each.get_base_url() if each.webhook_key else ""
            each.webhook_url = f"{base}{self._webhook_path}/{each.webhook_key}" if each.webhook_key else False

    def _compute_webhook_last_at(self):
        # sudo: the moment only, of records that the reader may see
        last = self.env[self._webhook_calls].sudo()._last(self)
        for each in self:
            each.webhook_last_at = last.get(each.id)

    def action_webhook_secret(self):
        """Make address and secret for signed calls, and show the secret this once."""
        self.ensure_one()
        self.check_access("write")
        secret = secrets.token_urlsafe(32)
        self.write({"webhook_secret": secret, "webhook_key": self.webhook_key or secrets.token_urlsafe(18)})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Webhook Secret"),
            "res_model": "merchant.webhook.secret",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_secret": secret, "default_url": self.webhook_url},
        }

    def action_webhook_off(self):
        """Take no more calls."""
        self.write({"webhook_secret": False})
        return True

    def _take_call(self, headers, body, now):
        """Store what a genuine call carries; return the answer for its sender.

        :raises Refused: a forged, old, repeated or unreadable call
        """
        self.ensure_one()
        try:
            nonce = verify(reveal(self, "webhook_secret"), headers, body, now)
            parcel = self._read_call(body)
            if not self.env[self._webhook_calls]._take(self, nonce):
                raise Refused(409, "replay", "This call was taken already: use another nonce for another call.")
        except Refused as problem:
            _logger.info("%s %s: a call from outside was refused: %s", self._name, self.id, problem.code)
            self._remember_refusal(problem)
            raise
        return self._accept_call(parcel)

    def _read_call(self, body):
        """What a genuine call's body carries.

        :raises Refused: it is not readable
        """
        raise NotImplementedError

    def _accept_call(self, parcel):
        """Store what was read; return the answer, a JSON value."""
        raise NotImplementedError

    def _remember_refusal(self, problem):
        """Write a refused call down, rarely: strangers must not be able to fill the log."""
