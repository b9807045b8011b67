from odoo.tests import tagged

from .common import StockAlertCase


@tagged("post_install", "-at_install")
class TestQueries(StockAlertCase):
    def _queries(self, count):
        products = self.env["product.product"].create([{"name": f"货 {n}", "is_storable": True} for n in range(count)])
        for product in products:
            self.put(3, product)
        self.evaluate()
        for product in products:
            self.put(4, product)
        self.marks._write_marks()
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        self.marks._evaluate_marks()
        return self.env.cr.sql_log_count - before

    def test_queries_do_not_grow_with_the_products(self):
        self.threshold(method="quantity", quantity=1)
        self._queries(1)
        self.assertEqual(self._queries(3), self._queries(60))
