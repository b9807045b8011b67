from odoo.tests import tagged

from .common import SheetCase

HEADERS = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]


@tagged("post_install", "-at_install")
class TestCancellation(SheetCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pounds = cls.env["merchant.sheet.import"]._sample_shop().copy({"name": "Pounds"})

    def lines(self, *lines, customer="17850"):
        """Online Retail rows of ``(invoice, code, quantity, price)``."""
        for invoice, code, quantity, price in lines:
            day = "2011-02-15" if invoice.startswith("C") else "2011-02-14"
            values = [
                invoice,
                code,
                f"{code} title",
                str(quantity),
                f"{day} 10:00:00",
                str(price),
                customer,
                "United Kingdom",
            ]
            yield dict(zip(HEADERS, values, strict=True))

    def bring(self, *lines, customer="17850"):
        rows = list(self.lines(*lines, customer=customer))
        return self.bring_in(self.sheet(rows, headers=HEADERS, shop_id=self.pounds.id))

    def row(self, ref):
        return self.inbox(self.pounds).filtered(lambda row: row.order_ref == ref and row.state != "superseded")

    def test_whole_lines_are_taken_out_of_the_open_order(self):
        self.bring(("536365", "85123A", 6, "2.55"), ("536365", "71053", 6, "3.39"), ("C536366", "71053", -6, "3.39"))
        order = self.orders(self.pounds)
        self.assertEqual(
            {line.platform_line_ref: line.product_uom_qty for line in order.order_line}, {"1": 6.0, "2": 0.0}
        )
        self.assertEqual((order.state, order.amount_total), ("sale", 15.30))
        self.assertRecordValues(
            self.row("C536366"),
            [
                {
                    "state": "done",
                    "reason_code": "cancellation_applied",
                    "sale_order_id": order.id,
                    "total": -20.34,
                }
            ],
        )
        self.assertIn("536365", self.row("C536366").reason)

    def test_an_order_whose_last_line_goes_is_cancelled(self):
        self.bring(("536365", "85123A", 6, "2.55"))
        self.bring(("C536366", "85123A", -6, "2.55"))
        self.assertEqual(self.orders(self.pounds).state, "cancel")

    def test_two_cancellations_of_one_batch_take_different_lines(self):
        self.bring(
            ("536365", "A", 1, "2"),
            ("536365", "A", 1, "2"),
            ("536365", "B", 1, "3"),
            ("C1", "A", -1, "2"),
            ("C2", "A", -1, "2"),
        )
        order = self.orders(self.pounds)
        self.assertEqual(order.amount_total, 3.0)
        self.assertEqual(self.row("C1").state + self.row("C2").state, "donedone")

    def test_others_are_held_with_their_figures_and_settled_by_hand(self):
        self.bring(("536365", "85123A", 6, "2.55"), ("C536366", "85123A", -2, "2.55"))
        row = self.row("C536366")
        self.assertRecordValues(row, [{"state": "held", "reason_code": "cancellation_without_order", "total": -5.10}])
        self.assertIn("5.10 GBP", row.reason)
        row.action_accept()
        self.assertEqual((row.state, self.orders(self.pounds).amount_total), ("done", 15.30))

    def test_a_cancellation_of_another_customer_or_of_nobody_takes_nothing(self):
        self.bring(("536365", "85123A", 6, "2.55"))
        self.bring(("C1", "85123A", -6, "2.55"), customer="99999")
        self.bring(("C2", "85123A", -6, "2.55"), customer="")
        self.assertEqual(self.row("C1").reason_code, "cancellation_without_order")
        self.assertEqual(self.row("C2").reason_code, "cancellation_without_buyer")
        self.assertEqual(self.orders(self.pounds).amount_total, 15.30)

    def test_handing_in_the_sheet_again_changes_nothing(self):
        lines = [("536365", "85123A", 6, "2.55"), ("536365", "71053", 6, "3.39"), ("C536366", "71053", -6, "3.39")]
        self.bring(*lines)
        before = self.inbox(self.pounds).mapped("state")
        self.assertEqual(self.bring(*lines).known_count, 2)
        self.assertEqual(self.inbox(self.pounds).mapped("state"), before)
        self.assertEqual(self.orders(self.pounds).amount_total, 15.30)

    def test_what_was_shipped_is_not_taken_back(self):
        self.bring(("536365", "85123A", 6, "2.55"))
        order = self.orders(self.pounds)
        order.picking_ids.move_ids.write({"quantity": 6, "picked": True})
        order.picking_ids._action_done()
        self.bring(("C536366", "85123A", -6, "2.55"))
        self.assertEqual(self.row("C536366").reason_code, "cancellation_without_order")
