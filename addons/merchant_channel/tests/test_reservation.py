from datetime import datetime, timedelta
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.fields import Command
from odoo.tests import tagged

from .common import MerchantCase

STRATEGIES = ("fifo", "lifo", "closest", "least_packages")
PLACES = ("root", "a", "b", "a1")
# product, place, pieces, already promised, age in days
STOCK = st.tuples(st.integers(0, 1), st.sampled_from(PLACES), st.integers(-4, 12), st.integers(0, 3), st.integers(0, 3))
# product, pieces, where from, delivery
WISHES = st.tuples(st.integers(0, 1), st.integers(1, 9), st.sampled_from((*PLACES, "root", "a")), st.integers(0, 3))


@tagged("post_install", "-at_install")
class TestReservation(MerchantCase):
    """A batch reserves as stock does, only together: the same quants, lines and states, in every case."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        stock = cls.warehouse.lot_stock_id
        cls.places = {"root": stock}
        for name, parent in (("a", "root"), ("b", "root"), ("a1", "a")):
            cls.places[name] = cls.env["stock.location"].create({"name": name, "location_id": cls.places[parent].id})
        cls.goods = cls.env["product.product"].union(*(cls._new_product(f"HKT-R{n}") for n in range(5)))
        cls.strategies = {
            method: cls.env["product.removal"].search([("method", "=", method)], limit=1).id for method in STRATEGIES
        }
        cls.parcels = cls.warehouse.out_type_id
        cls.box = cls.env["stock.package"].create({"name": "HKT-BOX"})

    def _fill(self, stock):
        """Stock as it lies about; some of it promised already, some counted too high."""
        day, seen = datetime(2025, 11, 11), set()
        for product, place, pieces, promised, age in stock:
            if (product, place) in seen:
                continue
            seen.add((product, place))
            self.env["stock.quant"].create(
                {
                    "product_id": self.goods[product].id,
                    "location_id": self.places[place].id,
                    "quantity": pieces,
                    "reserved_quantity": min(promised, max(pieces, 0)),
                    "in_date": day - timedelta(days=age),
                }
            )

    def _wish(self, wishes):
        """Confirmed moves of a few deliveries, nothing of them reserved."""
        self.parcels.reservation_method = "manual"
        customers = self.env.ref("stock.stock_location_customers")
        pickings = {}
        for product, pieces, place, number in wishes:
            goods = self.goods[product]
            values = {
                "product_id": goods.id,
                "product_uom": goods.uom_id.id,
                "product_uom_qty": pieces,
                "location_id": self.places[place].id,
                "location_dest_id": customers.id,
                "company_id": self.company.id,
            }
            pickings.setdefault((number, place), []).append(values)
        made = self.env["stock.picking"].create(
            [
                {
                    "picking_type_id": self.parcels.id,
                    "location_id": self.places[place].id,
                    "location_dest_id": customers.id,
                    "move_ids": [Command.create(values) for values in moves],
                }
                for (_number, place), moves in pickings.items()
            ]
        )
        made.move_ids._action_confirm(merge=False)
        self.env.flush_all()
        return made.move_ids

    def _seen(self, moves):
        """Everything that a reservation changes, as the database has it."""
        self.env.flush_all()
        ids = tuple(moves.ids)
        questions = {
            "quants": "SELECT product_id, location_id, lot_id, package_id, owner_id, quantity, reserved_quantity,"
            " in_date FROM stock_quant WHERE product_id IN %s ORDER BY 1, 2, 3, 4, 5, 6, 7",
            "lines": "SELECT move_id, product_id, product_uom_id, quantity, quantity_product_uom, location_id,"
            " location_dest_id, lot_id, package_id, result_package_id, owner_id, picking_id, state, picked, company_id"
            " FROM stock_move_line WHERE move_id IN %s ORDER BY 1, 6, 8, 9, 11, 4",
            "moves": "SELECT id, state, quantity, product_uom_qty, reservation_date FROM stock_move WHERE id IN %s"
            " ORDER BY 1",
            "pickings": "SELECT p.id, p.state FROM stock_picking p WHERE p.id IN"
            " (SELECT picking_id FROM stock_move WHERE id IN %s) ORDER BY 1",
        }
        found = {}
        for name, question in questions.items():
            self.env.cr.execute(question, (tuple(self.goods.ids) if name == "quants" else ids,))
            found[name] = self.env.cr.fetchall()
        return found

    def _both(self, moves):
        """``(as stock reserves, as a batch reserves)``"""
        with self._undone():
            moves._action_assign()
            stocks = self._seen(moves)
        with self._undone():
            moves.with_context(merchant_batch=True)._action_assign()
            ours = self._seen(moves)
        return stocks, ours

    def assertSame(self, moves):
        stocks, ours = self._both(moves)
        self.assertEqual(ours, stocks)
        return ours

    def test_any_stock_and_any_orders(self):
        take = self.registry["stock.move"]._merchant_take
        with patch.object(self.registry["stock.move"], "_merchant_take", autospec=True, side_effect=take) as taken:
            self._any_stock_and_any_orders()
        self.assertGreater(taken.call_count, 40, "most of these were not left to stock")

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(
        st.lists(STOCK, min_size=2, max_size=8),
        st.lists(WISHES, min_size=1, max_size=6),
        st.sampled_from(STRATEGIES),
        st.sampled_from((None, *STRATEGIES)),
    )
    def _any_stock_and_any_orders(self, stock, wishes, everywhere, upstairs):
        with self._undone():
            self.warehouse.lot_stock_id.removal_strategy_id = self.strategies[everywhere]
            self.places["a"].removal_strategy_id = upstairs and self.strategies[upstairs]
            self._fill(stock)
            self.assertSame(self._wish(wishes))

    def test_packages_lots_owners_and_halves_are_left_to_stock(self):
        self._fill([(n, "a", 6, 0, n) for n in range(5)])
        self.env["stock.quant"].create(
            [
                {"product_id": self.goods[0].id, "location_id": self.places["b"].id, "quantity": 5, **special}
                for special in ({"package_id": self.box.id}, {"owner_id": self.env.user.partner_id.id})
            ]
        )
        self._put_twice(self.goods[1], self.places["a"])
        self.goods[2].tracking = "lot"
        dozen = self.env.ref("uom.product_uom_dozen")
        moves = self._wish([(n, 7, "root", n % 2) for n in range(4)])
        moves.filtered(lambda move: move.product_id == self.goods[3]).product_uom = dozen
        self.assertSame(moves)

    def _put_twice(self, product, location):
        """Two quants of one place, as a race of stock's own leaves them."""
        self.env.cr.execute(
            "INSERT INTO stock_quant (product_id, location_id, company_id, quantity, reserved_quantity, in_date)"
            " VALUES (%s, %s, %s, 3, 0, now())",
            (product.id, location.id, self.company.id),
        )
        self.env["stock.quant"].invalidate_model()

    def test_goods_that_are_not_counted_go_as_stock_lets_them(self):
        self.goods[0].is_storable = False
        self._fill([(1, "a", 2, 0, 0)])
        seen = self.assertSame(self._wish([(0, 3, "root", 0), (1, 5, "root", 0)]))
        self.assertEqual([state for _id, state, *_rest in seen["moves"]], ["assigned", "partially_available"])

    def test_another_addons_way_of_reserving_is_respected(self):
        self._fill([(0, "a", 9, 0, 0)])
        moves = self._wish([(0, 3, "root", 0)])
        with patch.object(type(moves), "_merchant_reserved_by_others", lambda moves: True):
            self.assertEqual(moves._merchant_reserve_together(), moves.browse())
            self.assertSame(moves)

    def test_the_number_of_queries_does_not_grow_with_the_moves(self):
        def queries(number):
            with self._undone():
                self._fill([(n % 5, PLACES[n % 4], 50, 0, n % 3) for n in range(20)])
                moves = self._wish([(n % 5, 1, "root", n) for n in range(number)])
                if "auto_batch" in self.parcels:
                    self.parcels.auto_batch = False
                moves = moves.browse(moves.ids)
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.cr.sql_log_count
                moves.with_context(merchant_batch=True)._action_assign()
                self.env.flush_all()
                self.assertEqual(set(moves.mapped("state")), {"assigned"})
                return self.cr.sql_log_count - before

        queries(3)
        self.assertLessEqual(queries(120), queries(12) + 5)  # an insert takes so many rows at once
