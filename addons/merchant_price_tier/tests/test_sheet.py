import base64
import io
from unittest.mock import patch

import openpyxl

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_order import OrderCase

HEADER = ["价格表", "货号", "起订量", "单位", "价格", "折扣%", "开始", "结束"]


@tagged("post_install", "-at_install")
class TestSheet(OrderCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.longjing.default_code = "LJ"
        cls.puer = cls.env["product.product"].create({"name": "Puer", "default_code": "PU", "list_price": 50})

    def sheet(self, *rows, header=HEADER, **vals):
        book = openpyxl.Workbook()
        for row in (header, *rows):
            book.active.append(list(row))
        stream = io.BytesIO()
        book.save(stream)
        return self.upload(stream.getvalue(), **vals)

    def upload(self, data, **vals):
        return self.env["merchant.price.sheet"].create(
            {"file": base64.b64encode(data), "file_name": "prices.xlsx", **vals}
        )

    def run_job(self):
        # a test's transaction is not committed
        with patch.object(type(self.env["ir.cron"]), "_commit_progress", return_value=60):
            self.env["merchant.price.sheet"]._cron_import()

    def test_a_sheet_that_was_exported_changes_nothing_when_it_comes_back(self):
        """Also for goods without a code, and for prices of all variants of a product."""
        colour = self.env["product.attribute"].create(
            {"name": "Colour", "value_ids": [(0, 0, {"name": name}) for name in ("Red", "Blue")]}
        )
        line = {"attribute_id": colour.id, "value_ids": [(6, 0, colour.value_ids.ids)]}
        bare, cup = self.env["product.template"].create(
            [{"name": "Bare"}, {"name": "Cup", "attribute_line_ids": [(0, 0, line)]}]
        )
        red, blue = cup.product_variant_ids
        red.default_code = "CUP-R"
        for product, variant, price in ((bare, False, 9), (cup, False, 18), (cup, red, 17)):
            self.env["product.pricelist.item"].create(
                {
                    "pricelist_id": self.vip.pricelist_id.id,
                    "applied_on": "0_product_variant" if variant else "1_product",
                    "product_tmpl_id": product.id,
                    "product_id": variant and variant.id,
                    "fixed_price": price,
                }
            )
        sheet = self.upload(self.env["merchant.price.sheet"]._export(self.vip.pricelist_id))
        sheet.action_check()
        self.assertEqual((sheet.same_count, sheet.new_count, sheet.changed_count, sheet.bad_count), (5, 0, 0, 0))
        self.env["product.template"].create({"name": "Bare"})
        sheet.action_check()
        self.assertIn("Several products have this code or name", sheet.problem_ids.reason)

    def test_another_file_is_checked_anew(self):
        sheet = self.sheet(["VIP", "NONE", 0, None, 88])
        sheet.action_check()
        self.assertEqual((sheet.state, sheet.bad_count, sheet.new_count), ("checked", 1, 0))
        sheet.file = self.sheet(["VIP", "PU", 0, None, 88]).file
        self.assertEqual(sheet.state, "draft")
        sheet.action_check()
        self.assertEqual((sheet.state, sheet.bad_count, sheet.new_count), ("checked", 0, 1))

    def test_a_sheet_taken_back_elsewhere_says_so_and_may_come_again(self):
        sheet = self.sheet(["VIP", "LJ", 0, None, 88])
        sheet.action_import()
        sheet.revision_id.action_undo()
        self.assertEqual((sheet.state, self.price(self.vip.pricelist_id)), ("undone", 90))
        sheet.action_check()
        sheet.action_import()
        self.assertEqual((sheet.state, self.price(self.vip.pricelist_id)), ("done", 88))

    def test_a_check_shows_the_difference_and_changes_nothing(self):
        sheet = self.sheet(["VIP", "LJ", 0, None, 88], ["VIP", "LJ", 10, None, 80], ["VIP", "PU", None, None, None, 20])
        sheet.action_check()
        self.assertEqual((sheet.new_count, sheet.changed_count, sheet.same_count, sheet.bad_count), (1, 1, 1, 0))
        self.assertEqual(sheet.difference["table"]["rows"], [[2, "LJ", "0", "90.00", "88.00"]])
        self.assertEqual(self.price(self.vip.pricelist_id), 90)
        sheet.action_import()
        self.assertEqual(self.price(self.vip.pricelist_id), 88)
        self.assertEqual(self.price(self.vip.pricelist_id, self.puer), 40)
        sheet.action_undo()
        self.assertEqual(self.price(self.vip.pricelist_id), 90)
        self.assertEqual(self.price(self.vip.pricelist_id, self.puer), 50)

    def test_the_same_sheet_twice_changes_nothing(self):
        rows = [["VIP", "LJ", 0, None, 88], ["VIP", "PU", 5, None, 45, None, "2026-11-11", "2026-11-12"]]
        self.sheet(*rows).action_import()
        again = self.sheet(*rows)
        again.action_check()
        self.assertEqual((again.new_count, again.changed_count, again.same_count), (0, 0, 2))

    def test_rows_to_mend_are_listed_with_number_and_reason_and_the_others_go_in(self):
        self.env["product.product"].create({"name": "Twin", "default_code": "PU2"})
        self.env["product.product"].create({"name": "Twin", "default_code": "PU2"})
        self.env["product.product"].create({"name": "Gone", "default_code": "GONE", "active": False})
        sheet = self.sheet(
            ["VIP", "LJ", 0, None, "cheap"],
            ["VIP", "NO", 0, None, 5],
            ["No such list", "LJ", 0, None, 5],
            ["VIP", "PU2", 0, None, 5],
            ["VIP", "GONE", 0, None, 5],
            ["VIP", "LJ", 1e12, None, 5],
            ["VIP", "LJ", 0, "furlong", 5],
            ["VIP", "PU", 0, None, 44],
        )
        sheet.action_import()
        self.assertEqual(sheet.problem_ids.mapped("row"), [2, 3, 4, 5, 6, 7, 8])
        self.assertEqual(sheet.problem_ids[0].found, "cheap")
        self.assertTrue(all(sheet.problem_ids.mapped("reason")))
        self.assertEqual((sheet.state, sheet.bad_count, self.price(self.vip.pricelist_id, self.puer)), ("done", 7, 44))

    def test_overlapping_periods_are_refused_in_the_sheet(self):
        sheet = self.sheet(
            ["VIP", "PU", 0, None, 44, None, "2026-11-01", "2026-11-11"],
            ["VIP", "PU", 0, None, 43, None, "2026-11-11", "2026-11-20"],
            ["VIP", "LJ", 0, None, 43, None, "2026-11-11", "2026-11-20"],
        )
        sheet.action_check()
        self.assertEqual(sheet.bad_count, 2)
        self.assertEqual(sheet.new_count, 1)

    def test_a_row_without_a_list_takes_the_sheets(self):
        self.sheet([None, "PU", 0, None, 44], pricelist_id=self.vip.pricelist_id.id).action_import()
        self.assertEqual(self.price(self.vip.pricelist_id, self.puer), 44)
        bare = self.sheet([None, "PU", 0, None, 44])
        bare.action_check()
        self.assertEqual(bare.bad_count, 1)

    def test_what_goes_out_comes_in_again_as_the_same(self):
        data = self.env["merchant.price.sheet"]._export(self.vip.pricelist_id)
        sheet = self.upload(data)
        sheet.action_check()
        self.assertEqual((sheet.new_count, sheet.changed_count, sheet.same_count, sheet.bad_count), (0, 0, 2, 0))

    def test_what_a_row_cannot_say_is_named_on_a_second_page(self):
        rule = self.env["product.pricelist.item"].create(
            {"pricelist_id": self.vip.pricelist_id.id, "compute_price": "percentage", "percent_price": 7}
        )
        data = self.env["merchant.price.sheet"]._export(self.vip.pricelist_id)
        _prices, others = openpyxl.load_workbook(io.BytesIO(data)).worksheets
        [row] = others.iter_rows(min_row=2, values_only=True)
        self.assertEqual(row, ("VIP", rule.name, rule.price))
        sheet = self.upload(data)
        sheet.action_check()
        self.assertEqual((sheet.row_count, sheet.bad_count), (2, 0))

    def test_what_is_no_sheet_is_said(self):
        for data in (b"not a sheet", b"", b"PK\x03\x04broken"):
            sheet = self.upload(data or b" ")
            sheet.action_check()
            self.assertEqual(sheet.state, "failed")
            self.assertTrue(sheet.error)
        sheet = self.sheet(["x"], header=["no", "header"])
        sheet.action_check()
        self.assertEqual(sheet.state, "failed")

    def test_large_sheets_are_taken_by_the_job(self):
        from odoo.addons.merchant_price_tier.models import merchant_price_sheet

        limit, merchant_price_sheet.AT_ONCE = merchant_price_sheet.AT_ONCE, 0
        self.addCleanup(setattr, merchant_price_sheet, "AT_ONCE", limit)
        sheet = self.sheet(["VIP", "PU", 0, None, 44])
        sheet.action_import()
        self.assertEqual(sheet.state, "queued")
        with self.assertRaises(UserError):
            sheet.action_import()
        self.run_job()
        self.assertEqual(sheet.state, "done")

    def test_a_sheet_that_cannot_go_in_says_so_and_the_next_one_goes_on(self):
        first, second = self.sheet(["VIP", "PU", 0, None, 44]), self.sheet(["VIP", "PU", 10, None, 43])
        tie = self.sheet(["VIP", "LJ", 0, None, 88])
        (first | second | tie).state = "queued"
        Sheet, apply = type(first), type(first)._apply
        rule = {"pricelist_id": self.vip.pricelist_id.id, "fixed_price": 1}

        def trouble(sheet, plan):
            if sheet.id == first.id:
                raise UserError("Not today.")
            if sheet.id == tie.id:  # another process was quicker
                self.env["product.pricelist.item"].create([rule, rule])
            return apply(sheet, plan)

        with patch.object(Sheet, "_apply", trouble), mute_logger("odoo.sql_db"):
            self.run_job()
        self.assertEqual((first | second | tie).mapped("state"), ["failed", "done", "failed"])
        self.assertEqual(first.error, "Not today.")
        self.assertIn("already has a rule for the same goods", tie.error)
        self.assertEqual(self.price(self.vip.pricelist_id, self.puer, 10), 43)
        first.action_import()
        self.assertEqual((first.state, first.error), ("done", False))
