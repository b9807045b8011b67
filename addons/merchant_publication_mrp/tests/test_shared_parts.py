from collections import Counter
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.merchant_channel.core.errors import Rejected, Retryable
from odoo.addons.merchant_publication.tests.common import PublicationCase

LOST, NO = Retryable("No answer", after=1, uncertain=True), Rejected("Locked by a campaign")
# shop, code of what it lists
LISTINGS = (
    (0, "HKT-TEA"),
    (0, "HKT-CUP"),
    (0, "HKT-PAIR"),
    (1, "HKT-TEA"),
    (1, "HKT-TWO"),
    (2, "HKT-PAIR"),
    (2, "HKT-TWO"),
)
NEEDS = {
    "HKT-TEA": {"HKT-TEA": 1},
    "HKT-CUP": {"HKT-CUP": 1},
    "HKT-PAIR": {"HKT-TEA": 1, "HKT-CUP": 1},
    "HKT-TWO": {"HKT-TEA": 2},
}
# what a listing is to offer, what it was told, and the most that its platform may have
ROW = st.tuples(st.integers(0, 9), st.none() | st.integers(0, 9), st.none() | st.integers(0, 14))
EVENT = st.one_of(
    st.tuples(st.just("tell"), st.integers(0, 2)),
    st.tuples(st.just("work out"), st.just(0)),
    st.tuples(st.just("tea"), st.integers(-9, 9)),
    st.tuples(st.just("cup"), st.integers(-9, 9)),
    st.tuples(st.just("weigh"), st.integers(0, 2)),
    st.tuples(st.just("lose answers"), st.integers(0, 2)),
    st.tuples(st.just("refuse"), st.integers(0, 2)),
    st.tuples(st.just("behave"), st.integers(0, 2)),
)


class SharedPartsCase(PublicationCase):
    """Three shops that divide one stock: tea, cups, pairs of a tea and a cup, and packs of two teas."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._put(cls.tea, -88)
        cls._put(cls.cup, -93)
        cls.goods = {"HKT-TEA": cls.tea, "HKT-CUP": cls.cup}
        for code in ("HKT-PAIR", "HKT-TWO"):
            cls.goods[code] = cls._new_kit(code, NEEDS[code])
        cls.shop.publication_shares = True
        others = [cls._new_shop(name, publishes=True, state="ready", publication_shares=True) for name in ("B", "C")]
        cls.shops = [cls.shop, *others]
        cls.listings = [
            {"HKT-TEA": cls.tea_listing, "HKT-CUP": cls.cup_listing}.get(code)
            if shop == 0 and code in ("HKT-TEA", "HKT-CUP")
            else cls._new_listing(cls.goods[code], cls.shops[shop])
            for shop, code in LISTINGS
        ]

    @classmethod
    def _new_kit(cls, code, needs):
        kit = cls._new_product(code)
        cls.env["mrp.bom"].create(
            {
                "product_tmpl_id": kit.product_tmpl_id.id,
                "type": "phantom",
                "company_id": cls.company.id,
                "bom_line_ids": [
                    Command.create({"product_id": cls.goods[part].id, "product_qty": pieces})
                    for part, pieces in needs.items()
                ],
            }
        )
        return kit

    def setUp(self):
        super().setUp()
        for shop in self.shops[1:]:
            self.clients[shop] = type(self.client)()

    def _tell(self, shop):
        """What the shop's job does, without working out first what is marked."""
        self.env.flush_all()
        self.cr.execute("UPDATE merchant_publication SET next_try_at = '2020-01-01' WHERE state = 'waiting'")
        with self.enter_registry_test_mode():
            self.env["merchant.publication"]._send_shop(shop)
        self.env.invalidate_all()

    def _on_sale(self):
        """``{part: pieces}`` that the buyers of all platforms together can buy now."""
        found = Counter()
        for shop in self.shops:
            for code, units in self.clients[shop].offered.items():
                for part, per in NEEDS[code].items():
                    found[part] += per * units
        return found

    def _free(self):
        self.env.invalidate_all()
        return {code: max(0, self.goods[code].free_qty) for code in ("HKT-TEA", "HKT-CUP")}


@tagged("post_install", "-at_install")
class TestSharedParts(SharedPartsCase):
    def test_what_a_kit_lets_go_of_is_told_of_its_part_when_the_kit_was_lowered(self):
        for shop in (*self.shops, *self.shops):
            self._tell(shop)
        pairs, first = self.clients[self.shops[2]].offered, self.client.offered
        before = first["HKT-TEA"]
        self.assertTrue(pairs["HKT-PAIR"] and pairs["HKT-TWO"])
        self.shops[2].publication_paused = True
        self.shop.publication_weight = 50
        self._catch_up()
        self._tell(self.shop)
        row = self._offer(self.tea_listing)
        self.assertGreater(row.wanted, before)
        still = self._on_sale()["HKT-TEA"]
        self.assertLessEqual(still, 12, "the kits of the shop that is paused may still be sold")
        self.assertEqual(row.state, "waiting")
        self.assertIn("are told; the other", str(row.why["steps"]))
        self.shops[2].publication_paused = False
        for shop in (*self.shops[1:], *self.shops):
            self._tell(shop)
        self.assertEqual(first["HKT-TEA"], self._offer(self.tea_listing).wanted)
        self.assertNotIn("are told; the other", str(self._offer(self.tea_listing).why["steps"]))

    def test_a_change_of_one_part_is_worked_out_before_its_kits_and_their_parts_are_told(self):
        self._catch_up()
        self._put(self.tea, -6)
        self.env.flush_all()
        for shop in self.shops:
            self._tell(shop)
        told = {code for shop in self.shops for code in self.clients[shop].offered}
        self.assertEqual(told, {"HKT-CUP"}, "only cups alone have no tea in them")

    def test_an_order_of_a_kit_is_worked_out_before_its_parts_are_told(self):
        self._catch_up()
        self.env["merchant.publication.mark"]._mark_products(self.goods["HKT-PAIR"].ids)
        self._tell(self.shops[1])
        self.assertFalse(self.clients[self.shops[1]].offered)

    def test_the_sum_of_promises_counts_the_pieces_in_kits(self):
        self._catch_up()
        rows = self.env["merchant.publication"].search([])
        for part, row in (("HKT-TEA", self._offer(self.tea_listing)), ("HKT-CUP", self._offer(self.cup_listing))):
            there = sum(each.wanted * NEEDS[each.sku].get(part, 0) for each in rows)
            self.assertEqual((row.promised, row.above_stock), (there, False))
            self.assertEqual(row.why["table"]["rows"][-1][2], f"{there:g}")
        self.assertIn(" × 2", str(self._offer(self.tea_listing).why["table"]))

    def test_a_stock_shown_whole_by_kits_and_parts_is_found_above_the_stock(self):
        for shop in self.shops:
            shop.publication_shares = False
        row = self._offer(self.tea_listing)
        self.assertEqual((row.promised, row.above_stock), (12 + 7 + 12 + 2 * 6 + 7 + 2 * 6, True))
        self.assertIn(row, self.env["merchant.publication"].search([("above_stock", "=", True)]))

    def test_a_shop_of_another_warehouse_promises_nothing_of_this_stock(self):
        away = self.env["stock.warehouse"].create({"name": "Away", "code": "AW", "company_id": self.company.id})
        self.shops[1].warehouse_id = away
        self.shops[1].warehouse_ids = away
        row, other = self._offer(self.tea_listing), self._offer(self.listings[3])
        self.assertEqual((other.wanted, other.promised), (0, 0))
        named = Counter(each[0] for each in row.why["table"]["rows"][:-1])
        self.assertEqual(named, {self.shop.name: 2, "C": 2})


@tagged("post_install", "-at_install")
class TestNeverAboveTheStock(SharedPartsCase):
    """Whatever happens in whatever order, telling a platform never puts more on sale than there is."""

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(ROW, min_size=len(LISTINGS), max_size=len(LISTINGS)), st.integers(0, 2))
    def test_a_promise_is_what_trying_every_number_finds(self, rows, shop):
        with self._undone():
            self._catch_up()
            for listing, (wanted, sent, exposed) in zip(self.listings, rows, strict=True):
                self.cr.execute(
                    "UPDATE merchant_publication SET wanted = %s, sent = %s, exposed = %s, unsure = TRUE,"
                    " state = 'waiting', next_try_at = '2020-01-01' WHERE listing_id = %s",
                    (wanted, sent, exposed, listing.id),
                )
            with self.enter_registry_test_mode():
                claimed = self.env["merchant.publication"]._claim(self.shops[shop])
            told = {row.platform_sku: row.wanted for row in claimed}
        wanted = {number: self._slowly(rows, number) for number, (place, _code) in enumerate(LISTINGS) if place == shop}
        self.assertEqual(told, {LISTINGS[number][1]: units for number, units in wanted.items()})

    def _slowly(self, rows, mine):
        """The most units of a listing that leave to each other listing what its platform may still sell too much."""
        wanted, needs = rows[mine][0], NEEDS[LISTINGS[mine][1]]
        too_much = Counter()
        for number, (asked, sent, exposed) in enumerate(rows):
            may_sell = exposed if exposed is not None else sent or 0
            for part, per in NEEDS[LISTINGS[number][1]].items():
                if number != mine and may_sell > asked:
                    too_much[part] += per * (may_sell - asked)
        fits = [
            units
            for units in range(wanted + 1)
            if all(Decimal(units * per + too_much[part]) <= wanted * per for part, per in needs.items())
        ]
        return max(fits, default=0)

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(EVENT, min_size=4, max_size=16))
    def test_no_order_of_events_puts_more_on_sale_than_there_is(self, events):
        with self._undone():
            for client in self.clients.values():
                client.offered.clear()
                client.refusals.clear()
            self._catch_up()
            for what, value in events:
                before, free = self._on_sale(), self._free()
                self._happen(what, value)
                for part, pieces in self._on_sale().items():
                    self.assertLessEqual(pieces, max(before[part], free[part]), f"{part} after {what} {value}")
            self._come_to_rest()

    def _happen(self, what, value):
        match what:
            case "tell":
                self._tell(self.shops[value])
            case "work out":
                self._catch_up()
            case "tea" | "cup":
                product = self.goods[f"HKT-{what.upper()}"]
                self._put(product, max(value, -int(product.free_qty)))
            case "weigh":
                self.shops[value].publication_weight = self.shops[value].publication_weight % 7 + 3
            case "lose answers":
                self.clients[self.shops[value]].refusals = dict.fromkeys(NEEDS, LOST)
            case "refuse":
                self.clients[self.shops[value]].refusals = dict.fromkeys(NEEDS, NO)
            case "behave":
                self.clients[self.shops[value]].refusals = {}

    def _come_to_rest(self):
        """In the end every platform has what was worked out, and that is not more than there is."""
        self._catch_up()
        rows = self.env["merchant.publication"].search([])
        for client in self.clients.values():
            client.refusals.clear()
        rows.action_send()
        for _round in range(4):
            for shop in self.shops:
                self._tell(shop)
        self.assertEqual(set(rows.mapped("state")), {"idle"})
        for listing, (place, code) in zip(self.listings, LISTINGS, strict=True):
            self.assertEqual(self.clients[self.shops[place]].offered[code], self._offer(listing).wanted)
        free = self._free()
        for part, pieces in self._on_sale().items():
            self.assertLessEqual(pieces, free[part])
