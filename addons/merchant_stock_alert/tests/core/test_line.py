import unittest

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.merchant_stock_alert.core import order
from odoo.addons.merchant_stock_alert.core.classify import abc, xyz
from odoo.addons.merchant_stock_alert.core.cover import counted_stock, days_of_cover, orders_at_risk
from odoo.addons.merchant_stock_alert.core.line import (
    CRITICAL,
    INFO,
    WARNING,
    Position,
    Rule,
    low_level,
    low_line,
    over_level,
)
from odoo.addons.merchant_stock_alert.core.propose import propose
from odoo.addons.merchant_stock_alert.core.scope import Scope, narrowest

units = st.integers(-50, 500).map(float)


class LineTest(unittest.TestCase):
    def test_the_line_is_reached_at_its_height(self):
        rule = Rule("quantity", quantity=5)
        self.assertEqual([low_level(Position(available=stock), rule) for stock in (4, 5, 6)], [INFO, INFO, 0])

    def test_it_is_left_higher_than_it_was_entered(self):
        rule = Rule("quantity", quantity=10, leave=0.2)
        self.assertEqual([low_level(Position(available=stock), rule, before=1) for stock in (11, 12)], [INFO, 0])

    def test_nothing_sold_means_nothing_runs_out(self):
        self.assertEqual(low_level(Position(available=0), Rule("days", days=7)), 0)

    def test_orders_that_wait_are_critical_whatever_the_line(self):
        self.assertEqual(low_level(Position(available=-1, outgoing=3), Rule("days", days=7)), CRITICAL)

    def test_a_purchase_that_comes_too_late_is_a_warning(self):
        rule = Rule("days", days=20)
        position = Position(available=50, counted=50, daily=10, lead=7)
        self.assertEqual(low_level(position, rule), WARNING)

    def test_the_reorder_point_has_a_safety_stock(self):
        position = Position(daily=10, deviation=5, lead=9, lead_deviation=2)
        self.assertAlmostEqual(
            low_line(position, Rule("reorder", service=0.95)), 90 + 1.6449 * (9 * 25 + 100 * 4) ** 0.5, 2
        )

    def test_goods_that_come_after_the_shelf_is_empty_do_not_silence_the_reorder_point(self):
        position = Position(available=20, counted=20, incoming=500, daily=10, lead=7)
        self.assertEqual(low_level(position, Rule("reorder")), WARNING)

    def test_too_much_is_not_told_of_what_does_not_sell(self):
        self.assertEqual(over_level(Position(on_hand=500, available=500), Rule("days", days=90)), 0)

    @given(available=units, daily=st.floats(0.1, 50), quantity=st.integers(0, 100), before=st.integers(0, 3))
    def test_more_stock_is_never_more_alarming(self, available, daily, quantity, before):
        rule = Rule("quantity", quantity=quantity)
        levels = [
            low_level(Position(available=stock, counted=stock, daily=daily), rule, before)
            for stock in (available, available + 1, available + 100)
        ]
        self.assertEqual(levels, sorted(levels, reverse=True))


class CoverTest(unittest.TestCase):
    def test_a_receipt_in_time_counts_and_one_too_late_does_not(self):
        self.assertEqual(counted_stock(10, 2, [(5, 100), (90, 100)]), 110)

    def test_long_overdue_receipts_are_not_counted_on(self):
        self.assertEqual(counted_stock(10, 2, [(-8, 100), (-7, 1)]), 11)

    def test_what_does_not_sell_lasts_for_ever(self):
        self.assertIsNone(days_of_cover(10, 0))

    def test_first_come_first_served(self):
        self.assertEqual(orders_at_risk(10, [("a", 6), ("b", 6), ("b", 1), ("c", 1)]), 2)

    @given(units, st.floats(0, 20), st.lists(st.tuples(st.integers(-20, 60), st.integers(1, 50))))
    def test_equal_to_living_through_the_days(self, available, daily, receipts):
        stock, counted, day = available, available, 0
        arrivals = {}
        for days, quantity in receipts:
            if days >= -7:
                arrivals[max(days, 0)] = arrivals.get(max(days, 0), 0) + quantity
        while day <= 60 and (stock >= 0 or abs(stock) < 1e-9 or not day):
            if available < 0 and day == 0 and stock < 0:
                break
            stock, counted = stock + arrivals.get(day, 0), counted + arrivals.get(day, 0)
            day += 1
            stock = counted - daily * day
        self.assertAlmostEqual(counted_stock(available, daily, receipts), counted)


class ScopeTest(unittest.TestCase):
    def test_a_product_beats_the_deepest_category(self):
        scopes = [Scope(1), Scope(2, category=7, depth=3), Scope(3, product=9), Scope(4, warehouse=1)]
        self.assertEqual(narrowest(scopes, 9, 1, {7}).id, 3)
        self.assertEqual(narrowest(scopes, 8, 1, {7}).id, 2)
        self.assertEqual(narrowest(scopes, 8, 1, ()).id, 4)
        self.assertIsNone(narrowest(scopes[1:2], 8, 1, ()))


class OrderTest(unittest.TestCase):
    def test_minimum_and_pack(self):
        self.assertEqual(order.round_up(13, minimum=20, pack=12), 24)
        self.assertEqual(order.round_up(0, minimum=20), 0)

    @given(st.floats(0, 1000), st.dictionaries(st.integers(1, 9), st.floats(0, 500)))
    def test_no_warehouse_gives_more_than_it_can_spare(self, needed, surpluses):
        taken = order.share_surplus(needed, surpluses)
        self.assertTrue(all(units <= surpluses[warehouse] for warehouse, units in taken))
        self.assertAlmostEqual(sum(units for _w, units in taken), min(needed, sum(surpluses.values())))

    def test_a_proposal_without_spread_is_the_lead_time(self):
        self.assertEqual(propose(10, 0, 7, 0, 0.95, 14), (70, 210))


class ClassTest(unittest.TestCase):
    def test_abc(self):
        self.assertEqual(abc({1: 80, 2: 15, 3: 5, 4: 0}), {1: "A", 2: "B", 3: "C", 4: "C"})

    def test_xyz(self):
        self.assertEqual([xyz([5, 5, 6]), xyz([0, 9, 3]), xyz([0, 0, 9]), xyz([])], ["X", "Y", "Z", "Z"])


if __name__ == "__main__":
    unittest.main()
