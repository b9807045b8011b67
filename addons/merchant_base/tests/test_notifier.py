from datetime import datetime
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import TransactionCase, new_test_user, tagged

from .common import NEW, keys

POST = "odoo.addons.merchant_base.models.merchant_notifier.post_json"
WECOM = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=very-secret"


class Told:
    """Stands where the robots' servers are: keeps what was posted, answers as it was told to."""

    def __init__(self, answer=(200, b'{"errcode":0}')):
        self.answer, self.bodies = answer, []

    def __call__(self, url, body):
        self.bodies.append(body.decode())
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@tagged("post_install", "-at_install")
class TestNotifier(TransactionCase):
    def setUp(self):
        super().setUp()
        self.enterContext(keys(NEW))
        self.topic = self.env["merchant.notice.topic"].create({"code": "test", "name": "Test"})
        self.env["merchant.notifier"].search([]).active = False
        self.told = Told()
        self.enterContext(patch(POST, self.told))

    def _channel(self, **values):
        return self.env["merchant.notifier"].create(
            {"name": "Group", "kind": "wecom", "url": WECOM, "gap": 0, "lang": "en_US", **values}
        )

    def _tell(self, *subjects, severity="warning"):
        """Tell of records: languages stand for whatever a suite's addon tells of."""
        Notifier = self.env["merchant.notifier"].sudo()
        records = self.env["res.partner"].create([{"name": subject} for subject in subjects])
        with (
            patch.object(type(records), "_notice_text", lambda each: (each.name, "more"), create=True),
            patch.object(type(records), "_notice_severity", lambda each: severity, create=True),
            patch.object(type(records), "_notice_key", lambda each: each.name, create=True),
            patch.object(type(records), "_notice_company", lambda each: each.env.company, create=True),
        ):
            return Notifier._spread(records, "test")

    def _send(self):
        with self.enter_registry_test_mode():
            self.env.flush_all()
            self.env["merchant.notifier"]._cron_send()
        self.env.invalidate_all()

    def test_one_message_for_many_and_each_told_once(self):
        channel = self._channel()
        self.assertEqual(self._tell("a", "b"), 2)
        self.assertEqual(self._tell("a", "b"), 0)
        self._send()
        self.assertEqual(len(self.told.bodies), 1)
        self.assertIn("2 notices, 0 of them critical", self.told.bodies[0])
        self.assertEqual(channel.notification_ids.mapped("state"), ["sent", "sent"])
        self._send()
        self.assertEqual(len(self.told.bodies), 1)

    def test_a_message_says_the_figures_and_where_to_look(self):
        channel = self._channel()
        self._tell("a")
        self._send()
        row = channel.notification_ids
        self.assertIn(f"{channel.get_base_url()}/odoo/{row.res_model}/{row.res_id}", self.told.bodies[0])
        self._tell("b", "c")
        self._send()
        self.assertIn("• b: more", self.told.bodies[1])
        self.assertTrue(self.told.bodies[1].rstrip('}"').endswith("/odoo"), self.told.bodies[1])

    def test_a_channel_hears_its_topics_and_severities_of_its_company(self):
        other = self.env["merchant.notice.topic"].create({"code": "other", "name": "Other"})
        self._channel(name="topic", topic_ids=self.topic)
        self._channel(name="other topic", topic_ids=other)
        self._channel(name="critical", severity="critical")
        self._channel(name="elsewhere", company_id=self.env["res.company"].create({"name": "B"}).id)
        self._tell("a")
        rows = self.env["merchant.notification"].search([("topic_id", "=", self.topic.id)])
        self.assertEqual(rows.notifier_id.mapped("name"), ["topic"])

    def test_too_often_waits_and_nothing_is_lost(self):
        channel = self._channel()
        self._tell("a")
        self.told.answer = (200, b'{"errcode":45009,"errmsg":"api freq out of limit"}')
        self._send()
        row = channel.notification_ids
        self.assertEqual((row.state, row.attempts, row.reason), ("waiting", 1, "api freq out of limit (45009)"))
        self.assertGreater(channel.next_send_at, fields.Datetime.now())
        self._send()
        self.assertEqual(len(self.told.bodies), 1, "asked again while it was busy")
        self.told.answer = (200, b'{"errcode":0}')
        with freeze_time(fields.Datetime.add(fields.Datetime.now(), minutes=10)):
            self._send()
        self.assertEqual(row.state, "sent")
        self.assertFalse(channel.last_error)

    def test_a_server_that_hangs_or_breaks_is_tried_again_and_at_last_parked_and_the_owner_reads_it(self):
        channel = self._channel()
        self._tell("a")
        self.told.answer = OSError(WECOM)
        now = fields.Datetime.now()
        for hours in range(14):
            with freeze_time(fields.Datetime.add(now, hours=2 * hours)):
                self._send()
        row = channel.notification_ids
        self.assertEqual((row.state, row.attempts, len(self.told.bodies)), ("parked", 12, 12))
        self.assertNotIn("very-secret", row.reason + channel.last_error)
        message = self.env["mail.message"].search([("model", "=", channel._name), ("res_id", "=", channel.id)], limit=1)
        self.assertIn("can't be told anything", message.subject)
        self.assertIn(self.env.ref("base.user_admin").partner_id, message.notified_partner_ids)

    def test_a_refusal_is_parked_at_once_and_sent_when_a_person_retries(self):
        channel = self._channel()
        self._tell("a")
        self.told.answer = (200, b'{"errcode":93000,"errmsg":"invalid webhook url"}')
        self._send()
        row = channel.notification_ids
        self.assertEqual((row.state, row.reason), ("parked", "invalid webhook url (93000)"))
        self.told.answer = (200, b'{"errcode":0}')
        row.action_retry()
        self._send()
        self.assertEqual(row.state, "sent")

    def test_one_channel_in_trouble_does_not_stop_another(self):
        bad = self._channel(name="bad", kind="inbox", url=False)
        good = self._channel(name="good")
        self._tell("a")
        self._send()
        self.assertEqual((bad.notification_ids.state, good.notification_ids.state), ("parked", "sent"))
        self.assertIn("nobody to tell", bad.notification_ids.reason)

    def test_quiet_hours_keep_it_until_morning_but_not_the_critical(self):
        channel = self._channel(quiet_from=22, quiet_to=7, tz="Asia/Shanghai")
        with freeze_time(datetime(2026, 11, 11, 15)):  # 23:00 in Shanghai
            self._tell("calm")
            self._tell("fire", severity="critical")
        due = {row.subject: row.next_try_at for row in channel.notification_ids}
        self.assertEqual(due, {"calm": datetime(2026, 11, 11, 23), "fire": datetime(2026, 11, 11, 15)})

    def test_a_digest_says_it_once_at_its_hour(self):
        channel = self._channel(digest=True, digest_hour=9, tz="Asia/Shanghai")
        with freeze_time(datetime(2026, 11, 11, 3)):  # 11:00 in Shanghai
            self._tell("a", "b")
        self.assertEqual(set(channel.notification_ids.mapped("next_try_at")), {datetime(2026, 11, 12, 1)})
        with freeze_time(datetime(2026, 11, 12, 1, 1)):
            self._send()
        self.assertEqual(len(self.told.bodies), 1)

    def test_messages_keep_the_gap(self):
        self._channel(gap=60)
        self._tell("a")
        self._send()
        self._tell("b")
        self._send()
        self.assertEqual(len(self.told.bodies), 1)

    def test_inbox_and_email_reach_people_and_roles(self):
        clerk = new_test_user(self.env, "told_clerk", groups="merchant_base.group_clerk", email="clerk@example.com")
        role = self.env.ref("merchant_base.group_clerk")
        inbox = self._channel(name="in", kind="inbox", url=False, role_ids=role)
        self._channel(name="mail", kind="email", url=False, user_ids=clerk, emails="boss@example.com")
        self._tell("断货")
        self._send()
        message = self.env["mail.message"].search([("subject", "=", "断货"), ("model", "!=", False)], limit=1)
        self.assertIn(clerk.partner_id, message.notified_partner_ids)
        mails = self.env["mail.mail"].search([("subject", "=", "断货"), ("email_to", "!=", False)])
        self.assertEqual(set(mails.mapped("email_to")), {"clerk@example.com", "boss@example.com"})
        self.assertEqual(inbox.notification_ids.state, "sent")

    def test_telling_many_on_many_channels_costs_no_query_more_for_each_record(self):
        self._channel()
        self._tell("warm")
        names = [f"n{number}" for number in range(60)]
        self.env.flush_all()
        with self.assertQueryCount(14):
            self._tell(*names)

    def test_the_test_button_says_what_is_wrong(self):
        channel = self._channel()
        channel.action_test()
        self.assertEqual(len(self.told.bodies), 1)
        self.told.answer = (200, b'{"errcode":93000,"errmsg":"invalid webhook url"}')
        with self.assertRaisesRegex(UserError, r"invalid webhook url \(93000\)"):
            channel.action_test()

    def test_addresses_that_are_no_robots_are_refused(self):
        for url in ("http://qyapi.weixin.qq.com/x", "https://10.0.0.1/admin", "nonsense", False):
            with self.assertRaises(ValidationError):
                self._channel(url=url)
        with self.assertRaisesRegex(ValidationError, "no e-mail address"):
            self._channel(kind="email", url=False, emails="boss@example.com, nobody")

    def test_each_company_starts_with_its_owners_inbox(self):
        company = self.env["res.company"].create({"name": "Newborn"})
        channel = self.env["merchant.notifier"].search([("company_id", "=", company.id)])
        self.assertEqual((channel.kind, channel.role_ids), ("inbox", self.env.ref("merchant_base.group_owner")))
        names = [channel.with_context(lang=lang).name for lang in ("en_US", "zh_CN")]
        self.assertEqual(names, ["Owners", "老板"])
        self.env["merchant.notifier"]._create_defaults(company)
        self.assertEqual(self.env["merchant.notifier"].search_count([("company_id", "=", company.id)]), 1)

    def test_only_the_owner_sets_channels_up_and_nobody_reads_their_secrets(self):
        channel = self._channel(secret="SECabc")
        clerk = new_test_user(self.env, "plain_clerk", groups="merchant_base.group_clerk")
        owner = new_test_user(self.env, "plain_owner", groups="merchant_base.group_owner")
        with self.assertRaises(AccessError):
            channel.with_user(clerk).read(["name"])
        self.assertEqual(channel.with_user(owner).read(["url"])[0]["url"], "••••••••")
        auditor = new_test_user(self.env, "plain_auditor", groups="merchant_base.group_auditor")
        with self.assertRaises(AccessError):
            channel.with_user(auditor).read(["url"])
        self.env.cr.execute("SELECT url, secret FROM merchant_notifier WHERE id = %s", [channel.id])
        self.assertNotIn("very-secret", str(self.env.cr.fetchone()))
