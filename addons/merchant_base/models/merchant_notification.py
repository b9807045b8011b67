from odoo import api, fields, models

from ..core import notice


class MerchantNotification(models.Model):
    """One thing to be said on one channel: kept until it was said, and after."""

    _name = "merchant.notification"
    _description = "Notice"
    _order = "id desc"
    _rec_name = "subject"

    notifier_id = fields.Many2one(
        "merchant.notifier", string="Channel", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="notifier_id.company_id", store=True, index=True)
    topic_id = fields.Many2one("merchant.notice.topic", required=True, readonly=True, ondelete="cascade")
    key = fields.Char(required=True, readonly=True)
    severity = fields.Selection(
        [("info", "For information"), ("warning", "Warning"), ("critical", "Critical")], required=True, readonly=True
    )
    subject = fields.Char(required=True, readonly=True)
    body = fields.Text(readonly=True)
    res_model = fields.Char("Model", readonly=True)
    res_id = fields.Many2oneReference("Record", model_field="res_model", readonly=True)
    state = fields.Selection(
        [
            ("waiting", "To send"),
            ("sending", "Being sent"),
            ("sent", "Sent"),
            ("parked", "Parked"),
            ("dropped", "Dropped"),
        ],
        required=True,
        readonly=True,
        default="waiting",
    )
    attempts = fields.Integer(readonly=True)
    reason = fields.Char(readonly=True)
    next_try_at = fields.Datetime("Next Try", readonly=True)
    sending_at = fields.Datetime(readonly=True)
    sent_at = fields.Datetime("Sent", readonly=True)

    _once_uniq = models.Constraint("UNIQUE (notifier_id, key)", "A channel is told each thing once.")
    _due_idx = models.Index("(notifier_id, next_try_at) WHERE state IN ('waiting', 'sending')")

    def action_retry(self):
        """Send again what was parked or dropped."""
        self.filtered(lambda each: each.state in ("parked", "dropped")).write(
            {"state": "waiting", "attempts": 0, "reason": False, "next_try_at": fields.Datetime.now()}
        )
        self.env["merchant.notifier"]._wake()
        return True

    def action_drop(self):
        """Say nothing about it after all."""
        self.filtered(lambda each: each.state in ("waiting", "parked")).state = "dropped"
        return True

    def action_open(self):
        """Open what the notice is about."""
        self.ensure_one()
        if not self.res_id or self.res_model not in self.env:
            return False
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }

    def _sent(self):
        self.write({"state": "sent", "sent_at": fields.Datetime.now(), "reason": False, "next_try_at": False})

    def _failed(self, reason, after=0, give_up=False):
        """Try again later; after many attempts, or at once, leave it to a person, with the reason."""
        now = fields.Datetime.now()
        for row in self:
            attempts = row.attempts + 1
            parked = give_up or attempts >= notice.MOST_ATTEMPTS
            row.write(
                {
                    "state": "parked" if parked else "waiting",
                    "attempts": attempts,
                    "reason": reason,
                    "next_try_at": False
                    if parked
                    else fields.Datetime.add(now, seconds=max(after, notice.wait(attempts))),
                }
            )

    @api.autovacuum
    def _gc_notifications(self):
        """What was said half a year ago is forgotten."""
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=180)
        old = self.search([("state", "in", ("sent", "dropped")), ("create_date", "<", limit)], limit=10000)
        old.unlink()
        return len(old), len(old) == 10000
