import logging
import time
from collections import defaultdict
from datetime import timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, email_normalize, email_split, html_escape, plaintext2html

from odoo.addons.base.models.res_partner import _tz_get

from ..core import notice, robot
from ..fields import Secret, reveal
from ..transport import post_json

_logger = logging.getLogger(__name__)
ROBOTS = ("wecom", "dingtalk", "feishu")
# Rows that one message takes at most, and the age at which a message that was being sent died with its process.
MOST_AT_ONCE, ABANDONED = 500, timedelta(minutes=5)


class MerchantNotifier(models.Model):
    """Where people are told: Odoo's inbox, e-mail, or a group robot, with whom, what, and when not."""

    _name = "merchant.notifier"
    _description = "Notification Channel"
    _inherit = ["mail.thread"]
    _order = "sequence, id"

    name = fields.Char(required=True, tracking=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    kind = fields.Selection(
        [
            ("inbox", "Odoo inbox"),
            ("email", "E-mail"),
            ("wecom", "WeCom group robot"),
            ("dingtalk", "DingTalk group robot"),
            ("feishu", "Feishu group robot"),
        ],
        required=True,
        default="inbox",
        tracking=True,
    )
    # who
    user_ids = fields.Many2many("res.users", string="People")
    role_ids = fields.Many2many(
        "res.groups", string="Roles", help="Everybody of the company who has one of these roles is told."
    )
    emails = fields.Char("Other E-mail Addresses", help="Separated by commas.")
    url = Secret(
        "Robot Address",
        groups="merchant_base.group_owner",
        help="The webhook address that the group's robot shows. Whoever knows it can write to the group.",
    )
    secret = Secret(
        "Signing Secret",
        groups="merchant_base.group_owner",
        help="The secret that the robot shows when signing is chosen (DingTalk: starts with SEC). WeCom has none.",
    )
    # what
    topic_ids = fields.Many2many("merchant.notice.topic", string="Topics", help="None means all of them.")
    severity = fields.Selection(
        [("info", "Everything"), ("warning", "Warnings and critical"), ("critical", "Critical only")],
        string="Told Of",
        required=True,
        default="warning",
    )
    lang = fields.Selection(lambda self: self.env["res.lang"].get_installed(), string="Language")
    # when
    tz = fields.Selection(_tz_get, string="Time Zone", required=True, default=lambda self: self._default_tz())
    digest = fields.Boolean("Once a Day", help="One message a day with everything, instead of one at once.")
    digest_hour = fields.Float("At", default=9.0)
    quiet_from = fields.Float("Quiet From", help="Nothing is sent in these hours; it is said when they are over.")
    quiet_to = fields.Float("Quiet Until")
    critical_always = fields.Boolean("Critical at Any Hour", default=True)
    gap = fields.Integer(
        "Seconds Between Messages",
        default=10,
        help="What comes in between is said in one message. Group robots take about 20 messages a minute.",
    )
    # how it stands
    next_send_at = fields.Datetime(readonly=True, copy=False)
    last_sent_at = fields.Datetime("Last Sent", readonly=True, copy=False)
    last_error = fields.Char(readonly=True, copy=False)
    notification_ids = fields.One2many("merchant.notification", "notifier_id")
    waiting_count = fields.Integer("To Send", compute="_compute_counts")
    parked_count = fields.Integer("Parked", compute="_compute_counts")

    _name_uniq = models.Constraint("UNIQUE (company_id, name)", "This company already has a channel of that name.")
    _gap_check = models.Constraint("CHECK (gap BETWEEN 0 AND 86400)", "Between messages lie 0 to 86400 seconds.")
    _hours_check = models.Constraint(
        "CHECK (digest_hour >= 0 AND digest_hour < 24 AND quiet_from >= 0 AND quiet_from < 24"
        " AND quiet_to >= 0 AND quiet_to < 24)",
        "Hours of the day lie between 0:00 and 23:59.",
    )

    @api.model
    def _default_tz(self):
        return self.env.user.tz or "Asia/Shanghai"

    def _compute_counts(self):
        groups = self.env["merchant.notification"]._read_group(
            [("notifier_id", "in", self.ids), ("state", "in", ("waiting", "sending", "parked"))],
            ["notifier_id", "state"],
            ["__count"],
        )
        counts = defaultdict(int)
        for notifier, state, count in groups:
            counts[notifier.id, "parked" if state == "parked" else "waiting"] += count
        for notifier in self:
            notifier.waiting_count = counts[notifier.id, "waiting"]
            notifier.parked_count = counts[notifier.id, "parked"]

    @api.constrains("kind", "url")
    def _check_url(self):
        for notifier in self.filtered(lambda each: each.kind in ROBOTS):
            notifier._checked_url()

    @api.constrains("emails")
    def _check_emails(self):
        for notifier in self.filtered("emails"):
            wrong = [part for part in notifier.emails.split(",") if part.strip() and not email_normalize(part)]
            if wrong:
                raise ValidationError(
                    self.env._("%(text)s is no e-mail address: correct it.", text=", ".join(wrong).strip())
                )

    def _checked_url(self):
        """The robot's address, when it is one.

        A server that posts wherever a form says would reach into the company's own network.
        """
        # sudo: the address is the owner's secret; messages are sent on everybody's behalf
        url = reveal(self.sudo(), "url")
        problem = robot.address_problem(self.kind, url, also=self._allowed_hosts())
        if problem:
            raise ValidationError(
                self.env._(
                    "%(channel)s needs the https address of a %(kind)s: copy it from the group's robot settings.",
                    channel=self.name or self.env._("This channel"),
                    kind=dict(self._fields["kind"]._description_selection(self.env))[self.kind],
                )
            )
        return url

    @api.model
    def _allowed_hosts(self):
        """Further hosts that the server's administrator allows: a gateway of the company's own, a rehearsal."""
        # sudo: the parameter is the administrator's; it decides, and is not shown
        hosts = self.env["ir.config_parameter"].sudo().get_param("merchant_base.robot_hosts") or ""
        return {host.strip() for host in hosts.split(",") if host.strip()}

    @api.model
    def _create_defaults(self, companies=None):
        """The owners' Odoo inbox for each company (all of them) that has no channel yet: none is born deaf."""
        companies = companies or self.env["res.company"].search([])
        have = self.with_context(active_test=False).search([("company_id", "in", companies.ids)]).company_id
        owner = self.env.ref("merchant_base.group_owner")
        channels = self.with_context(lang="en_US").create(
            [
                {"name": "Owners", "kind": "inbox", "company_id": company.id, "role_ids": owner.ids}
                for company in companies - have
            ]
        )
        installed = [code for code, _name in self.env["res.lang"].get_installed()]
        names = {lang: self.with_context(lang=lang).env._("Owners") for lang in installed}
        for channel in channels:
            channel.update_field_translations("name", names)
        return channels

    # -- what is to be said -----------------------------------------------------------------------------------------

    @api.model
    def _spread(self, records, topic):
        """Write a row for each channel that wants a record of ``records``; return how many were new."""
        topic = self.env["merchant.notice.topic"].search([("code", "=", topic)])
        notifiers = self.search([("topic_ids", "in", [False, *topic.ids])])
        rows = [
            row
            for notifier in notifiers
            for record in records.with_context(lang=notifier._lang())
            if notifier._accepts(record, topic)
            for row in [notifier._prepare_row(record, topic)]
        ]
        if not rows:
            return 0
        count = self._insert_rows(rows)
        self._wake()
        return count

    def _accepts(self, record, topic):
        """Whether this channel is told of ``record``; an addon with a filter of its own extends it."""
        severe = notice.SEVERITIES.index
        return record._notice_company() == self.company_id and severe(record._notice_severity()) >= severe(
            self.severity
        )

    def _lang(self):
        return self.lang or self.company_id.partner_id.lang or self.env.lang or "en_US"

    def _prepare_row(self, record, topic):
        subject, body = record._notice_text()
        return (
            self.id,
            self.company_id.id,
            topic.id,
            record._notice_key(),
            record._notice_severity(),
            subject,
            body or "",
            record._name,
            record.id,
            self._due(record._notice_severity()),
        )

    def _insert_rows(self, rows):
        """Multi-row insert that leaves out what a channel was told before: parallel writers tell once."""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO merchant_notification (notifier_id, company_id, topic_id, key, severity, subject, body,
                       res_model, res_id, next_try_at, state, attempts, create_uid, write_uid, create_date, write_date)
                SELECT *, 'waiting', 0, %(uid)s, %(uid)s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
                  FROM (VALUES %(rows)s) AS each (notifier_id, company_id, topic_id, key, severity, subject, body,
                       res_model, res_id, next_try_at)
                 ORDER BY notifier_id, key
                ON CONFLICT (notifier_id, key) DO NOTHING
                """,
                uid=self.env.uid,
                rows=SQL(", ").join(SQL("(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s::timestamp)", *row) for row in rows),
            )
        )
        fresh = self.env.cr.rowcount
        self.env["merchant.notification"].invalidate_model()
        return fresh

    def _due(self, severity):
        """When a notice of now is said: at once, after the quiet hours, or with the day's digest."""
        now = fields.Datetime.now()
        if severity == "critical" and self.critical_always:
            return now
        zone = pytz.timezone(self.tz)
        local = pytz.utc.localize(now).astimezone(zone).replace(tzinfo=None)
        moment = notice.digest_at(local, self.digest_hour) if self.digest else local
        moment = notice.quiet_until(moment, self.quiet_from, self.quiet_to) or moment
        return now if moment == local else zone.localize(moment).astimezone(pytz.utc).replace(tzinfo=None)

    # -- sending ----------------------------------------------------------------------------------------------------

    @api.model
    def _wake(self, at=None):
        # sudo: the schedule is the administrator's; waking it early is harmless
        self.env.ref("merchant_base.cron_notifications").sudo()._trigger(at)

    @api.model
    def _cron_send(self):
        """Send what is due: one message a channel, one transaction before and one after each call."""
        for notifier_id in self._due_notifiers():
            rows = self._claim(notifier_id)
            if not rows:
                continue
            with self.env.registry.cursor() as cr:
                rows = rows.with_env(self.env(cr=cr)).exists()
                rows.notifier_id._send(rows)

    @api.model
    def _due_notifiers(self):
        now = fields.Datetime.now()
        self.env.cr.execute(
            SQL(
                """
                SELECT DISTINCT c.id, c.next_send_at
                  FROM merchant_notifier c JOIN merchant_notification n ON n.notifier_id = c.id
                 WHERE c.active AND ((n.state = 'waiting' AND n.next_try_at <= %(now)s)
                    OR (n.state = 'sending' AND n.sending_at < %(abandoned)s))
                 ORDER BY c.id
                """,
                now=now,
                abandoned=now - ABANDONED,
            )
        )
        due = self.env.cr.fetchall()
        later = [moment for _id, moment in due if moment and moment > now]
        if later:
            self._wake(min(later))
        return [notifier_id for notifier_id, moment in due if not moment or moment <= now]

    @api.model
    def _claim(self, notifier_id):
        """The rows of the channel's next message, marked as being sent; another worker's are left alone."""
        now = fields.Datetime.now()
        with self.env.registry.cursor() as cr:
            env = self.env(cr=cr)
            cr.execute(
                SQL(
                    "SELECT id FROM merchant_notifier WHERE id = %s AND (next_send_at IS NULL OR next_send_at <= %s)"
                    " FOR UPDATE SKIP LOCKED",
                    notifier_id,
                    now,
                )
            )
            if not cr.fetchone():
                return self.env["merchant.notification"]
            rows = env["merchant.notification"].search(
                Domain("notifier_id", "=", notifier_id)
                & (
                    Domain("state", "=", "waiting") & Domain("next_try_at", "<=", now)
                    | Domain("state", "=", "sending") & Domain("sending_at", "<", now - ABANDONED)
                ),
                order="id",
                limit=MOST_AT_ONCE,
            )
            rows.write({"state": "sending", "sending_at": now})
            notifier = rows.notifier_id
            notifier.next_send_at = now + timedelta(seconds=notifier.gap)
            return self.env["merchant.notification"].browse(rows.ids)

    def _send(self, rows):
        """Say ``rows`` in one message and write down what became of it."""
        title, text = self._message(rows)
        try:
            self._deliver(title, text, rows)
        except robot.Busy as problem:
            # a robot that says "too often" is not asked for anything else meanwhile
            self.next_send_at = fields.Datetime.now() + timedelta(seconds=problem.after)
            self._trouble(rows, str(problem), problem.after)
        except OSError as problem:
            self._trouble(rows, self._words(problem))
        except (robot.Refused, UserError) as problem:  # it will not mend itself
            self._trouble(rows, self._words(problem), give_up=True)
        else:
            rows._sent()
            self.write({"last_sent_at": fields.Datetime.now(), "last_error": False})

    def _trouble(self, rows, reason, after=0, give_up=False):
        _logger.info("Notification channel %s: %s notices wait: %s", self.id, len(rows), reason)
        rows._failed(reason, after, give_up)
        if not self.last_error and any(row.state == "parked" for row in rows):
            self._tell_owners(reason)
            self.last_error = reason

    def _tell_owners(self, reason):
        """A channel that fails would be silent about itself: its company's owners read it in Odoo, once."""
        owners = self.env.ref("merchant_base.group_owner").all_user_ids.filtered(
            lambda user: user.active and self.company_id in user.company_ids
        )
        speaker = self.with_context(lang=self._lang())
        self.message_notify(
            partner_ids=owners.partner_id.ids,
            subject=speaker.env._("%(channel)s can't be told anything", channel=self.name),
            body=speaker.env._(
                "Notices for %(channel)s are parked: %(reason)s. Mend the channel, send a test, then retry them.",
                channel=self.name,
                reason=reason,
            ),
        )

    def _words(self, problem):
        """What went wrong, without the address: it is a secret."""
        if isinstance(problem, OSError):
            return self.env._("The robot's server is not to be reached (%(error)s).", error=type(problem).__name__)
        return str(problem)

    def _message(self, rows):
        """``(title, text)`` of one message for all of ``rows``."""
        if len(rows) == 1:
            return rows.subject, rows.body or ""
        speaker = self.with_context(lang=self._lang())
        critical = len(rows.filtered(lambda row: row.severity == "critical"))
        title = speaker.env._("%(count)s notices, %(critical)s of them critical", count=len(rows), critical=critical)
        text = notice.summary(
            [(row.severity, row.subject, row.body or "") for row in rows],
            lambda count: speaker.env._("… and %(count)s more: see Merchant › Notices.", count=count),
            robot.room(self.kind, title, self._link(rows)) if self.kind in ROBOTS else None,
        )
        return title, text

    def _link(self, rows):
        """Where it can be looked at: the record of one notice, Odoo for many."""
        place = f"/{rows.res_model}/{rows.res_id}" if len(rows) == 1 and rows.res_id else ""
        return f"{self.get_base_url()}/odoo{place}"

    def _deliver(self, title, text, rows):
        """Hand one message over.

        :raises robot.Busy: later
        :raises robot.Refused: not as things are
        :raises OSError: nobody there
        """
        return getattr(self, f"_deliver_{self.kind if self.kind in ('inbox', 'email') else 'robot'}")(title, text, rows)

    def _deliver_inbox(self, title, text, rows):
        partners = self._people().partner_id
        if not partners:
            raise UserError(self.env._("%(channel)s has nobody to tell: name people or roles.", channel=self.name))
        about = self.env[rows.res_model].browse(rows.res_id) if len(rows) == 1 and rows.res_model in self.env else self
        threaded = hasattr(about, "message_notify") and about.exists()
        (about if threaded else self).message_notify(
            partner_ids=partners.ids,
            subject=title,
            body=plaintext2html(f"{title}\n{text}".strip()),
        )

    def _deliver_email(self, title, text, rows):
        addresses = {email for email in self._people().mapped("email_normalized") if email}
        addresses.update(email_split(self.emails or ""))
        if not addresses:
            raise UserError(self.env._("%(channel)s has nobody to tell: name people or addresses.", channel=self.name))
        link = f'<p><a href="{html_escape(self._link(rows))}">Odoo</a></p>'
        self.env["mail.mail"].create(
            [
                {"subject": title, "body_html": plaintext2html(text or title) + link, "email_to": address}
                for address in sorted(addresses)
            ]
        )

    def _deliver_robot(self, title, text, rows):
        # sudo: the secret is the owner's to read; messages are sent on everybody's behalf
        secret = reveal(self.sudo(), "secret")
        call = robot.call(self.kind, self._checked_url(), secret, title, text, time.time(), self._link(rows))
        robot.understand(self.kind, *post_json(call.url, call.body))

    def _people(self):
        """Who is told: the people named, and those of the company who have a role named."""
        return self.user_ids | self.role_ids.all_user_ids.filtered(
            lambda user: user.active and not user.share and self.company_id in user.company_ids
        )

    # -- buttons ----------------------------------------------------------------------------------------------------

    def action_test(self):
        """Say something harmless now; what is wrong is shown."""
        self.ensure_one()
        test = self.env["merchant.notification"].new({"notifier_id": self.id})
        title = self.env._("Hankou: a test of %(channel)s", channel=self.name)
        try:
            self._deliver(title, self.env._("When you read this, notices reach you here."), test)
        except robot.Busy as problem:
            raise UserError(
                self.env._("The robot is asked too often now: try again in a minute. It says: %(words)s", words=problem)
            ) from problem
        except (robot.Refused, OSError) as problem:
            raise UserError(
                self.env._(
                    "Nothing was sent: check address, secret and the robot's safety settings. It says: %(words)s",
                    words=self._words(problem),
                )
            ) from problem
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"message": self.env._("Sent."), "type": "success"},
        }

    def action_view_notifications(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("merchant_base.merchant_notification_action")
        return {**action, "domain": [("notifier_id", "=", self.id)], "context": {}}
