import unittest
from datetime import datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.merchant_channel.core.reserve import CLOSEST, FIRST_IN, LAST_IN, Need, Shelf, allocate, in_order


def shelf(key, on_hand, reserved=0, day=1, place=""):
    return Shelf(key, Decimal(on_hand), Decimal(reserved), datetime(2025, 11, day), place)


def keys(shelves):
    return [each.key for each in shelves]


class OrderTest(unittest.TestCase):
    shelves = [shelf(1, 5, day=2, place="WH/B"), shelf(2, 5, day=1, place="WH/C"), shelf(3, 5, day=2, place="WH/A")]

    def test_what_came_first_goes_first(self):
        self.assertEqual(keys(in_order(self.shelves, FIRST_IN)), [2, 1, 3])

    def test_what_came_last_goes_first(self):
        self.assertEqual(keys(in_order(self.shelves, LAST_IN)), [3, 1, 2])

    def test_the_closest_place_is_the_first_by_its_name(self):
        self.assertEqual(keys(in_order(self.shelves, CLOSEST)), [3, 1, 2])

    def test_a_strategy_nobody_knows_is_not_guessed(self):
        with self.assertRaises(KeyError):
            in_order(self.shelves, "least_packages")


class AllocateTest(unittest.TestCase):
    def test_a_need_spills_over_to_the_next_shelf(self):
        taken = allocate([Need(7, "tea", Decimal(8))], {"tea": [shelf(1, 5), shelf(2, 5)]})
        self.assertEqual(taken, {7: [(1, 5), (2, 3)]})

    def test_the_last_piece_goes_to_the_first_who_asks(self):
        needs = [Need(7, "tea", Decimal(1)), Need(8, "tea", Decimal(1))]
        self.assertEqual(allocate(needs, {"tea": [shelf(1, 1)]}), {7: [(1, 1)]})

    def test_what_is_promised_already_is_not_promised_again(self):
        self.assertEqual(allocate([Need(7, "tea", Decimal(5))], {"tea": [shelf(1, 5, reserved=3)]}), {7: [(1, 2)]})

    def test_a_shelf_counted_too_high_is_made_good_by_the_others(self):
        shelves = [shelf(1, -4), shelf(2, 5)]
        self.assertEqual(allocate([Need(7, "tea", Decimal(5))], {"tea": shelves}), {7: [(2, 1)]})

    def test_two_views_of_one_shelf_share_it(self):
        only = shelf(1, 3)
        needs = [Need(7, "house", Decimal(2)), Need(8, "room", Decimal(2))]
        self.assertEqual(allocate(needs, {"house": [only], "room": [only]}), {7: [(1, 2)], 8: [(1, 1)]})

    @given(
        st.lists(st.tuples(st.integers(-5, 20), st.integers(0, 5)), max_size=5),
        st.lists(st.integers(1, 9), max_size=8),
    )
    def test_no_shelf_promises_more_than_it_holds(self, stock, wanted):
        shelves = [shelf(key, on_hand, reserved) for key, (on_hand, reserved) in enumerate(stock)]
        needs = [Need(key, "tea", Decimal(quantity)) for key, quantity in enumerate(wanted)]
        taken = allocate(needs, {"tea": shelves})
        given_by = {each.key: 0 for each in shelves}
        for need in needs:
            self.assertLessEqual(sum(part for _key, part in taken.get(need.key, ())), need.quantity)
            for key, part in taken.get(need.key, ()):
                self.assertGreater(part, 0)
                given_by[key] += part
        for each in shelves:
            self.assertLessEqual(given_by[each.key], max(each.on_hand - each.reserved, 0))
