from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from odoo.addons.queue_job.tests.common import trap_jobs

from ..core.errors import Rejected, Retryable
from .common import FakeClient, PlatformCase

HOUR = timedelta(hours=1)


@tagged("post_install", "-at_install")
class TestMonitor(PlatformCase):
    def setUp(self):
        super().setUp()
        self.env["merchant.shop"].search([("id", "!=", self.shop.id)]).active = False
        self.now = fields.Datetime.now()
        self.shop.write({"state": "ready", "last_pull_at": self.now, "watched_since": self.now - timedelta(days=1)})
        self.channel = self.env["merchant.notifier"].search([("company_id", "=", self.company.id)], limit=1)
        self.channel.lang = "en_US"

    def _beat(self, **later):
        with freeze_time(self.now + timedelta(**later)), trap_jobs():
            self.env["merchant.shop"]._cron_heartbeat()
        self.env.invalidate_all()

    def _alarms(self, **values):
        domain = [("shop_id", "=", self.shop.id), *((name, "=", value) for name, value in values.items())]
        return self.env["merchant.sync.alarm"].search(domain)

    def _told(self):
        return self.channel.notification_ids.sorted("id").mapped("subject")

    def test_a_shop_gone_quiet_raises_one_alarm_that_clears_by_itself(self):
        self._beat(minutes=30)
        self.assertFalse(self._alarms())
        self._beat(minutes=31)
        self._beat(minutes=32)
        alarm = self._alarms(kind="quiet")
        self.assertEqual((alarm.figure, alarm.state), (32, "open"))
        self.assertEqual(self._told(), ["Tea House: no good pull for 31 minutes."])
        self.shop.last_pull_at = self.now + timedelta(minutes=33)
        self._beat(minutes=34)
        self._beat(minutes=35)
        self.assertEqual(alarm.state, "closed")
        self.assertEqual(self._told()[1:], ["Tea House: over after 3 minutes."])
        self._beat(minutes=90)
        self.assertEqual(len(self._alarms(kind="quiet")), 2, "a second silence is a second alarm")

    def test_the_alarm_of_a_shop_that_is_archived_is_over(self):
        self._beat(minutes=31)
        self.shop.active = False
        self._beat(minutes=32)
        self.assertEqual(self._alarms(kind="quiet").state, "closed")
        self._beat(minutes=33)
        self.assertFalse(self._alarms(closed_at=False))

    def test_a_resumed_shop_gets_its_time_and_a_paused_one_is_left_alone(self):
        self.shop.action_pause()
        self._beat(hours=9)
        self.assertFalse(self._alarms())
        with freeze_time(self.now + 10 * HOUR):
            self.shop.action_resume()
        self._beat(hours=10, minutes=5)
        self.assertFalse(self._alarms())

    def test_a_session_is_announced_before_it_ends_and_critical_when_it_is_over(self):
        self.shop.session_expires_at = self.now + timedelta(hours=47, minutes=50)
        self._beat()
        alarm = self._alarms(kind="session")
        self.assertEqual((alarm.figure, alarm._notice_severity()), (48, "warning"))
        self.assertEqual(self.shop.session_left, "47 hours left")
        self.shop.session_expires_at = self.now - 2 * HOUR
        self._beat()
        self.assertEqual((alarm.figure, alarm._notice_severity()), (-2, "critical"))

    def test_troubles_are_kept_and_many_raise_an_alarm_but_throttling_does_not(self):
        self.shop.error_limit = 3
        with self.enter_registry_test_mode():
            for _time in range(3):
                self.shop._set_aside("waiting", Retryable("slow down", code="7"), False)
                self.shop._log_trouble(Rejected("no such method", code="22"), "notice")
        self._beat()
        self.assertEqual((self.shop.trouble_count, self.shop.throttled_count), (3, 3))
        self.assertEqual(self._alarms(kind="errors").figure, 3)
        self._beat(hours=2)
        self.assertEqual(self._alarms(kind="errors").state, "closed")

    def test_silence_of_buyers_is_an_alarm_only_where_it_was_asked_for(self):
        self._push(self._payload())
        self._beat(hours=5)
        self.assertFalse(self._alarms(kind="no_orders"))
        self.shop.order_limit = 4
        self._beat(hours=5)
        self.assertEqual(self._alarms(kind="no_orders").figure, 5)

    def test_the_delay_is_kept_every_five_minutes_at_its_worst_and_drawn(self):
        start = self.now.replace(minute=0, second=0, microsecond=0) + HOUR
        self.shop.last_pull_at = start
        for seconds in (60, 240, 360):
            with freeze_time(start + timedelta(seconds=seconds)), trap_jobs():
                self.env["merchant.shop"]._cron_heartbeat()
        samples = self.env["merchant.sync.sample"].search([("shop_id", "=", self.shop.id)], order="moment")
        self.assertEqual(samples.mapped("pull_age"), [4, 6])
        with freeze_time(start + HOUR):
            self.assertEqual(self.shop.delay_chart["series"][0]["values"], [4, 6])

    def test_a_heartbeat_costs_no_query_more_for_each_shop(self):
        def beat():
            self.env.invalidate_all()
            self.env["merchant.shop"]._cron_heartbeat()
            self.env.flush_all()

        with trap_jobs():
            beat()
            before = self.cr.sql_log_count
            beat()
            one = self.cr.sql_log_count - before
            for number in range(20):
                self._new_shop(f"More {number}", platform="own")
            beat()
            before = self.cr.sql_log_count
            beat()
        self.assertLessEqual(self.cr.sql_log_count - before, one + 2)

    def test_the_health_endpoint_knows_each_shop(self):
        self.shop.last_pull_at = self.now - HOUR
        measures = {
            each.name: each
            for each in self.env["merchant.health"]._measures()
            if each.labels.get("shop") == self.shop.name
        }
        self.assertEqual(measures["pull_age_seconds"].state, "warn")
        self.assertEqual(measures["inbox_held"].value, 0)

    def test_somebody_looks_after_it(self):
        self._beat(hours=1)
        clerk = self._new_user("clerk")
        alarm = self._alarms(kind="quiet")
        alarm.with_user(clerk).action_acknowledge()
        self.assertEqual(alarm.acknowledged_by_id, clerk)


@tagged("post_install", "-at_install")
class TestComparison(PlatformCase):
    def setUp(self):
        super().setUp()
        self.noon = FakeClient.NOON.replace(tzinfo=None)
        self.shop.write(
            {"state": "ready", "pulled_until": self.noon, "pull_overlap": 0, "pull_from": self.noon - 9 * HOUR}
        )
        self.shop.compare_hours = 3
        # the platform has four orders of the last three hours; two came in
        self.ids = {"W-1": 170, "W-2": 100, "W-3": 90, "W-4": 10}
        self._push(self._payload("W-1"), self._payload("W-3"))
        self.client.order_ids = lambda start, end: (
            (ref, FakeClient.NOON - timedelta(minutes=minutes)) for ref, minutes in self.ids.items()
        )

    def _compare(self):
        with trap_jobs(), self.enter_registry_test_mode():
            self.shop._compare()
        with trap_jobs():
            self.shop._process_inbox()
        self.env.invalidate_all()
        return self.env["merchant.sync.hour"].search([("shop_id", "=", self.shop.id)], order="hour")

    def test_what_is_missing_is_fetched_by_itself_and_counted_by_hour(self):
        self.client.details_of = {"W-2": self._payload("W-2"), "W-4": self._payload("W-4")}
        hours = self._compare()
        self.assertEqual(self.client.asked, ["W-2", "W-4"])
        self.assertRecordValues(
            hours,
            [
                {"platform_count": 1, "inbox_count": 1, "fetched_count": 0, "missing_count": 0},
                {"platform_count": 2, "inbox_count": 2, "fetched_count": 1, "missing_count": 0},
                {"platform_count": 1, "inbox_count": 1, "fetched_count": 1, "missing_count": 0},
            ],
        )
        self.assertEqual(self._sold("W-4").state, "sale")
        self.assertEqual(self._compare().mapped("fetched_count"), [0, 1, 1], "nothing is fetched twice")

    def test_what_cannot_be_fetched_is_named_and_raises_the_alarm(self):
        self.client.details_of = {"W-2": Rejected("gone", code="15"), "W-4": self._payload("W-4")}
        hours = self._compare()
        self.assertEqual(hours.mapped("missing_count"), [0, 1, 0])
        self.assertEqual(hours[1].missing_refs, ["W-2"])
        trouble = self.env["merchant.sync.trouble"].search([("shop_id", "=", self.shop.id)])
        self.assertEqual((trouble.work, trouble.message), ("compare", "gone (15)"))
        with freeze_time(self.noon), trap_jobs():
            self.env["merchant.shop"]._cron_heartbeat()
        self.assertEqual(self.env["merchant.sync.alarm"].search([("kind", "=", "missing")]).figure, 1)

    def test_what_is_missing_of_hours_that_are_compared_no_more_is_no_alarm(self):
        """Another shop that looks back for longer does not keep it alive."""
        self.client.details_of = {"W-2": Rejected("gone"), "W-4": self._payload("W-4")}
        self._compare()
        self._new_shop("Long", compare_hours=720)
        for hours, kinds in ((0, ["missing"]), (9, [])):
            with freeze_time(self.noon + hours * HOUR), trap_jobs():
                self.shop.last_pull_at = fields.Datetime.now()
                self.env["merchant.shop"]._cron_heartbeat()
            self.env.invalidate_all()
            self.assertEqual(self.shop.alarm_ids.mapped("kind"), kinds)

    def test_a_platform_in_trouble_is_asked_again_in_an_hour_and_pulls_go_on(self):
        self.client.order_ids = self._refuse
        self.assertFalse(self._compare())
        trouble = self.env["merchant.sync.trouble"].search([("shop_id", "=", self.shop.id)])
        self.assertEqual((trouble.work, trouble.kind, self.shop.state), ("compare", "throttled", "ready"))
        self.assertFalse(self.shop._compare_due())
        with freeze_time(fields.Datetime.now() + HOUR):
            self.assertTrue(self.shop._compare_due())

    def _refuse(self, start, end):
        raise Retryable("slow down", after=30)
        yield

    def test_orders_after_the_last_pull_are_the_next_pulls(self):
        self.ids = {"W-1": 170, "W-9": -5}
        self.assertEqual(sum(self._compare().mapped("platform_count")), 1)
