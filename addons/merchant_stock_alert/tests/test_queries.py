from datetime import date

from odoo.tests import tagged
from odoo.tools import SQL

from .. import prepared
from .common import StockAlertCase

DAY = date(2026, 11, 11)


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

    def test_a_prepared_statement_answers_as_any_other(self):
        for text, numbers, days in (("a", [1, 2], [DAY]), ('"\\%s', [], []), ("茶", [None], [None, DAY])):
            sql = SQL(
                "SELECT %s, %s::int[], %s::date[], %s + 1, NOT %s, '50 %%', %s = ANY(%s::text[])",
                *(text, numbers, days, 41, True, text, [text]),
            )
            self.env.cr.execute(sql)
            wanted = self.env.cr.fetchall()
            for _again in range(2):
                prepared.execute(self.env.cr, sql)
                self.assertEqual(self.env.cr.fetchall(), wanted)

    def test_queries_do_not_grow_with_the_products(self):
        self.threshold(method="quantity", quantity=1)
        self._queries(1)
        self.assertEqual(self._queries(3), self._queries(60))
