import csv
from collections import Counter
from decimal import Decimal

from odoo.tests import tagged
from odoo.tools import file_open

from ..models.merchant_sheet_import_sample import SAMPLE
from .common import SheetCase


@tagged("post_install", "-at_install")
class TestSample(SheetCase):
    """The shipped week through the inbox; the expected figures come from the csv module alone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with file_open(SAMPLE, "r") as stream:
            cls.rows = list(csv.DictReader(stream))
        cls.pounds = cls.env["merchant.sheet.import"]._sample_shop().copy({"name": "Pounds"})
        # quotations have the same totals; confirming 7,000 lines would take the test a minute
        cls.pounds.auto_confirm = False

    def sums(self, rows):
        rows = list(rows)
        amount = sum((int(each["Quantity"]) * Decimal(each["UnitPrice"]) for each in rows), Decimal(0))
        return len(rows), sum(int(each["Quantity"]) for each in rows), amount

    def test_the_week_becomes_orders_and_nothing_vanishes(self):
        sheet = self.bring_in(self.env["merchant.sheet.import"]._create_sample(self.pounds))
        cancelled = [each for each in self.rows if each["InvoiceNo"].startswith("C")]
        write_offs = [each for each in self.rows if int(each["Quantity"]) < 0 and not Decimal(each["UnitPrice"])]
        free = {each["InvoiceNo"] for each in self.rows if int(each["Quantity"]) > 0 and not Decimal(each["UnitPrice"])}
        ordered = [each for each in self.rows if each not in cancelled and each not in write_offs]
        invoices = {each["InvoiceNo"] for each in ordered}
        # the sheet's own figures
        self.assertEqual(sheet.row_count, len(self.rows))
        self.assertEqual(
            (sheet.order_count, sheet.cancellation_count),
            (len(invoices), len({each["InvoiceNo"] for each in cancelled})),
        )
        self.assertEqual(sheet.bad_row_count, len(write_offs))
        self.assertEqual(sorted(sheet.problem_ids.mapped("code")), ["write_off"] * len(write_offs))
        self.assertTrue(sheet.figures["adds_up"])
        # the inbox: free goods and cancellations without their order wait with a reason
        rows = sheet.inbox_ids.filtered(lambda row: row.order_ref[0] != "C")
        held = rows.filtered(lambda row: row.state == "held")
        self.assertEqual(set(held.mapped("order_ref")), free)
        self.assertEqual(set(held.mapped("reason_code")), {"zero_price"})
        outcomes = Counter(sheet.inbox_ids.filtered(lambda row: row.order_ref[0] == "C").mapped("reason_code"))
        self.assertEqual(sum(outcomes.values()), sheet.cancellation_count)
        self.assertLessEqual(
            set(outcomes), {"cancellation_applied", "cancellation_without_order", "cancellation_without_buyer"}
        )
        # the orders: as many, as many lines, units and as much money as the rows that they come from
        orders = self.orders(self.pounds)
        lines, units, amount = self.sums(each for each in ordered if each["InvoiceNo"] not in free)
        self.assertEqual(len(orders), len(invoices - free))
        goods = orders.order_line.filtered("platform_line_ref")
        self.assertEqual((len(goods), sum(goods.mapped("platform_quantity"))), (lines, units))
        taken_back = sum(orders.mapped("platform_refunded_total"))
        dropped = goods.filtered(lambda line: not line.product_uom_qty or line.order_id.state == "cancel")
        self.assertEqual(len(dropped.order_id), outcomes["cancellation_applied"])
        self.assertAlmostEqual(
            sum(orders.filtered(lambda order: order.state != "cancel").mapped("amount_total")) + taken_back,
            float(amount),
            2,
        )
        self.assertAlmostEqual(sum(dropped.mapped("platform_paid_amount")), taken_back, 2)
        # codes that are no goods
        products = goods.product_id.filtered(lambda product: product.type == "service")
        self.assertLessEqual(
            {"POST", "DOT", "M", "C2", "BANK CHARGES"} & set(goods.product_id.mapped("default_code")),
            set(products.mapped("default_code")),
        )
        self.assertNotIn("22423", products.mapped("default_code"))
