import unittest
from datetime import datetime
from decimal import Decimal

from odoo.addons.merchant_price_tier.core.sheet import Problem, SheetProblem, clashes, read

HEADER = ("价格表", "货号", "起订量", "单位", "价格", "折扣%", "开始", "结束")


class SheetTest(unittest.TestCase):
    def read(self, *rows):
        return read([HEADER, *rows])

    def test_rows_are_read_as_people_type_them(self):
        rows, problems = self.read(
            ("VIP", 10001.0, None, None, "¥1,299.50", None, "2026-11-11", datetime(2026, 11, 12)),
            (None, None, None),
            ("VIP", "A-1", 12, "盒", None, "15%", None, None),
        )
        self.assertEqual(problems, [])
        first, second = rows
        self.assertEqual((first.number, first.product, first.price), (2, "10001", Decimal("1299.50")))
        self.assertEqual((first.start, first.end), (datetime(2026, 11, 11), datetime(2026, 11, 12, 23, 59, 59)))
        self.assertEqual((second.number, second.quantity, second.discount), (4, Decimal(12), Decimal(15)))

    def test_each_wrong_cell_is_named_with_its_reason(self):
        for row, wanted in (
            (("VIP", "A", "many", None, 5), ("quantity", "no_number", "many")),
            (("VIP", "A", 1, None, "about 5"), ("price", "no_number", "about 5")),
            (("VIP", "A", 1, None, -5), ("price", "negative", "-5")),
            (("VIP", "A", 1e12, None, 5), ("quantity", "too_large", "1000000000000.0")),
            (("VIP", "A", 1, None, "NaN"), ("price", "no_number", "NaN")),
            (("VIP", "A", 1, None, True), ("price", "no_number", "True")),
            (("VIP", "A", 1, None, None, 130), ("discount", "no_percentage", "130")),
            (("VIP", None, 1, None, 5), ("product", "product_missing", "")),
            (("VIP", "A", 1, None, 5, 10), ("price", "price_or_discount", "")),
            (("VIP", "A", 1, None, None), ("price", "price_or_discount", "")),
            (("VIP", "A", 1, None, 5, None, "soon"), ("start", "no_date", "soon")),
            (("VIP", "A", 1, None, 5, None, "2026-11-12", "2026-11-11"), ("end", "end_before_start", "")),
        ):
            rows, problems = self.read(row)
            self.assertEqual((rows, problems), ([], [Problem(2, *wanted)]), row)

    def test_a_sheet_without_the_columns_is_refused_as_a_whole(self):
        for rows in ([], [("a", "b")], [("货号",)] * 20):
            with self.assertRaises(SheetProblem):
                read(rows)

    def test_the_header_may_follow_a_title(self):
        rows, _problems = read([("2026 prices",), HEADER, ("VIP", "A", 1, None, 5)])
        self.assertEqual(rows[0].number, 3)

    def test_overlapping_periods_are_found(self):
        first, second = datetime(2026, 1, 1), datetime(2026, 6, 1)
        self.assertEqual(clashes([(None, first), (second, None)]), set())
        self.assertEqual(clashes([(None, None), (second, None)]), {1})
        self.assertEqual(clashes([(first, second), (second, None)]), {1})
        self.assertEqual(clashes([(first, None), (None, first)]), {0})
