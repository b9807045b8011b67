import unittest

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.merchant_sourcing.core.transfer import Shelf, propose

NEXT_DAY = lambda source, target: 1  # noqa: E731


class TransferTest(unittest.TestCase):
    def test_surplus_goes_to_where_it_runs_short(self):
        [move] = propose([Shelf(1, 500, daily=1), Shelf(2, 3, daily=3)], want_days=14, spare_days=30, transit=NEXT_DAY)
        self.assertEqual((move.source, move.target, move.pieces), (1, 2, 42))
        self.assertEqual((move.cover_before, move.cover_after), (1.0, 15.0))

    def test_what_is_waited_for_lasts_no_day_and_is_moved_too(self):
        [move] = propose([Shelf(1, 500, daily=1), Shelf(2, -6, daily=3)], want_days=14, spare_days=30, transit=NEXT_DAY)
        self.assertEqual((move.pieces, move.cover_before, move.cover_after), (51, 0.0, 15.0))

    def test_nobody_gives_what_it_will_need(self):
        self.assertEqual(
            propose([Shelf(1, 30, daily=1), Shelf(2, 0, daily=1)], want_days=14, spare_days=30, transit=NEXT_DAY), []
        )

    def test_what_is_on_its_way_counts_and_small_moves_are_left(self):
        shelves = [Shelf(1, 500), Shelf(2, 3, coming=40, daily=3)]
        self.assertEqual(propose(shelves, want_days=14, spare_days=30, transit=NEXT_DAY, least=5), [])

    def test_the_nearer_giver_first(self):
        days = {(1, 3): 3, (2, 3): 1}
        moves = propose(
            [Shelf(1, 900), Shelf(2, 10), Shelf(3, 0, daily=2)],
            want_days=10,
            spare_days=30,
            transit=lambda *way: days.get(way, 9),
        )
        self.assertEqual([(move.source, move.pieces) for move in moves], [(2, 10), (1, 16)])

    @settings(max_examples=150, deadline=None)
    @given(
        st.lists(
            st.tuples(st.integers(0, 400), st.integers(0, 50), st.floats(0, 20), st.integers(0, 30)),
            min_size=1,
            max_size=7,
        ),
        st.integers(1, 10),
    )
    def test_no_move_empties_a_giver_or_overfills_a_taker(self, rows, least):
        shelves = [Shelf(number, *row) for number, row in enumerate(rows)]
        moves = propose(shelves, want_days=14, spare_days=30, transit=NEXT_DAY, least=least)
        for shelf in shelves:
            given_away = sum(move.pieces for move in moves if move.source == shelf.warehouse)
            taken = sum(move.pieces for move in moves if move.target == shelf.warehouse)
            if given_away:
                self.assertGreaterEqual(shelf.free - given_away, max(shelf.kept, shelf.daily * 30) - 1)
            if taken:
                lacking = shelf.daily * 15 + shelf.kept - shelf.free - shelf.coming
                self.assertLess(taken, lacking + 1)
        self.assertTrue(all(move.pieces >= least and move.source != move.target for move in moves))
