from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from odoo.addons.merchant_channel.core.errors import Retryable
from odoo.addons.queue_job.tests.common import trap_jobs

from .common import PublicationCase


@tagged("post_install", "-at_install")
class TestDelay(PublicationCase):
    """How late a platform learns of a change is measured, drawn on the shop's card, and told when over the limit."""

    def setUp(self):
        super().setUp()
        self.shop.write({"push_limit": 15, "quiet_limit": 30, "last_pull_at": fields.Datetime.now()})
        self._send()

    def _later(self, minutes):
        self.env.flush_all()
        for table, moment in (
            ("merchant_publication", "changed_at"),
            ("merchant_publication", "next_try_at"),
            ("merchant_shop", "publish_next_at"),
        ):
            self.cr.execute(f"UPDATE {table} SET {moment} = {moment} - make_interval(mins => {minutes}, secs => 1)")  # noqa: S608
        self.env.invalidate_all()

    def _beat(self):
        with trap_jobs():
            self.env["merchant.shop"]._cron_heartbeat()
        self.env.invalidate_all()

    def test_a_quantity_that_waits_beyond_the_limit_raises_the_alarm_which_clears_by_itself(self):
        self.client.refusals[None] = Retryable("Too many calls", after=90)
        self._put(self.tea, 5)
        self._send()
        self._later(14)
        self._beat()
        self.assertEqual((self.shop.push_age, self.shop.alarm_ids.mapped("kind")), (14, []))
        self._later(6)
        self._beat()
        self._beat()
        self.assertEqual((self.shop.push_age, self.shop.alarm_ids.mapped("kind")), (20, ["push"]))
        alarm = self.shop.alarm_ids.with_context(lang="en_US")
        self.assertEqual(alarm.sentence, "Tea House: stock has been waiting 20 minutes to be told.")
        orders, stock = self.shop.delay_chart["series"]
        self.assertEqual((orders["label"], stock["label"], round(stock["values"][-1])), ("Orders", "Stock", 20))
        self.client.refusals.clear()
        self._send()
        self._beat()
        self.assertEqual((self.shop.push_age, self.shop.alarm_count, alarm.state), (0, 0, "closed"))
        self.assertEqual(self.client.offered["HKT-TEA"], 105)

    def test_how_long_it_took_is_kept_on_each_listing_and_for_the_shop(self):
        self._put(self.tea, 5)
        self._catch_up()
        self._later(3)
        self._send()
        row = self._offer()
        self.assertAlmostEqual(row.delay, 180, delta=5)
        self.shop.invalidate_recordset()
        self.assertGreater(self.shop.sync_delay, 1)

    def test_a_shop_that_is_paused_by_hand_is_not_late(self):
        self.shop.action_publication_pause()
        self._put(self.tea, 5)
        self._catch_up()
        self._later(60)
        self._beat()
        self.assertFalse(self.shop.alarm_ids)

    def test_an_hour_without_changes_is_no_delay(self):
        self.shop.last_pull_at = fields.Datetime.now() - timedelta(minutes=1)
        self._later(60)
        self._beat()
        self.assertEqual((self.shop.push_age, self.shop.alarm_count), (0, 0))
