import random
from collections import defaultdict

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..core.comparison import judge
from .common import WmsCase


@tagged("post_install", "-at_install")
class TestStock(WmsCase):
    def _rows(self):
        return self.env["merchant.wms.stock"].search([("wms_id", "=", self.wms.id)])

    def _row(self, product, lot=None):
        return self._rows().filtered(lambda row: row.product_id == product and row.lot_id == (lot or row.lot_id))

    def test_a_snapshot_is_compared_with_our_books(self):
        self._sent({self.tea: 10})
        self.assertEqual(self._snapshot({"TEA": 97, "CUP": 100}).state, "done")
        self.assertRecordValues(
            self._row(self.tea),
            [{"ours": 100, "theirs": 97, "difference": -3, "ours_reserved": 10, "state": "new"}],
        )
        self.assertTrue(self._row(self.tea).since)
        self.assertRecordValues(self._row(self.cup), [{"difference": 0, "state": "settled", "since": False}])
        self.assertEqual(self.wms.difference_count, 1)
        [day] = self.env["merchant.wms.day"].search([("wms_id", "=", self.wms.id)])
        self.assertEqual((day.compared, day.differing, day.pieces), (2, 1, 3))

    def test_an_older_snapshot_after_a_newer_one_changes_nothing(self):
        self._snapshot({"TEA": 97}, hour=12)
        self._snapshot({"TEA": 50}, hour=9)
        self.assertEqual(self._row(self.tea).theirs, 97)
        self._snapshot({"TEA": 100}, hour=13)
        self.assertEqual(self._row(self.tea).state, "settled")

    def test_a_difference_that_was_looked_at_is_new_when_it_becomes_another(self):
        self._snapshot({"TEA": 97}, hour=9)
        row = self._row(self.tea)
        row.action_looked()
        since = row.since
        self._snapshot({"TEA": 97}, hour=10)
        self.assertEqual((row.state, row.since), ("looked", since))
        self._snapshot({"TEA": 90}, hour=11)
        self.assertEqual((row.state, row.since), ("new", since))

    def test_what_moves_after_the_snapshot_is_no_difference(self):
        self._snapshot({"TEA": 97})
        picking = self._sent({self.tea: 5})
        picking.move_ids.picked = True
        picking.button_validate()
        self.wms.action_compare()
        self.assertRecordValues(self._row(self.tea), [{"ours": 100, "difference": -3}])

    def test_a_parcel_that_left_before_the_snapshot_and_is_told_after_it_settles_the_difference(self):
        picking = self._sent({self.tea: 5})
        self._snapshot({"TEA": 95}, hour=10)
        self.assertEqual(self._row(self.tea).difference, -5)
        self._shipped(picking, {"TEA": 5}, hour=9)
        self.wms.action_compare()
        self.assertEqual((self._row(self.tea).difference, self._row(self.tea).state), (0, "settled"))
        later = self._sent({self.tea: 5})
        self._shipped(later, {"TEA": 5}, hour=11, tracking="SF200")
        self.wms.action_compare()
        self.assertEqual(self._row(self.tea).difference, 0, "this one left after it")

    def test_a_count_corrects_what_was_always_so(self):
        self._snapshot({"TEA": 97})
        quant = self.env["stock.quant"]._gather(self.tea, self.warehouse.lot_stock_id)
        quant.with_context(inventory_mode=True).inventory_quantity = 97
        quant.action_apply_inventory()
        self.wms.action_compare()
        self.assertEqual((self._row(self.tea).difference, self._row(self.tea).state), (0, "settled"))

    def test_a_whole_snapshot_names_everything(self):
        self._snapshot({"TEA": 100, "CUP": 100}, hour=9)
        self._snapshot({"TEA": 100}, hour=10, full=True)
        self.assertEqual((self._row(self.cup).theirs, self._row(self.cup).difference), (0, -100))
        pot = self._new_product("POT", 4)
        self._snapshot({"TEA": 100, "CUP": 100}, hour=11, full=True)
        self.assertEqual(self._row(pot).difference, -4)

    def test_lots_are_compared_one_by_one(self):
        pu = self._new_product("PU", tracking="lot")
        old, new = self._new_lot(pu, "2019"), self._new_lot(pu, "2024")
        self._put(pu, 5, old)
        self._put(pu, 5, new)
        row = self._snapshot(
            {("PU", "2019"): 4, ("PU", "2024"): 6, ("PU", "1999"): 1, ("TEA", "x"): 60, ("TEA", "y"): 40}
        )
        self.assertHeld(row, "wms_unknown_lots")
        self.assertIn("PU 1999", row.reason)
        self.assertEqual(self._row(pu, old).difference, -1)
        self.assertEqual(self._row(pu, new).difference, 1)
        self.assertEqual(self._row(self.tea).difference, 0, "what we do not keep by lots is added up")

    def test_unknown_codes_are_named_and_the_rest_counts(self):
        self._new_product("TWIN"), self._new_product("TWIN")
        row = self._snapshot({"TEA": 99, "NOBODY": 1, "TWIN": 2})
        self.assertHeld(row, "wms_unknown_skus")
        self.assertIn("NOBODY", row.reason)
        self.assertIn("TWIN", row.reason)
        self.assertEqual(self._row(self.tea).difference, -1)

    def test_it_is_counted_in_odoos_own_adjustment_and_not_applied(self):
        self._snapshot({"TEA": 97, "CUP": 103})
        rows = self._rows().filtered("difference")
        action = rows.with_user(self._new_user("warehouse")).action_count()
        quants = self.env["stock.quant"].search(action["domain"])
        self.assertEqual(
            {quant.product_id: quant.inventory_quantity for quant in quants}, {self.tea: 97, self.cup: 103}
        )
        self.assertEqual(set(quants.mapped("inventory_quantity_set")), {True})
        self.assertEqual(self.tea.with_context(warehouse_id=self.warehouse.id).qty_available, 100, "not applied")
        self.assertEqual(set(rows.mapped("state")), {"looked"})
        quants.action_apply_inventory()
        self.wms.action_compare()
        self.assertEqual(set(self._rows().mapped("state")), {"settled"})
        with self.assertRaises(UserError):
            rows.action_count()

    def test_what_lies_nowhere_here_is_counted_on_the_warehouses_shelf(self):
        pot = self._new_product("POT")
        self._snapshot({"POT": 3})
        action = self._row(pot).action_count()
        self.assertRecordValues(
            self.env["stock.quant"].search(action["domain"]),
            [{"inventory_quantity": 3, "location_id": self.warehouse.lot_stock_id.id, "quantity": 0}],
        )

    def test_what_it_says_agrees_with_the_slow_and_obvious_way(self):
        draw = random.Random(11)
        products = [self._new_product(f"P{number}") for number in range(6)]
        shelf = self.env["stock.location"].create({"name": "A", "location_id": self.warehouse.lot_stock_id.id})
        away = self.env["stock.location"].create(
            {"name": "Elsewhere", "usage": "internal", "company_id": self.company.id}
        )
        ours, theirs, rows = defaultdict(int), {}, {}
        for hour in range(1, 20):
            product = draw.choice(products)
            pieces = draw.randint(-2, 4)
            place = draw.choice((shelf, self.warehouse.lot_stock_id, away))
            self.env["stock.quant"]._update_available_quantity(product, place, pieces)
            ours[product] += pieces if place != away else 0
            said = {each: max(0, ours[each] + draw.choice((0, 0, 0, 1, -1))) for each in draw.sample(products, 3)}
            theirs.update(said)
            self._snapshot({each.default_code: pieces for each, pieces in said.items()}, hour=hour)
            for each, pieces in theirs.items():
                state, before = rows.get(each, ("settled", 0))
                difference = pieces - ours[each]
                rows[each] = (judge(state, before, difference)[0], difference)
            if draw.random() < 0.3 and rows:
                looked = draw.choice(list(rows))
                self._row(looked).action_looked()
                if rows[looked][1]:
                    rows[looked] = ("looked", rows[looked][1])
            found = {row.product_id: (row.state, row.difference) for row in self._rows()}
            self.assertEqual(found, rows)

    def test_a_snapshot_of_many_costs_as_many_queries_as_one_of_few(self):
        codes = [self._new_product(f"Q{number}").default_code for number in range(40)]

        def queries(some, hour):
            before = self.env.cr.sql_log_count
            self._snapshot(dict.fromkeys(some, 1), hour=hour)
            return self.env.cr.sql_log_count - before

        queries(codes[:2], 1)
        few, many = queries(codes[:2], 2), queries(codes, 3)
        self.assertLessEqual(many, few + 2)
