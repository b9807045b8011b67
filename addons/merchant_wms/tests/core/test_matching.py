"""Which moves a parcel fulfils: never more than was asked, never something else."""

import unittest
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.merchant_wms.core.inbound import Parted
from odoo.addons.merchant_wms.core.matching import Need, match

D = Decimal
NEEDS = [Need(1, "TEA", D(2)), Need(2, "CUP", D(1)), Need(3, "TEA", D(3)), Need(4, "LOT", D(5), tracked=True)]


class TestMatch(unittest.TestCase):
    def test_a_whole_parcel_and_a_part_of_it(self):
        done, problems = match(NEEDS, [Parted("TEA", D(5)), Parted("CUP", D(1))])
        self.assertEqual((done, problems), ({1: {"": D(2)}, 3: {"": D(3)}, 2: {"": D(1)}}, []))
        self.assertEqual(match(NEEDS, [Parted("TEA", D(3))])[0], {1: {"": D(2)}, 3: {"": D(1)}})

    def test_lots(self):
        done, _problems = match(
            NEEDS, [Parted("LOT", D(3), (("A", D(1)), ("B", D(2)))), Parted("LOT", D(1), (("A", D(1)),))]
        )
        self.assertEqual(done, {4: {"A": D(2), "B": D(2)}})
        self.assertEqual(match(NEEDS, [Parted("LOT", D(1))])[1], [("wms_lot_missing", {"sku": "LOT"})])
        [(code, _params)] = match(NEEDS, [Parted("LOT", D(3), (("A", D(1)),))])[1]
        self.assertEqual(code, "wms_lots_differ")
        self.assertEqual(
            match(NEEDS, [Parted("TEA", D(2), (("X", D(2)),))])[0], {1: {"": D(2)}}, "not kept by lots here"
        )

    def test_too_much_or_something_else_ships_nothing_and_names_everything(self):
        done, problems = match(NEEDS, [Parted("TEA", D(6)), Parted("POT", D(1)), Parted("CUP", D(1))])
        self.assertEqual(done, {})
        self.assertEqual([code for code, _params in problems], ["wms_unknown_lines", "wms_more_than_asked"])

    @settings(max_examples=200, deadline=None)
    @given(
        st.lists(st.tuples(st.sampled_from("AB"), st.integers(1, 5)), min_size=1, max_size=6),
        st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 6)), max_size=5),
    )
    def test_what_is_shipped_is_what_the_parcel_says(self, asked, parcel):
        needs = [Need(number, sku, D(quantity)) for number, (sku, quantity) in enumerate(asked)]
        done, problems = match(needs, [Parted(sku, D(quantity)) for sku, quantity in parcel])
        said, wanted = {}, {}
        for sku, quantity in parcel:
            said[sku] = said.get(sku, 0) + quantity
        for sku, quantity in asked:
            wanted[sku] = wanted.get(sku, 0) + quantity
        fits = all(quantity <= wanted.get(sku, 0) for sku, quantity in said.items())
        self.assertEqual(fits, not problems)
        if fits:
            self.assertTrue(all(sum(done.get(need.move, {}).values()) <= need.quantity for need in needs))
            for sku in wanted:
                shipped = sum(sum(done.get(need.move, {}).values()) for need in needs if need.sku == sku)
                self.assertEqual(shipped, said.get(sku, 0))
