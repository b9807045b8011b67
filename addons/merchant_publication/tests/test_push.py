from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.merchant_channel.core.errors import Rejected, Retryable, Unauthorised
from odoo.addons.merchant_publication.models.merchant_publication import ABANDONED
from odoo.addons.queue_job.tests.common import trap_jobs

from .common import PublicationCase

LOST = Retryable("No answer", after=30, uncertain=True)
NO = Rejected("SKU is locked by a campaign", code="15 isv.locked", request_id="r7")


@tagged("post_install", "-at_install")
class TestPush(PublicationCase):
    def test_the_platform_is_told_and_its_answer_kept(self):
        self._send()
        self.assertEqual(self.client.offered, {"HKT-TEA": 100, "HKT-CUP": 100})
        row = self._offer()
        self.assertRecordValues(row, [{"state": "idle", "sent": 100, "unsure": False, "attempts": 0}])
        self.assertTrue(row.sent_at and self.shop.last_push_at)
        self.assertRecordValues(row.push_ids, [{"quantity": 100, "outcome": "accepted", "kind": "quantity"}])

    def test_only_what_changed_is_told(self):
        self._send()
        self.client.offered.clear()
        self._put(self.tea, 5)
        self._put(self.tea, 5)
        self._send()
        self.assertEqual(self.client.offered, {"HKT-TEA": 110})
        self.assertEqual(len(self._offer().push_ids), 2, "many changes, one push")

    def test_what_comes_back_to_the_same_number_is_not_told(self):
        self._send()
        self.client.offered.clear()
        self._put(self.tea, 5)
        self._put(self.tea, -5)
        self._send()
        self.assertFalse(self.client.offered)

    def test_after_its_own_sale_the_platform_is_told_even_the_same_number(self):
        """It counted down by itself: the same number here is another one there."""
        self._send()
        self.client.offered["HKT-TEA"] = 98
        self._take(self._payload())
        self._put(self.tea, 2)
        self._send()
        self.assertEqual(self.client.offered["HKT-TEA"], 100)

    def test_one_bad_listing_does_not_block_its_batch(self):
        self.client.refusals["HKT-TEA"] = NO
        self._send()
        self.assertEqual(self.client.offered, {"HKT-CUP": 100})
        row = self._offer()
        self.assertEqual((row.state, row.reason_code), ("refused", "platform_refused"))
        self.assertIn("SKU is locked by a campaign (15 isv.locked, r7)", row.reason)
        self._send()
        self.assertEqual(len(row.push_ids), 1, "what is refused is not asked for ever")
        del self.client.refusals["HKT-TEA"]
        self._put(self.tea, 1)
        self._send()
        self.assertEqual((self.client.offered["HKT-TEA"], row.state, row.reason_code), (101, "idle", False))

    def test_what_went_wrong_is_told_in_the_companys_language(self):
        self.client.refusals["HKT-TEA"] = Retryable("HTTP 500", after=60, hint="no_answer", words="HTTP 500")
        self._send()
        Reason = self.env["merchant.reason"].with_context(lang=self.shop.company_id.partner_id.lang)
        sentence = Reason._sentence("no_answer", {"words": "HTTP 500"})
        self.assertIn(sentence, self._offer().reason)

    def test_a_lost_answer_is_told_again(self):
        self._send()
        self.client.refusals["HKT-TEA"] = LOST
        self._put(self.tea, 5)
        self._send()
        row = self._offer()
        self.assertRecordValues(
            row, [{"state": "waiting", "sent": 100, "unsure": True, "reason_code": "platform_later"}]
        )
        self._put(self.tea, -5)
        del self.client.refusals["HKT-TEA"]
        self._send()
        self.assertEqual(
            self.client.offered["HKT-TEA"], 100, "the platform may have 105: 100 is told although told before"
        )
        self.assertRecordValues(row, [{"state": "idle", "sent": 100, "unsure": False}])

    def test_a_quantity_that_changed_while_it_was_told_goes_out_next(self):
        rows = self._claimed()
        self._put(self.tea, -40)
        self._catch_up()
        with self.enter_registry_test_mode():
            self.env["merchant.publication"]._send(self.shop, self.client, rows)
        self.env.invalidate_all()
        row = self._offer()
        self.assertRecordValues(row, [{"state": "waiting", "sent": 100, "wanted": 60}])
        self._send()
        self.assertEqual(self.client.offered["HKT-TEA"], 60)

    def _claimed(self):
        self._catch_up()
        return self._claim()

    def _claim(self):
        with self.enter_registry_test_mode():
            return self.env["merchant.publication"]._claim(self.shop)

    def test_what_a_dead_process_claimed_is_told_later(self):
        self._claimed()
        self._send()
        self.assertFalse(self.client.offered, "it may still be at it")
        rows = self.env["merchant.publication"].search([])
        self.assertEqual(set(rows.mapped("state")), {"sending"})
        rows.sending_at = fields.Datetime.now() - ABANDONED - timedelta(seconds=1)
        self.env.flush_all()
        self.assertEqual(self.env["merchant.publication"]._shops_with_work(), self.shop)
        self._send()
        self.assertEqual(self.client.offered["HKT-TEA"], 100)

    def test_what_must_go_down_goes_first(self):
        self._send()
        self._put(self.tea, 5)
        self._put(self.cup, -5)
        rows = self._claimed()
        self.assertEqual([row.wanted for row in sorted(rows, key=lambda row: row.wanted >= row.sent)], [95, 105])

    def test_what_is_marked_again_is_worked_out_before_it_is_told(self):
        self._put(self.tea, 5)
        self._catch_up()
        self._put(self.tea, -50)
        self.env.flush_all()
        self.assertNotIn("HKT-TEA", [row.platform_sku for row in self._claim()])
        self.cr.execute("UPDATE merchant_publication SET changed_at = changed_at - interval '3 minutes'")
        self.assertIn("HKT-TEA", [row.platform_sku for row in self._claim()], "but not for ever")

    def test_a_divided_stock_is_not_told_before_the_orders_there_are_taken(self):
        """The platform has sold some of its part already: the old number would offer them again."""
        self.shop.publication_shares = True
        self._send()
        self.client.offered.clear()
        row = self._push_without_work()
        self._put(self.tea, 5)
        self._send()
        self.assertFalse(self.client.offered)
        row._process()
        self._send()
        self.assertEqual(self.client.offered["HKT-TEA"], 103)

    def test_a_greater_part_of_a_divided_stock_is_told_when_the_others_let_go_of_it(self):
        second = self._second_shop(publication_shares=True)
        listing = self._new_listing(self.tea, second)
        self.shop.publication_shares = True
        for shop in (self.shop, second, self.shop):
            self._send(shop)
        first, other = self.client.offered, self.clients[second].offered
        self.assertEqual((first["HKT-TEA"], other["HKT-TEA"]), (50, 50))
        self.shop.publication_weight = 4
        self._send()
        self.assertEqual((first["HKT-TEA"], other["HKT-TEA"]), (50, 50), "the other may still sell 50")
        self.assertEqual((self._offer().wanted, self._offer().state), (80, "waiting"))
        with trap_jobs() as jobs:
            self._send(second)
            self.assertIn(("_push", self.shop), [(job.method_name, job.recordset) for job in jobs.enqueued_jobs])
        self._send()
        self.assertEqual((first["HKT-TEA"], other["HKT-TEA"]), (80, 20))
        self.assertEqual((self._offer().state, self._offer(listing).state), ("idle", "idle"))

    def test_two_shops_that_both_let_go_do_not_wait_for_each_other(self):
        second = self._second_shop(publication_shares=True)
        listing = self._new_listing(self.tea, second)
        self.shop.publication_shares = True
        for shop in (self.shop, second, self.shop):
            self._send(shop)
        self._put(self.tea, -40)
        self._catch_up()
        for shop in (self.shop, second, self.shop, second):
            self._send(shop)
            told = self.client.offered["HKT-TEA"] + self.clients[second].offered["HKT-TEA"]
            self.assertLessEqual(told, 100)
        self.assertEqual(told, 60)
        self.assertEqual((self._offer().state, self._offer(listing).state), ("idle", "idle"))

    def _push_without_work(self):
        with trap_jobs():
            answer = self.env["merchant.inbox"].push(self.shop.id, [self._payload()])
        return self.env["merchant.inbox"].browse(answer[0]["inbox_id"])

    def test_a_platform_that_is_down_is_left_alone_for_a_while(self):
        self.client.refusals[None] = Retryable("Too many calls", after=90, code="7")
        self._send()
        row = self._offer()
        self.assertEqual((row.state, row.attempts, len(row.push_ids)), ("waiting", 0, 0))
        self.assertGreater(self.shop.publish_next_at, fields.Datetime.now() + timedelta(seconds=80))
        self.assertIn("Too many calls", self.shop.push_error)
        self.assertFalse(self.env["merchant.publication"]._shops_with_work())
        self.client.refusals.clear()
        self.shop.publish_next_at = row.next_try_at = fields.Datetime.now() - timedelta(seconds=1)
        self.env["merchant.publication"].search([]).next_try_at = self.shop.publish_next_at
        self._send()
        self.assertRecordValues(self.shop, [{"publish_next_at": False, "push_error": False}])

    def test_a_session_that_is_over_stops_the_shop(self):
        self.client.refusals[None] = Unauthorised("Session expired")
        self._send()
        self.assertEqual((self.shop.state, self._offer().state), ("expired", "waiting"))

    def test_a_connector_that_breaks_is_written_down(self):
        self.client.refusals[None] = ZeroDivisionError("secret-of-the-shop")
        with self.assertLogs("odoo.addons.merchant_publication", "ERROR") as log:
            self._send()
        self.assertNotIn("secret-of-the-shop", "".join(log.output))
        self.assertIn("push-", self.shop.push_error)
        self.assertEqual(self._offer().state, "waiting")

    def test_a_paused_listing_and_a_paused_shop_are_told_nothing(self):
        self.tea_listing.publication_mode = "paused"
        self._send()
        self.assertEqual(self.client.offered, {"HKT-CUP": 100})
        self.shop.action_publication_pause()
        self.tea_listing.publication_mode = "auto"
        self._send()
        self.assertNotIn("HKT-TEA", self.client.offered)
        self.shop.action_publication_resume()
        self._send()
        self.assertIn("HKT-TEA", self.client.offered)

    def test_one_process_at_a_time_tells_a_shop(self):
        with self.registry.cursor() as other:
            other.execute("SELECT pg_advisory_xact_lock(hashtext('merchant.push'), %s)", self.shop.ids)
            self._catch_up()
            with self.shop._alone("push") as mine:
                self.assertFalse(mine)
        with self.shop._alone("push") as mine:
            self.assertTrue(mine)

    def test_sold_out_items_leave_the_shelf_and_come_back(self):
        self.shop.publication_delists = True
        self._put(self.tea, -100)
        self._send()
        self.assertEqual(self.client.shelf, [("IHKT-TEA", False, 0)])
        self.assertEqual((self.tea_listing.on_sale, self._offer().delisted), (False, True))
        self._put(self.tea, 5)
        self._send()
        self.assertEqual(self.client.shelf[1:], [("IHKT-TEA", True, 5)])
        self.assertTrue(self.tea_listing.on_sale)

    def test_an_item_leaves_the_shelf_only_when_all_its_skus_are_sold_out(self):
        self.shop.publication_delists = True
        self.cup_listing.item_id = self.tea_listing.item_id
        self._put(self.tea, -100)
        self._send()
        self.assertFalse(self.client.shelf)

    def test_what_a_person_took_off_the_shelf_stays_off(self):
        self.shop.publication_delists = True
        self.tea_listing.on_sale = False
        self._put(self.tea, -100)
        self._send()
        self._put(self.tea, 5)
        self._send()
        self.assertFalse(self.client.shelf)

    def test_send_again_tells_what_was_told_before(self):
        self._send()
        self.client.offered.clear()
        self._offer().with_user(self._new_user("clerk")).action_send()
        self._send()
        self.assertEqual(self.client.offered, {"HKT-TEA": 100})
        self.shop.action_publish_all()
        self._send()
        self.assertEqual(self.client.offered, {"HKT-TEA": 100, "HKT-CUP": 100})

    def test_nobody_writes_what_a_platform_was_told_himself(self):
        for role in ("clerk", "owner"):
            with self.assertRaises(AccessError):
                self._offer().with_user(self._new_user(role)).write({"sent": 5})

    def test_an_own_shop_has_nobody_to_tell(self):
        self.patch(self.registry["merchant.shop"], "_has_client", lambda shop: False)
        self.shop._mark_publication()
        row = self._offer()
        self.assertRecordValues(row, [{"state": "stopped", "reason_code": "no_platform", "wanted": 100}])
