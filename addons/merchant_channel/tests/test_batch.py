from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.fields import Command
from odoo.tests import tagged

from .common import MerchantCase

MODELS = (
    *("sale.order", "sale.order.line", "stock.picking", "stock.move", "stock.move.line"),
    *("stock.picking.batch", "stock.reference"),
)
# drawn from a sequence or a clock, or set back by us on purpose (the day the buyer ordered)
DIFFERENT = {"id", "name", "reference", "create_date", "write_date", "date_order", "access_token", "procurement_values"}
GOODS = ("tea", "cup", "lot", "loose", "help")
LINES = st.lists(st.tuples(st.sampled_from(GOODS), st.integers(0, 7)), min_size=1, max_size=4)


@tagged("post_install", "-at_install")
class TestBatch(MerchantCase):
    """Confirmed together, orders get what stock Odoo gives each of them by itself: every column of every row."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.goods = {
            "tea": cls.tea,
            "cup": cls.cup,
            "lot": cls._new_product("HKT-LOT", tracking="lot"),
            "loose": cls._new_product("HKT-LOOSE", is_storable=False),
            "help": cls._new_product("HKT-HELP", type="service", is_storable=False),
        }
        lot = cls.env["stock.lot"].create({"name": "HKT-1", "product_id": cls.goods["lot"].id})
        cls.env["stock.quant"]._update_available_quantity(cls.goods["lot"], cls.warehouse.lot_stock_id, 9, lot_id=lot)
        # what was sold before the batch began
        cls._put(cls.tea, -85)
        cls._put(cls.cup, -80)
        cls.buyer = cls.env["res.partner"].create({"name": "HKT"})

    def _orders(self, batch):
        return self.env["sale.order"].create(
            [
                {
                    "partner_id": self.buyer.id,
                    "warehouse_id": self.warehouse.id,
                    "order_line": [
                        Command.create({"product_id": self.goods[kind].id, "product_uom_qty": pieces})
                        for kind, pieces in lines
                    ],
                }
                for lines in batch
            ]
        )

    def _seen(self, orders):
        """Every stored figure of the orders and of all that was made for them."""
        self.env.flush_all()
        self.env.invalidate_all()
        moves = self.env["stock.move"].search([("reference_ids", "in", orders.stock_reference_ids.ids)])
        records = (orders, orders.order_line, moves.picking_id, moves, moves.move_line_ids)
        found = {each._name: sorted((self._row(record) for record in each), key=repr) for each in records}
        found["references"] = sorted(orders.stock_reference_ids.mapped(lambda each: (each.name, each.sale_ids.ids)))
        found["chains"] = sorted((len(move.move_orig_ids), len(move.move_dest_ids)) for move in moves)
        quants = self.env["stock.quant"].search([("product_id", "in", [each.id for each in self.goods.values()])])
        found["quants"] = sorted(
            (quant.product_id.id, quant.location_id.id, quant.quantity, quant.reserved_quantity) for quant in quants
        )
        return found

    def _row(self, record):
        return {
            name: self._value(record, field)
            for name, field in record._fields.items()
            if field.store and field.column_type and field.type != "properties" and name not in DIFFERENT
        }

    def _value(self, record, field):
        value = record[field.name]
        if field.type == "many2one":
            return bool(value) if value._name in MODELS else value.id
        if field.type == "datetime":
            return value and value.date()
        return value

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(st.lists(LINES, min_size=1, max_size=5), st.sampled_from(["ship_only", "pick_ship"]))
    def test_as_stock_confirms_them_one_by_one(self, batch, steps):
        with self._undone():
            self.warehouse.delivery_steps = steps
            orders = self._orders(batch)
            with self._undone():
                for order in orders:
                    order.action_confirm()
                stocks = self._seen(orders)
            with self._undone():
                orders._merchant_confirm()
                ours = self._seen(orders)
            for what in stocks:
                self.assertEqual(ours[what], stocks[what], what)
