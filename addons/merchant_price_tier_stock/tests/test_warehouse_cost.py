from odoo.tests import tagged

from odoo.addons.merchant_price_tier.tests.test_order import OrderCase


@tagged("post_install", "-at_install")
class TestWarehouseCost(OrderCase):
    """The same tea was bought at 60 for the home warehouse and at 80 for the harbour; on average 70."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.merchant_cost_by_warehouse = True
        cls.tea.property_cost_method = cls.green.property_cost_method = "average"
        cls.longjing.is_storable = True
        cls.home = cls.env["stock.warehouse"].search([("company_id", "=", cls.company.id)], limit=1)
        cls.harbour = cls.env["stock.warehouse"].create({"name": "Harbour", "code": "HAR"})
        cls.receive(10, 60, cls.home)
        cls.receive(10, 80, cls.harbour)
        cls.env["merchant.price.floor"].create({"kind": "cost", "figure": 100, "action": "block"})

    @classmethod
    def receive(cls, quantity, cost, warehouse, product=None, lot=None):
        supplier = cls.env.ref("stock.stock_location_suppliers")
        cls.move(quantity, supplier, warehouse.lot_stock_id, product, lot).value_manual = quantity * cost

    @classmethod
    def move(cls, quantity, source, target, product=None, lot=None):
        product = product or cls.longjing
        move = cls.env["stock.move"].create(
            {
                "product_id": product.id,
                "product_uom_qty": quantity,
                "location_id": source.id,
                "location_dest_id": target.id,
            }
        )
        move._action_confirm()
        move._action_assign()
        move.quantity = quantity
        if lot:
            move.move_line_ids.lot_id = lot
        move.picked = True
        move._action_done()
        return move

    def costs(self, *warehouses, product=None):
        product = product or self.longjing
        general = {product.id: 99}
        found = product.sudo()._merchant_warehouse_costs(
            self.env["stock.warehouse"].concat(*warehouses), self.company, general
        )
        return [
            round(float(found[product.id, each.id]), 4) if (product.id, each.id) in found else None
            for each in warehouses
        ]

    def state(self, warehouse, price):
        line = self.order(price_unit=price).order_line
        line.order_id.warehouse_id = warehouse
        return line.merchant_floor_state

    def test_a_floor_looks_at_the_warehouse_that_ships(self):
        self.assertEqual(self.costs(self.home, self.harbour), [60, 80])
        self.assertFalse(self.state(self.home, 65))
        self.assertEqual(self.state(self.home, 59), "block")
        self.assertEqual(self.state(self.harbour, 75), "block")
        self.assertFalse(self.state(self.harbour, 80))

    def test_without_the_switch_the_companys_cost_counts(self):
        self.company.merchant_cost_by_warehouse = False
        self.assertEqual(self.longjing.standard_price, 70)
        self.assertEqual(self.state(self.home, 65), "block")
        self.assertFalse(self.state(self.harbour, 75))

    def test_what_lies_there_is_the_newest_that_came(self):
        self.receive(5, 90, self.home)
        self.assertEqual(self.costs(self.home), [70])  # 10 at 60, 5 at 90
        self.move(8, self.home.lot_stock_id, self.env.ref("stock.stock_location_customers"))
        self.assertEqual(self.costs(self.home), [round((5 * 90 + 2 * 60) / 7, 4)])

    def test_pieces_of_another_warehouse_count_at_the_companys_cost(self):
        self.move(10, self.harbour.lot_stock_id, self.home.lot_stock_id)
        self.assertEqual(self.costs(self.home), [(10 * 60 + 10 * 99) / 20])
        self.assertEqual(self.costs(self.harbour), [None], "nothing is left there")

    def test_moving_about_in_a_warehouse_changes_nothing(self):
        shelf = self.env["stock.location"].create({"name": "Shelf", "location_id": self.home.lot_stock_id.id})
        self.move(4, self.home.lot_stock_id, shelf)
        self.assertEqual(self.costs(self.home), [60])

    def test_goods_at_standard_cost_keep_the_standard(self):
        self.green.property_cost_method = "standard"
        self.assertEqual(self.costs(self.home, self.harbour), [None, None])

    def test_goods_valued_by_lot_cost_what_their_lots_cost(self):
        cake = self.env["product.product"].create(
            {"name": "Cake", "is_storable": True, "tracking": "lot", "lot_valuated": True, "categ_id": self.green.id}
        )
        for name, cost, quantity in (("A", 30, 6), ("B", 50, 2)):
            lot = self.env["stock.lot"].create({"name": name, "product_id": cake.id})
            self.receive(quantity, cost, self.home, cake, lot)
        self.assertEqual(self.costs(self.home, self.harbour, product=cake), [35, None])

    def test_as_many_queries_for_many_lines_as_for_few(self):
        def count(lines):
            goods = {"product_id": self.longjing.id, "tax_ids": [(6, 0, [])]}
            products = self.env["product.product"].create(
                [{"name": f"P{n}", "is_storable": True, "categ_id": self.green.id} for n in range(lines)]
            )
            rows = [goods, *({**goods, "product_id": product.id} for product in products)]
            order = self.env["sale.order"].create(
                {"partner_id": self.customer.id, "order_line": [(0, 0, row) for row in rows]}
            )
            self.env.flush_all()
            self.env.invalidate_all()
            order.order_line.mapped("price_subtotal")
            before = self.env.cr.sql_log_count
            order.order_line.sudo()._merchant_costs(self.company)
            return self.env.cr.sql_log_count - before

        count(2)
        self.assertLessEqual(count(40), count(4))
