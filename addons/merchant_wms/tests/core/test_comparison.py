"""When a difference is new, and where a count would be written."""

import unittest

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.merchant_wms.core.comparison import judge, spread


class TestJudge(unittest.TestCase):
    def test_the_life_of_a_difference(self):
        self.assertEqual(judge("settled", 0, 0), ("settled", False))
        self.assertEqual(judge("settled", 0, -2), ("new", True))
        self.assertEqual(judge("looked", -2, -2), ("looked", False))
        self.assertEqual(judge("looked", -2, -3), ("new", False), "another one, since the same day")
        self.assertEqual(judge("looked", -2, 0), ("settled", False))


class TestSpread(unittest.TestCase):
    def test_more_goes_to_the_fullest_shelf_less_comes_from_it_first(self):
        self.assertEqual(spread(3, [(1, 2), (2, 7)]), ({2: 10}, 0))
        self.assertEqual(spread(-8, [(1, 2), (2, 7)]), ({2: 0, 1: 1}, 0))
        self.assertEqual(spread(-10, [(1, 2), (2, 7)]), ({2: 0, 1: 0}, -1))
        self.assertEqual(spread(4, []), ({}, 4))

    @given(st.integers(-30, 30), st.lists(st.integers(-3, 9), max_size=5))
    def test_what_is_counted_and_the_rest_are_the_difference(self, difference, quantities):
        shelves = list(enumerate(quantities))
        counted, rest = spread(difference, shelves)
        self.assertEqual(sum(counted[each] - quantities[each] for each in counted) + rest, difference)
        self.assertTrue(all(counted[each] >= 0 for each in counted) or difference > 0)
