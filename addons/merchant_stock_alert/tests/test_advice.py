from odoo.tests import tagged

from .common import StockAlertCase


@tagged("post_install", "-at_install")
class TestAdvice(StockAlertCase):
    def setUp(self):
        super().setUp()
        self.threshold(method="quantity", quantity=10)
        self.threshold(kind="over", method="quantity", quantity=50)
        self.threshold(kind="slow", days=30)

    def _advice(self, warehouse=None):
        self.evaluate()
        position = self.position(warehouse=warehouse)
        position.invalidate_recordset()
        return position.advice

    def test_what_is_short_comes_from_where_there_is_plenty(self):
        self.put(4)
        self.put(100, warehouse=self.hangzhou)
        self.assertEqual(self._advice(), "Transfer 8 from 杭州")
        self.assertIn("Transfer 8 to", self._advice(self.hangzhou))

    def test_else_it_is_bought(self):
        self.put(4)
        self.assertEqual(self._advice(), "Purchase 8: name a supplier first")
        maker = self.env["res.partner"].create({"name": "茶厂"})
        template = self.tea.product_tmpl_id
        self.env["product.supplierinfo"].create({"partner_id": maker.id, "product_tmpl_id": template.id})
        self.assertEqual(self._advice(), "Purchase 8 from 茶厂")
        self.expect(20, days=3)
        self.assertIn("on its way", self._advice())

    def test_what_nobody_buys_is_marked_down(self):
        self.move(60, self.suppliers, self.wuhan.lot_stock_id, done=True, date="2020-01-01")
        self.assertIn("Mark down or return", self._advice())

    def test_what_still_sells_is_not_bought_for_a_while(self):
        self.put(100)
        self.sell(28, ago=28)
        self.assertIn("Buy none before", self._advice())

    def test_what_is_fine_is_left_alone(self):
        self.put(30)
        self.assertFalse(self._advice())

    def test_queries_do_not_grow_with_the_rows(self):
        positions = self.env["merchant.stock.position"]
        for number in range(20):
            product = self.make_product(f"货 {number}")
            self.put(3 if number % 2 else 90, product)
            self.evaluate()
            positions |= self.position(product)
        counts = []
        for some in (positions[:2], positions):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some.mapped("advice")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)
