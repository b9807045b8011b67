import base64
import io
import time
from contextlib import suppress
from unittest.mock import patch

import openpyxl

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.queue_job.tests.common import trap_jobs

from ..models import merchant_sheet_import as module
from .common import GOOD, HEADERS, SheetCase


@tagged("post_install", "-at_install")
class TestCheck(SheetCase):
    def test_a_check_stores_nothing_and_tells_what_would_happen(self):
        sheet = self.sheet(
            [GOOD, {**GOOD, "订单号": "A-2", "手机": "12"}, {**GOOD, "订单号": "A-3", "商品编码": "NEW"}]
        )
        sheet.action_check()
        self.assertFalse(self.inbox())
        self.assertRecordValues(
            sheet,
            [
                {
                    "state": "checked",
                    "row_count": 3,
                    "order_count": 3,
                    "line_count": 3,
                    "units": 6.0,
                    "amount": 588.0,
                    "bad_row_count": 0,
                }
            ],
        )
        self.assertEqual(
            [(code, count) for code, count, _params in sheet.forecast],
            [("", 1), ("bad_phone", 1), ("unknown_sku", 1), ("codes_unmatched", 1)],
        )
        self.assertEqual([each["order"] for each in sheet.preview], ["A-1", "A-2", "A-3"])
        self.assertIn("张雨", sheet.preview_html)
        self.assertEqual(sheet.template_id, self.env.ref("merchant_order_import.template_ours"))

    def test_the_parts_add_up_and_say_so(self):
        sheet = self.sheet([GOOD, {**GOOD, "订单号": "A-2", "数量": "0"}])
        sheet.action_check()
        self.assertEqual(sheet.figures["orders"], [1, "2", "196.00"])
        self.assertEqual(sheet.figures["problems"][0], 1)
        self.assertTrue(sheet.figures["adds_up"])

    def test_what_a_cell_holds_is_never_markup(self):
        sheet = self.sheet([{**GOOD, "收货人": "<script>alert(1)</script>"}])
        sheet.action_check()
        self.assertNotIn("<script>", sheet.preview_html)

    def test_a_file_that_is_no_sheet_says_why_in_the_reader_s_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["ir.module.module"].search([("name", "=", "merchant_order_import")])._update_translations(["zh_CN"])
        sheet = self.env["merchant.sheet.import"].create(
            {
                "shop_id": self.shop.id,
                "file": base64.b64encode(b"\xd0\xcf\x11\xe0" + bytes(512)),
                "file_name": "old.xls",
            }
        )
        sheet.action_check()
        self.assertEqual((sheet.state, sheet.error_code), ("failed", "sheet_old_excel"))
        self.assertIn(".xls file", sheet.error)
        self.assertIn("旧版", sheet.with_context(lang="zh_CN").error)

    def test_a_large_sheet_is_checked_in_the_background(self):
        sheet = self.sheet([GOOD])
        with patch.object(module, "QUICK", 10), trap_jobs() as jobs:
            sheet.action_check()
            self.assertEqual(sheet.state, "checking")
            jobs.assert_jobs_count(1, only=sheet._check_in_background)
        self.env.flush_all()
        sheet._check_in_background()
        self.env.invalidate_all()
        self.assertEqual(sheet.state, "checked")

    def test_a_running_import_is_not_started_twice(self):
        sheet = self.sheet([GOOD])
        sheet.state = "importing"
        with self.assertRaises(UserError):
            sheet.action_import()

    def test_gbk_and_unknown_columns(self):
        sheet = self.sheet([GOOD], encoding="gb18030")
        sheet.action_check()
        self.assertEqual(sheet.state, "checked")
        strange = self.sheet([{"x": "1"}], headers=["x", "y"])
        strange.action_check()
        self.assertEqual(strange.error_code, "sheet_unknown_columns")

    def test_headers_without_rows_are_an_empty_sheet(self):
        sheet = self.sheet([])
        sheet.action_check()
        self.assertEqual((sheet.state, sheet.error_code), ("failed", "sheet_empty"))


@tagged("post_install", "-at_install")
class TestImport(SheetCase):
    def test_rows_become_confirmed_orders(self):
        sheet = self.bring_in(self.sheet([GOOD, {**GOOD, "商品编码": "CUP-003", "数量": "1", "单价": "50"}]))
        self.assertRecordValues(
            sheet, [{"state": "done", "progress": 100.0, "new_count": 1, "known_count": 0, "sale_order_count": 1}]
        )
        self.assertRecordValues(
            self.orders(),
            [
                {
                    "platform_order_ref": "A-1",
                    "state": "sale",
                    "amount_total": 254.0,
                    "merchant_origin": "sheet",
                    "merchant_seller_remark": "",
                }
            ],
        )
        self.assertEqual(self.inbox().origin_ref, "orders.csv #2-3")

    def test_lines_and_addresses_may_come_in_two_sheets(self):
        line = {
            "主订单编号": "90",
            "子订单编号": "91",
            "标题": "茶",
            "价格": "50",
            "购买数量": "2",
            "外部系统编号": "TEA-001",
        }
        order = {
            "订单编号": "90",
            "买家实际支付金额": "108",
            "买家应付邮费": "8",
            "宝贝标题": "茶",
            "买家会员名": "tb01",
        }
        order |= {"收货人姓名": "张雨", "收货地址": "湖北省 武汉市 江汉区 建设大道 1 号", "联系手机": "13800000001"}
        sheet = self.sheet([line], "宝贝.csv", list(line), order_file_name="订单.csv")
        sheet.order_file = self.csv([order], list(order))
        sheet.action_check()
        self.assertEqual((sheet.state, sheet.order_count, sheet.bad_row_count), ("checked", 1, 0))
        self.bring_in(sheet)
        made = self.orders()
        self.assertEqual((made.state, made.amount_total, made.partner_shipping_id.city), ("sale", 108, "武汉市"))
        sheet.order_file = self.csv([], list(order))
        sheet.action_check()
        self.assertIn("not in the sheet of orders", sheet.problem_ids.reason)

    def test_handing_in_a_sheet_twice_makes_no_order_twice(self):
        rows = [{**GOOD, "订单号": f"A-{number}"} for number in range(3)]
        self.bring_in(self.sheet(rows))
        again = self.bring_in(self.sheet(rows[::-1], "other name.csv", headers=HEADERS[::-1]))
        self.assertRecordValues(again, [{"new_count": 0, "known_count": 3, "inbox_count": 3}])
        self.assertEqual((len(self.inbox()), len(self.orders())), (3, 3))

    def test_good_orders_go_in_and_the_mended_sheet_brings_the_rest(self):
        bad = [
            {**GOOD, "订单号": "A-2"},
            {**GOOD, "订单号": "A-2", "商品编码": "CUP-003", "数量": "=1+1", "备注": "小雨🌧️\x0b"},
        ]
        sheet = self.bring_in(self.sheet([GOOD, *bad]))
        self.assertEqual(self.orders().mapped("platform_order_ref"), ["A-1"])
        self.assertRecordValues(
            sheet.problem_ids,
            [
                {"row": 3, "order_ref": "A-2", "code": "order_held_back"},
                {"row": 4, "order_ref": "A-2", "code": "not_a_number"},
            ],
        )
        self.assertIn("=1+1", sheet.problem_ids[1].reason)
        sheet.action_download_problems()
        book = openpyxl.load_workbook(io.BytesIO(base64.b64decode(sheet.mend_file)))
        page = book.active
        self.assertEqual([cell.value for cell in page[1]], ["Row", "Reason", *HEADERS])
        column = 3 + HEADERS.index("数量")
        self.assertEqual((page.cell(3, column).value, page.cell(3, column).data_type), ("=1+1", "s"))
        page.cell(3, column).value = 1
        mended = io.BytesIO()
        book.save(mended)
        second = self.bring_in(
            self.env["merchant.sheet.import"].create(
                {
                    "shop_id": self.shop.id,
                    "file": base64.b64encode(mended.getvalue()),
                    "file_name": "mended.xlsx",
                }
            )
        )
        self.assertRecordValues(second, [{"state": "done", "new_count": 1, "bad_row_count": 0}])
        self.assertEqual(self.orders().mapped("platform_order_ref"), ["A-1", "A-2"])

    def test_a_killed_import_goes_on_where_it_stopped(self):
        rows = [{**GOOD, "订单号": f"A-{number}"} for number in range(5)]
        sheet = self.sheet(rows)
        kept = type(sheet)._store_piece

        def killed(own, orders, start, total):
            if start:
                raise KeyboardInterrupt
            kept(own, orders, start, total)

        with patch.object(module, "PIECE", 2), trap_jobs():
            sheet.action_import()
            self.env.flush_all()
            # Odoo's assertRaises would roll back what was committed before the kill
            with patch.object(type(sheet), "_store_piece", killed), suppress(KeyboardInterrupt):
                sheet._run()
                self.fail("it was not killed")
            self.env.invalidate_all()
            self.assertRecordValues(sheet, [{"state": "importing", "done_orders": 2, "progress": 40.0}])
            sheet.action_resume()
            self.env.flush_all()
            sheet._run()
        self.env.invalidate_all()
        self.assertRecordValues(sheet, [{"state": "done", "done_orders": 5, "new_count": 5, "progress": 100.0}])
        self.assertEqual(len(self.inbox()), 5)

    def test_progress_moves_with_each_piece(self):
        sheet, seen = self.sheet([{**GOOD, "订单号": f"A-{number}"} for number in range(4)]), []
        kept = type(sheet)._store_piece

        def watched(own, orders, start, total):
            kept(own, orders, start, total)
            seen.append(own.progress)

        with patch.object(module, "PIECE", 1), patch.object(type(sheet), "_store_piece", watched):
            self.bring_in(sheet)
        self.assertEqual(seen, [25.0, 50.0, 75.0, 100.0])

    def test_an_amount_that_does_not_add_up_waits_in_the_inbox_with_its_reason(self):
        headers = [*HEADERS, "订单实付"]
        sheet = self.bring_in(self.sheet([{**GOOD, "订单实付": "203.99"}, {**GOOD, "订单号": "A-2"}], headers=headers))
        self.assertRecordValues(
            self.inbox(),
            [
                {"order_ref": "A-1", "state": "held", "reason_code": "amount_mismatch"},
                {"order_ref": "A-2", "state": "done", "reason_code": False},
            ],
        )
        self.assertEqual(sheet.held_count, 1)

    def test_five_thousand_rows_do_not_hold_the_screen(self):
        rows = [
            {**GOOD, "订单号": f"A-{number // 2}", "商品编码": ("TEA-001", "CUP-003")[number % 2]}
            for number in range(5000)
        ]
        sheet = self.sheet(rows)
        start = time.monotonic()
        sheet.action_check()
        checked = time.monotonic()
        with trap_jobs():
            sheet.action_import()
            clicked = time.monotonic()
            self.env.flush_all()
            sheet._run()
        self.env.invalidate_all()
        stored = time.monotonic()
        self.assertEqual((sheet.state, sheet.new_count), ("done", 2500))
        print(
            f"\n5,000 rows: check {checked - start:.1f} s, click {clicked - checked:.2f} s,"
            f" 2,500 orders into the inbox in the background {stored - clicked:.1f} s"
        )
        self.assertLess(clicked - checked, 1)


@tagged("post_install", "-at_install")
class TestRights(SheetCase):
    def test_a_clerk_imports_and_an_auditor_only_reads(self):
        clerk = new_test_user(self.env, "sheet_clerk", groups="merchant_base.group_clerk")
        auditor = new_test_user(self.env, "sheet_auditor", groups="merchant_base.group_auditor")
        sheet = self.sheet([GOOD, {**GOOD, "订单号": "", "数量": "x"}])
        sheet.with_user(clerk).action_check()
        self.assertEqual(sheet.with_user(auditor).bad_row_count, 1)
        self.assertTrue(sheet.with_user(auditor).problem_ids.reason)
        with self.assertRaises(AccessError):
            sheet.with_user(auditor).action_check()
        with self.assertRaises(AccessError):
            self.env["merchant.sheet.import"].with_user(auditor).create({"shop_id": self.shop.id, "file": b"eA=="})

    def test_what_a_clerk_hands_in_is_processed_by_the_system(self):
        clerk = new_test_user(self.env, "sheet_clerk", groups="merchant_base.group_clerk")
        sheet = self.sheet([GOOD]).with_user(clerk)
        with trap_jobs() as jobs:
            sheet.action_import()
            self.env.flush_all()
            sheet._run()
            job = next(job for job in jobs.enqueued_jobs if job.method_name == "_process_inbox")
        self.assertTrue(job.recordset.env.su)
        self.process(self.shop.with_user(clerk).sudo())
        self.assertEqual(self.orders().state, "sale")

    def test_others_do_not_see_sheets_at_all(self):
        hand = new_test_user(self.env, "sheet_hand", groups="merchant_base.group_warehouse")
        with self.assertRaises(AccessError):
            self.env["merchant.sheet.import"].with_user(hand).search([])

    def test_sheets_of_a_shop_that_is_only_for_others_are_not_seen(self):
        clerk = new_test_user(self.env, "sheet_clerk", groups="merchant_base.group_clerk")
        sheet = self.sheet([{**GOOD, "数量": "x"}])
        sheet.action_check()
        self.assertIn(sheet, sheet.with_user(clerk).search([]))
        self.shop.user_ids = self.env.user
        self.assertNotIn(sheet, sheet.with_user(clerk).search([]))
        self.assertFalse(self.env["merchant.sheet.problem"].with_user(clerk).search([("import_id", "=", sheet.id)]))

    def test_a_clerk_may_import_codes_that_are_no_goods(self):
        clerk = new_test_user(self.env, "sheet_clerk", groups="merchant_base.group_clerk")
        template = self.env.ref("merchant_order_import.template_ours").with_user(clerk).copy({"services": "FEE*"})
        sheet = self.sheet([{**GOOD, "商品编码": "FEE-1", "商品名称": "手续费"}], template_id=template.id).with_user(
            clerk
        )
        with trap_jobs():
            sheet.action_import()
            self.env.flush_all()
            sheet._run()
        self.env.invalidate_all()
        listing = self.env["merchant.listing"].search([("shop_id", "=", self.shop.id), ("platform_sku", "=", "FEE-1")])
        self.assertRecordValues(listing.product_id, [{"type": "service", "name": "手续费", "default_code": "FEE-1"}])


@tagged("post_install", "-at_install")
class TestExample(HttpCase):
    def test_our_example_sheet_is_downloaded_by_users_only(self):
        self.assertNotIn(b"PK", self.url_open("/merchant_order_import/example").content[:2])
        self.authenticate("admin", "admin")
        self.assertEqual(self.url_open("/merchant_order_import/example").content[:2], b"PK")
