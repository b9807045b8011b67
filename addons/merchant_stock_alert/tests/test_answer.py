from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged

from .common import StockAlertCase


@tagged("post_install", "-at_install")
class TestAnswers(StockAlertCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.threshold(method="quantity", quantity=10)
        cls.supplier = cls.env["res.partner"].create({"name": "茶厂"})

    def setUp(self):
        super().setUp()
        self.put(4)
        self.evaluate()
        self.alert = self.alerts()

    def _answer(self, action):
        return self.env["merchant.stock.answer"].browse(action["res_id"])

    def _sold_by(self, **vals):
        self.env["product.supplierinfo"].create(
            {"partner_id": self.supplier.id, "product_tmpl_id": self.tea.product_tmpl_id.id, "price": 6, **vals}
        )

    def test_a_purchase_respects_minimum_and_pack(self):
        self._sold_by(min_qty=2, product_uom_id=self.env.ref("uom.product_uom_dozen").id, delay=5)
        answer = self._answer(self.alert.action_purchase())
        self.assertRecordValues(answer.line_ids, [{"need": 8, "quantity": 2, "supplier_id": self.supplier.id}])
        self.assertIn("1", answer.plan)
        order = self.env["purchase.order"].browse(answer.action_confirm()["res_id"])
        self.assertRecordValues(order.order_line, [{"product_qty": 2, "product_uom_qty": 24, "price_unit": 6}])
        self.assertEqual((order.state, order.picking_type_id), ("draft", self.wuhan.in_type_id))
        self.assertRecordValues(self.alert, [{"outcome": "purchase", "state": "taken"}])

    def test_what_a_vendor_asks_is_for_buyers_only(self):
        warehouse_hand = new_test_user(self.env, "hand", groups="merchant_base.group_warehouse,stock.group_stock_user")
        buyer = new_test_user(self.env, "buyer", groups="purchase.group_purchase_user")
        line = self.env["merchant.stock.answer.line"]
        self.assertNotIn("price", line.with_user(warehouse_hand).fields_get())
        self.assertIn("price", line.with_user(buyer).fields_get())

    def test_it_is_added_to_the_open_draft(self):
        self._sold_by()
        first = self._answer(self.alert.action_purchase()).action_confirm()["res_id"]
        again = self._answer(self.alert.action_purchase())
        self.assertRecordValues(again.line_ids, [{"drafted": 8, "quantity": 0}])
        with self.assertRaises(UserError):
            again.action_confirm()
        again.line_ids.quantity = 3
        self.assertEqual(again.action_confirm()["res_id"], first)
        self.assertEqual(self.env["purchase.order"].browse(first).order_line.product_qty, 11)

    def test_asked_twice_it_is_done_once(self):
        self._sold_by()
        answer = self._answer(self.alert.action_purchase())
        order = self.env["purchase.order"].browse(answer.action_confirm()["res_id"])
        with self.assertRaisesRegex(UserError, "done already"):
            answer.action_confirm()
        self.assertEqual(order.order_line.product_qty, 8)

    def test_another_supplier_has_another_minimum_pack_and_time(self):
        self._sold_by(delay=2)
        dozen = self.env.ref("uom.product_uom_dozen")
        other = self.env["res.partner"].create({"name": "另一家茶厂"})
        self._sold_by(partner_id=other.id, min_qty=3, product_uom_id=dozen.id, delay=9, sequence=9)
        answer = self._answer(self.alert.action_purchase())
        with Form(answer) as form, form.line_ids.edit(0) as line:
            line.seller_id = self.tea.seller_ids.filtered(lambda seller: seller.partner_id == other)
        self.assertRecordValues(
            answer.line_ids,
            [
                {
                    "quantity": 3,
                    "uom_id": dozen.id,
                    "arrival": fields.Date.context_today(answer) + timedelta(days=9),
                }
            ],
        )

    def test_the_board_counts_what_is_in_drafts(self):
        self._sold_by()
        self.assertIn("Purchase 8", self.position().advice)
        self._answer(self.alert.action_purchase()).action_confirm()
        self.position().invalidate_recordset(["advice"])
        self.assertIn("8 wait in drafts", self.position().advice)

    def test_without_a_supplier_it_says_what_to_do(self):
        answer = self._answer(self.alert.action_purchase())
        with self.assertRaisesRegex(UserError, "supplier"):
            answer.action_confirm()

    def test_what_has_no_supplier_is_left_out_and_said(self):
        other = self.make_product("无供应商的茶")
        self.put(2, other)
        self.evaluate()
        self._sold_by()
        answer = self._answer((self.alert | self.alerts(other)).action_purchase())
        self.assertIn("无供应商的茶", answer.plan)
        order = self.env["purchase.order"].browse(answer.action_confirm()["res_id"])
        self.assertEqual(order.order_line.product_id, self.tea)
        self.assertFalse(self.alerts(other).outcome)

    def test_a_rounded_average_buys_no_piece_too_many(self):
        position = self.position()
        position.write({"daily": 85.7143, "available": 0, "lead_days": 7, "low_line": 600, "low_leave": 720})
        self.assertEqual(position._needed(days=14), 2400)

    def test_a_transfer_takes_from_the_warehouse_with_surplus(self):
        self.put(100, warehouse=self.hangzhou)
        self.evaluate()
        answer = self._answer(self.alert.action_transfer())
        self.assertRecordValues(
            answer.line_ids, [{"source_id": self.hangzhou.id, "target_id": self.wuhan.id, "quantity": 8}]
        )
        self.assertIn("杭州 → ", answer.plan)
        self.assertIn("茶 × 8", answer.plan)
        picking = self.env["stock.picking"].browse(answer.action_confirm()["res_id"])
        self.assertEqual(picking.state, "assigned")
        self.evaluate()
        self.assertEqual(self.position().incoming, 8)
        self.assertEqual(self.position(warehouse=self.hangzhou).available, 92)

    def test_whoever_looks_at_two_companies_acts_for_the_right_one(self):
        other = self.env["res.company"].create({"name": "别家"})
        self.env.user.company_ids |= other
        self.tea.company_id = self.company
        supplier = self.env["res.partner"].create({"name": "茶厂"})
        self.tea.seller_ids = [(0, 0, {"partner_id": supplier.id, "price": 3, "company_id": self.company.id})]
        self.put(100, warehouse=self.hangzhou)
        self.evaluate()
        both = self.alert.with_context(allowed_company_ids=[other.id, self.company.id])
        for document in (both.action_transfer(), both.action_purchase()):
            answer = both.env["merchant.stock.answer"].browse(document["res_id"])
            answer.line_ids.quantity = 8  # what the transfer brings need not be bought any more
            done = answer.action_confirm()
            self.assertEqual(both.env[done["res_model"]].browse(done["res_id"]).company_id, self.company)

    def test_nothing_to_spare_is_said(self):
        answer = self._answer(self.alert.action_transfer())
        self.assertFalse(answer.line_ids)
        with self.assertRaises(UserError):
            answer.action_confirm()

    def test_too_much_goes_to_where_it_is_short(self):
        self.threshold(kind="over", method="quantity", quantity=50)
        self.put(100, warehouse=self.hangzhou)
        self.evaluate()
        over = self.alerts(warehouse=self.hangzhou)
        self.assertEqual(over.kind, "over")
        answer = self._answer(over.action_transfer())
        self.assertRecordValues(answer.line_ids, [{"source_id": self.hangzhou.id, "target_id": self.wuhan.id}])

    def test_a_substitute_is_noted_on_what_waits(self):
        other = self.make_product("别的茶")
        self.put(30, other)
        self.tea.merchant_substitute_ids = other.product_tmpl_id
        self.evaluate()
        answer = self._answer(self.alert.action_substitute())
        self.assertRecordValues(answer.line_ids, [{"substitute_id": other.id, "quantity": 30}])
        answer.action_confirm()
        self.assertEqual(self.alert.outcome, "substitute")

    def test_snoozing_asks_until_when(self):
        answer = self._answer(self.alert.action_snooze())
        answer.action_confirm()
        self.assertEqual((self.alert.state, self.alert.snooze_until), ("snoozed", answer.until))
