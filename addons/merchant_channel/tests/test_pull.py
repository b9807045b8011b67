from contextlib import suppress
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Datetime
from odoo.tests import tagged

from odoo.addons.merchant_base.fields import reveal
from odoo.addons.queue_job.tests.common import trap_jobs

from ..core.errors import Rejected, Retryable, Unauthorised
from ..core.listing import ChannelListing
from .common import DAY, FakeClient, PlatformCase

START, NOON = Datetime.to_datetime("2025-11-11 00:00:00"), Datetime.to_datetime("2025-11-11 04:00:00")


@tagged("post_install", "-at_install")
class TestPull(PlatformCase):
    def setUp(self):
        super().setUp()
        self.shop.pull_from = START

    def _pull(self, shop=None, start=None, end=None):
        with trap_jobs(), self.enter_registry_test_mode():
            (shop or self.shop)._pull(start, end)

    def _rows(self, shop=None):
        return self.env["merchant.inbox"].search([("shop_id", "=", (shop or self.shop).id)], order="id")

    def _orders(self, *hours):
        return [self._payload(f"W-{hour}", modified_at=DAY % hour) for hour in hours]

    def test_a_pull_stores_every_window_and_moves_the_cursor_to_its_end(self):
        self.client.pages = {0: [self._orders(8)], 2: [self._orders(10), self._orders(11)]}
        self._pull()
        self.assertEqual(self._rows().mapped("order_ref"), ["W-8", "W-10", "W-11"])
        self.assertEqual(set(self._rows().mapped("origin")), {"pull"})
        self.assertEqual(len(self.client.windows), 4)
        self.assertEqual((self.shop.pulled_until, self.shop.state, self.shop.last_error), (NOON, "ready", False))
        self.assertAlmostEqual(
            self.shop.next_pull_at, fields.Datetime.now() + timedelta(minutes=5), delta=timedelta(minutes=1)
        )

    def test_what_was_pulled_is_processed_in_the_background(self):
        self.client.pages = {0: [self._orders(8)]}
        with trap_jobs() as jobs, self.enter_registry_test_mode():
            self.shop._pull()
            jobs.assert_jobs_count(1)
        self.shop._process_inbox()
        self.assertEqual(self._sold("W-8").state, "sale")

    def test_trouble_in_a_window_keeps_what_was_read_and_the_cursor_of_the_last_whole_one(self):
        self.client.pages = {0: [self._orders(8)], 1: [self._orders(9), Retryable("busy", after=30)]}
        self._pull()
        self.assertEqual(self._rows().mapped("order_ref"), ["W-8", "W-9"])
        self.assertEqual(self.shop.pulled_until, START + timedelta(hours=1))
        self.client.pages[1].pop()
        self._pull()
        self.assertEqual((self.shop.pulled_until, self.shop.state), (NOON, "ready"))
        self.assertEqual(self._rows().mapped("order_ref"), ["W-8", "W-9"], "nothing came twice")

    def test_the_next_pull_goes_back_a_little_and_asks_only_for_what_is_new(self):
        self.client.pages = {3: [self._orders(11)]}
        self._pull()
        self.client.windows.clear()
        self._pull()
        self.assertEqual(self.client.windows[0][0].replace(tzinfo=None), NOON - timedelta(minutes=10))
        self.assertEqual(self.client.asked, ["W-11"])

    def test_a_changed_order_is_asked_for_again(self):
        self.client.pages = {0: [self._orders(8)], 1: [[self._payload("W-8", modified_at=DAY % 9)]]}
        self._pull()
        self.assertEqual(self.client.asked, ["W-8", "W-8"])

    def test_a_detail_that_is_refused_is_kept_as_the_list_told_it(self):
        self.client.pages = {0: [self._orders(7, 8)]}
        self.client.details_of = {"W-7": Rejected("no permission")}
        self._pull()
        self.assertEqual(self._rows().mapped("order_ref"), ["W-7", "W-8"])
        self.assertEqual(self.shop.pulled_until, NOON)

    def test_a_detail_that_fails_leaves_its_neighbours_but_not_the_cursor(self):
        self.client.pages = {0: [self._orders(7, 8)]}
        self.client.details_of = {"W-7": Retryable("busy")}
        self._pull()
        self.assertEqual(self._rows().mapped("order_ref"), ["W-8"])
        self.assertEqual((self.shop.pulled_until, self.shop.state), (False, "waiting"))

    def test_each_kind_of_trouble_has_its_consequence(self):
        for trouble, state, minutes in (
            (Retryable("busy", after=120, code="7"), "waiting", 2),
            (Unauthorised("session expired", code="27"), "expired", None),
            (Rejected("wrong signature", code="25", request_id="r1"), "error", 30),
            (UserError("no key"), "error", 30),
        ):
            self.client.pages = {0: [trouble]}
            self.shop.write({"state": "ready", "next_pull_at": False})
            self._pull()
            self.assertEqual(self.shop.state, state)
            self.assertIn(str(trouble), self.shop.last_error)
            if minutes is None:
                self.assertFalse(self.shop.next_pull_at)
            else:
                wait = self.shop.next_pull_at - fields.Datetime.now()
                self.assertAlmostEqual(wait.total_seconds(), minutes * 60, delta=30)
        self.client.pages = {}
        self._pull()
        self.assertEqual((self.shop.state, self.shop.last_error), ("ready", False))

    def test_a_crash_shows_on_the_shop(self):
        self.client.pages = {0: [KeyError("tid")]}
        with suppress(KeyError):  # which fails the job; assertRaises would roll back what survives that
            self._pull()
        self.assertEqual(self.shop.state, "error")
        self.assertIn(f"shop-{self.shop.id}", self.shop.last_error)

    def test_one_shops_trouble_leaves_the_others_running(self):
        other = self._new_shop("Cup House", pull_from=START)
        self.clients[other] = FakeClient()
        self.clients[other].pages = {0: [self._orders(8)]}
        self.client.pages = {0: [Unauthorised("over")]}
        self._pull()
        self._pull(other)
        self.assertEqual((self.shop.state, other.state), ("expired", "ready"))
        self.assertEqual(len(self._rows(other)), 1)

    def test_a_session_that_is_over_is_renewed_once_and_the_pull_goes_on(self):
        token = {"access_token": "fresh", "refresh_token": "next", "expires_in": 3600}
        self.client.refresh = lambda refresh_token: token
        self.shop.refresh_token = "once"
        self.client.pages = {0: [Unauthorised("over")]}
        self._pull()
        self.assertEqual((self.shop.state, reveal(self.shop, "session")), ("waiting", "fresh"))
        self.assertEqual(reveal(self.shop, "refresh_token"), "next")
        self.assertTrue(self.shop.session_expires_at)
        self.client.pages = {0: [Unauthorised("over")]}
        self._pull()
        self.assertEqual(self.shop.state, "expired", "a new session that is refused needs a person")

    def test_a_session_is_renewed_before_it_ends(self):
        asked = []
        self.client.refresh = lambda refresh_token: (
            asked.append(refresh_token) or {"access_token": "fresh", "expires_in": 9}
        )
        self.shop.write({"refresh_token": "once", "session_expires_at": fields.Datetime.now()})
        self._pull()
        self.assertEqual((asked, self.shop.state), (["once"], "ready"))

    def test_a_pull_by_hand_brings_orders_and_leaves_the_cursor(self):
        self._pull()
        self.client.pages = {1: [self._orders(5)]}
        self._pull(start="2025-11-10 00:00:00", end="2025-11-10 03:00:00")
        self.assertEqual(self._rows().mapped("order_ref"), ["W-5"])
        self.assertEqual(self.shop.pulled_until, NOON)

    def test_a_paused_shop_is_not_asked(self):
        self.shop.action_pause()
        self._pull()
        self.assertFalse(self.client.windows)
        self.shop.action_resume()
        self._pull()
        self.assertTrue(self.client.windows)

    def test_an_unreadable_order_among_others_is_kept_with_its_reason(self):
        self.client.pages = {0: [[*self._orders(7), {**self._payload("W-8"), "lines": "?"}]]}
        self._pull()
        self.shop._process_inbox()
        self.assertEqual(self._rows().mapped("state"), ["done", "held"])

    def test_a_single_order_can_be_read_again(self):
        order = self._take(self._payload("W-8"))
        self.client.details_of = {"W-8": self._payload("W-8", modified_at=DAY % 9, seller_remark="vip")}
        with self.enter_registry_test_mode(), self._jobs():
            order.action_merchant_reread()
        self.assertEqual(order.merchant_seller_remark, "vip")

    def test_a_period_by_hand_needs_dates_that_make_sense(self):
        wizard = self.env["merchant.pull.wizard"].create({"shop_ids": self.shop.ids, "start": NOON, "end": NOON})
        with self.assertRaisesRegex(UserError, "dates"):
            wizard.action_pull()
        wizard.start = NOON - timedelta(days=91)
        with self.assertRaisesRegex(UserError, "three months"):
            wizard.action_pull()
        wizard.start = START
        with trap_jobs() as jobs:
            wizard.action_pull()
            jobs.assert_enqueued_job(self.shop.sudo()._pull, args=("2025-11-11 00:00:00", "2025-11-11 04:00:00"))


@tagged("post_install", "-at_install")
class TestConnectedTwice(PlatformCase):
    """One seller behind two shops: nothing is shipped twice."""

    def setUp(self):
        super().setUp()
        self.twin = self._new_shop("Tea House Again")
        self.clients[self.twin] = FakeClient()

    def test_an_order_that_another_shop_brought_is_held(self):
        sold = self._take(self._payload("W-1"))
        again, other = self._push(self._payload("W-1"), self._payload("W-2"), shop=self.twin)
        self.assertHeld(again, "known_elsewhere")
        self.assertIn(sold.name, again.reason)
        self.assertEqual(other.state, "done")
        self.assertFalse(self._sold("W-1", shop=self.twin))

    def test_it_goes_on_once_the_other_is_cancelled(self):
        sold = self._take(self._payload("W-1"))
        again = self._push(self._payload("W-1"), shop=self.twin)
        sold._action_cancel()
        again.action_retry()
        self.assertEqual((again.state, self._sold("W-1", shop=self.twin).state), ("done", "sale"))

    def test_own_shops_may_use_the_same_numbers(self):
        self.patch(self.registry["merchant.shop"], "_has_client", lambda shop: False)
        self._take(self._payload("W-1"))
        self._take(self._payload("W-1"), shop=self.twin)


@tagged("post_install", "-at_install")
class TestPullListings(PlatformCase):
    def _read(self, *listings):
        self.client.items = [listings]
        core = self.registry["merchant.shop"]._core
        core(self.shop, "client").to_listings = lambda page: page["items"]
        self.patch(
            self.registry["merchant.shop"],
            "_core",
            lambda shop, part: core(shop, "client") if part == "mapping" else core(shop, part),
        )
        self.shop._pull_listings()
        return self.shop.listing_ids

    def test_listings_are_read_and_matched_by_their_codes(self):
        found = self._read(
            ChannelListing("i-1", "p-1", "HKT-TEA", "Tea", quantity=5, price=98), ChannelListing("i-2", "p-2", "?")
        )
        self.assertRecordValues(
            found.sorted("platform_sku"),
            [
                {"platform_sku": "p-1", "product_id": self.tea.id, "quantity": 5, "price": 98, "matched_by": "exact"},
                {"platform_sku": "p-2", "product_id": False, "quantity": 0, "price": 0, "matched_by": False},
            ],
        )

    def test_a_code_entered_later_on_the_platform_matches_at_the_next_reading(self):
        self._read(ChannelListing("i-1", "p-1", ""))
        [listing] = self._read(ChannelListing("i-1", "p-1", "HKT-TEA", quantity=7))
        self.assertEqual((listing.product_id, listing.quantity), (self.tea, 7))

    def test_a_product_chosen_by_hand_stays(self):
        listing = self._read(ChannelListing("i-1", "p-1", "HKT-TEA"))
        listing.product_id = self.cup
        self.assertEqual(self._read(ChannelListing("i-1", "p-1", "HKT-TEA")).product_id, self.cup)
