import hashlib
import hmac
import secrets

from odoo import api, fields, models

from .. import cipher
from ..core.health import Measure

TOKEN = "merchant_base.health_token_hash"
# Longer than this behind its time, and whoever runs scheduled work does not.
CRON_LATE = 900


class MerchantHealth(models.AbstractModel):
    """What outside monitors are told; an addon adds its measures."""

    _name = "merchant.health"
    _description = "Health"

    @api.model
    def _measures(self):
        """``[Measure]`` of everything that is watched."""
        return [
            Measure("database_down", "1 when the database does not answer.", self._ask_database(), limit=0, vital=True),
            Measure(
                "scheduler_late_seconds",
                "How long the sending of notices, due each minute, is behind its time.",
                self._cron_late("merchant_base.cron_notifications"),
                limit=CRON_LATE,
                vital=True,
            ),
            Measure(
                "secrets_key_missing",
                "1 when the server has no usable key for secrets.",
                int(min(map(len, cipher.keys()), default=0) < cipher.SHORTEST_KEY),
                limit=0,
                vital=True,
            ),
            *self._notice_measures(),
        ]

    def _ask_database(self):
        self.env.cr.execute("SELECT 0")
        return self.env.cr.fetchone()[0]

    def _cron_late(self, xmlid):
        """Seconds that a schedule is overdue, 0 when it is not; over the limit when it is switched off."""
        cron = self.env.ref(xmlid)
        late = max((fields.Datetime.now() - cron.nextcall).total_seconds(), 0)
        # switched off is over the limit at once; JSON knows no infinity
        return late if cron.active else late + CRON_LATE + 1

    def _notice_measures(self):
        groups = self.env["merchant.notification"]._read_group(
            [("state", "in", ("waiting", "parked"))], ["state"], ["__count"]
        )
        counts = dict(groups)
        return [
            Measure("notices_waiting", "Notices not yet sent.", counts.get("waiting", 0)),
            Measure("notices_parked", "Notices that could not be sent.", counts.get("parked", 0), limit=0),
        ]

    # -- who may read it --------------------------------------------------------------------------------------------

    @api.model
    def _new_token(self):
        """A new token for outside monitors; only its hash is kept."""
        token = secrets.token_urlsafe(32)
        # sudo: an owner makes the token; system parameters are the administrator's
        self.env["ir.config_parameter"].sudo().set_param(TOKEN, self._hash(token))
        return token

    @api.model
    def _is_token(self, token):
        # sudo: the asker is nobody yet; the hash is compared and not shown
        known = self.env["ir.config_parameter"].sudo().get_param(TOKEN) or ""
        return bool(known and token) and hmac.compare_digest(known, self._hash(token))

    def _hash(self, token):
        return hashlib.sha256(token.encode()).hexdigest()
