from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import html2plaintext

from .common import AWAY, DAY, HOME, MerchantCase


@tagged("post_install", "-at_install")
class TestChangedOrder(MerchantCase):
    def setUp(self):
        super().setUp()
        self.order = self._take(self._payload("W-100"))
        self.picking = self.order.picking_ids

    def _news(self, hour=2, **changes):
        """The platform's newer word about the order."""
        return self._push(self._payload("W-100", modified_at=DAY % hour, **changes))

    def _lines(self, **first):
        return [
            self._line("1", "HKT-TEA", 2, "196.00", **first),
            self._line("2", "HKT-CUP", 1, "20.00"),
        ]

    def _moved(self, product):
        return self.order.order_line.move_ids.filtered(lambda move: move.product_id == product)

    # -- before shipping --------------------------------------------------------------------------------------------

    def test_a_remark_is_taken_over(self):
        row = self._news(buyer_remark="ring twice", seller_remark="gift wrap")
        self.assertEqual((row.state, row.sale_order_id), ("done", self.order))
        self.assertEqual(self.order.merchant_buyer_remark, "ring twice")
        self.assertEqual(self.picking.merchant_seller_remark, "gift wrap")

    def test_a_new_address_reaches_the_order_and_its_open_delivery(self):
        former = self.order.partner_shipping_id
        row = self._news(receiver=AWAY)
        self.assertEqual(row.state, "done", row.reason)
        self.assertEqual(self.order.partner_shipping_id.city, "深圳市")
        self.assertEqual(self.picking.partner_id, self.order.partner_shipping_id)
        self.assertEqual(self.picking.move_ids.partner_id, self.order.partner_shipping_id)
        self.assertEqual(former.city, "武汉市", "other orders still go there")
        self._news(3, receiver=HOME)
        self.assertEqual(self.order.partner_shipping_id, former)

    def test_a_refund_of_one_line_takes_it_out_of_order_and_delivery(self):
        row = self._news(lines=self._lines(refund="refunded"))
        self.assertEqual(row.state, "done", row.reason)
        tea = self.order.order_line.filtered(lambda line: line.product_id == self.tea)
        self.assertEqual((tea.product_uom_qty, tea.platform_refund), (0, "refunded"))
        self.assertEqual(self._moved(self.tea).state, "cancel")
        self.assertEqual(self._moved(self.cup).state, "assigned")
        self.assertEqual((self.order.state, self.order.amount_total), ("sale", 28.0))
        self.assertEqual((self.order.platform_total, self.order.platform_refunded_total), (224.0, 196.0))

    def test_a_refund_told_twice_is_taken_out_once(self):
        self._news(lines=self._lines(refund="refunded"))
        row = self._news(3, lines=self._lines(refund="refunded"), seller_remark="again")
        self.assertEqual(row.state, "done", row.reason)
        self.assertEqual(self.order.amount_total, 28.0)

    def test_a_refund_of_every_line_cancels(self):
        lines = [{**line, "refund": "refunded"} for line in self._lines()]
        self._news(lines=lines)
        self.assertEqual((self.order.state, self.picking.state), ("cancel", "cancel"))

    def test_a_cancellation_cancels_order_and_delivery_and_frees_the_stock(self):
        row = self._news(status="closed")
        self.assertEqual(row.state, "done", row.reason)
        self.assertEqual((self.order.state, self.picking.state), ("cancel", "cancel"))
        self.assertEqual(self.order.platform_status, "closed")
        self.assertEqual(self.tea.with_context(warehouse_id=self.warehouse.id).free_qty, 100)

    def test_a_refund_asked_for_stops_the_parcel_until_it_is_withdrawn(self):
        self._news(lines=self._lines(refund="requested"))
        self.assertEqual(self.order.merchant_hold_code, "refund_requested")
        self.assertTrue(self.picking.merchant_hold_reason)
        with self.assertRaisesRegex(UserError, "W-100 must not be shipped: .*refund"), self.cr.savepoint():
            self._ship(self.picking)
        self.assertNotEqual(self.picking.state, "done")
        self._news(3, lines=self._lines(refund="withdrawn"))
        self.assertFalse(self.order.merchant_hold_code)
        self._ship(self.picking)

    def test_the_history_tells_each_state_that_the_platform_changed(self):
        self._news(lines=self._lines(refund="requested"))
        self.assertEqual(self._history(), ["On hold: " + self.order.merchant_hold_reason])
        self._news(hour=3, lines=self._lines(refund="requested"), buyer_remark="ring twice")
        self.assertEqual(len(self._history()), 1, "nothing changed of what the history tells")
        self._news(hour=4)
        self.assertEqual(self._history()[1:], ["The hold is over: shipping may go on."])
        self._ship(self.picking)
        self._news(hour=5, status="shipped")
        self.assertEqual(self._history()[2:], ["Platform state: Paid → Shipped"])

    def _history(self):
        """What the platform's news left in the order's history, the oldest first."""
        notes = self.order.message_ids.sorted("id")
        said = ("On hold", "The hold", "Platform state")
        return [text for note in notes if (text := html2plaintext(note.body)).startswith(said)]

    def test_a_hold_by_hand_is_tracked_in_words(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.order.with_context(lang="zh_CN").action_merchant_hold()
        self.env.flush_all()
        self.env.cr.precommit.run()
        told = self.order.message_ids.sudo().tracking_value_ids.filtered(
            lambda value: value.field_id.name == "merchant_hold_code"
        )
        self.assertEqual(told.new_value_char, "人工暂停发货")

    def test_what_a_person_holds_only_a_person_releases(self):
        self.order.action_merchant_hold()
        self._news(lines=self._lines(refund="requested"))
        self._news(3, lines=self._lines(refund="withdrawn"))
        self.assertEqual(self.order.merchant_hold_code, "by_hand")
        with self.assertRaises(UserError), self.cr.savepoint():
            self._ship(self.picking)
        self.order.action_merchant_release()
        self._ship(self.picking)

    def test_an_order_that_came_in_held_is_confirmed_when_it_may_go(self):
        lines = self._lines(refund="requested")
        order = self._take(self._payload("W-200", lines=lines))
        self.assertEqual((order.state, order.merchant_hold_code), ("draft", "refund_requested"))
        with self.assertRaises(UserError), self.cr.savepoint():
            order.action_confirm()
        self._push(self._payload("W-200", modified_at=DAY % 2))
        self.assertEqual((order.state, order.merchant_hold_code), ("sale", False))
        self.assertEqual(order.picking_ids.state, "assigned")

    def test_news_for_a_cancelled_order_wait_for_a_person(self):
        self._news(status="closed")
        row = self._news(3)
        self.assertHeld(row, "reopened")
        row.action_accept()
        self.assertEqual((row.state, self.order.state), ("done", "cancel"))

    def test_lines_that_the_platform_adds_wait_for_a_person(self):
        row = self._news(lines=[*self._lines(), self._line("3", "HKT-CUP", 1, "20.00")])
        self.assertHeld(row, "new_lines")
        self.assertIn("HKT-CUP 3", row.reason)

    def test_a_total_that_changes_does_not_pass_in_silence(self):
        lines = [self._line("1", "HKT-TEA", 2, "186.00"), self._line("2", "HKT-CUP", 1, "20.00")]
        row = self._news(lines=lines)
        self.assertHeld(row, "total_changed")
        self.assertIn("214.00", row.reason)
        self.assertEqual(self.order.amount_total, 224.0, "nothing is adjusted in silence")
        row.action_accept()
        self.assertEqual(row.state, "done")

    def test_half_a_new_address_stops_the_parcel_until_it_is_whole(self):
        former = self.order.partner_shipping_id
        row = self._news(receiver={**AWAY, "province": "火星省"})
        self.assertHeld(row, "unknown_province")
        self.assertEqual((self.order.merchant_hold_code, self.order.partner_shipping_id), ("bad_new_address", former))
        with self.assertRaises(UserError), self.cr.savepoint():
            self._ship(self.picking)
        self._news(3, receiver=AWAY)
        self.assertEqual((self.order.merchant_hold_code, self.order.partner_shipping_id.city), (False, "深圳市"))

    def test_a_person_may_accept_half_a_new_address(self):
        row = self._news(receiver={**AWAY, "district": ""})
        row.action_accept()
        self.assertEqual((row.state, self.order.merchant_hold_code), ("done", False))
        self.assertEqual(self.order.partner_shipping_id.city, "深圳市")

    # -- after shipping ---------------------------------------------------------------------------------------------

    def test_what_comes_after_the_parcel_waits_for_a_person(self):
        self._ship(self.picking)
        for hour, changes, code in (
            (2, {"receiver": AWAY}, "address_after_shipping"),
            (3, {"lines": self._lines(refund="refunded")}, "refunded_after_shipping"),
            (4, {"status": "closed"}, "closed_after_shipping"),
        ):
            row = self._news(hour, **changes)
            self.assertHeld(row, code)
            self.assertEqual((self.order.state, self.order.amount_total), ("sale", 224.0))
            row.action_accept()
            self.assertEqual((row.state, [problem["code"] for problem in row.accepted]), ("done", [code]))

    def test_what_a_person_accepted_is_not_asked_again_by_the_next_version(self):
        self._ship(self.picking)
        lines = self._lines(refund="refunded")
        self._news(2, lines=lines).action_accept()
        row = self._news(3, lines=lines, seller_remark="goods are back")
        self.assertEqual(row.state, "done", row.reason)
        other = [*lines[:1], {**lines[1], "refund": "refunded"}]
        self.assertHeld(self._news(4, lines=other), "refunded_after_shipping")

    def test_the_rest_does_not_leave_when_the_platform_says_all_was_shipped(self):
        self._ship(self.picking, {self.cup: 1})
        self._news(status="shipped")
        self.assertEqual(self.order.merchant_hold_code, "shipped_elsewhere")

    def test_a_remark_after_the_parcel_is_harmless(self):
        self._ship(self.picking)
        row = self._news(status="shipped", seller_remark="thanks")
        self.assertEqual((row.state, self.order.merchant_hold_code), ("done", False))
        self.assertEqual(self.order.platform_status, "shipped")

    def test_after_a_part_left_the_rest_still_follows_the_platform(self):
        self._ship(self.picking, {self.cup: 1})
        row = self._news(status="part_shipped", lines=self._lines(refund="refunded"))
        self.assertEqual(row.state, "done", row.reason)
        self.assertEqual(self._moved(self.tea).mapped("state"), ["cancel"])
        self.assertEqual(self.order.amount_total, 28.0)

    def test_a_parcel_that_somebody_else_sent_is_not_sent_twice(self):
        row = self._news(status="shipped")
        self.assertEqual((row.state, self.order.merchant_hold_code), ("done", "shipped_elsewhere"))
        with self.assertRaises(UserError), self.cr.savepoint():
            self._ship(self.picking)

    def test_what_came_back_counts_as_not_shipped(self):
        self._ship(self.picking)
        wizard = self.env["stock.return.picking"].create({"picking_id": self.picking.id})
        for line in wizard.product_return_moves:
            line.quantity = line.move_quantity
        self._ship(self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"]))
        row = self._news(status="closed")
        self.assertEqual((row.state, self.order.state), ("done", "cancel"), row.reason)

    def test_a_refunded_order_that_is_confirmed_later_ships_the_rest_only(self):
        self.shop.auto_confirm = False
        order = self._take(self._payload("W-300"))
        lines = [self._line("1", "HKT-TEA", 2, "196.00", refund="refunded"), self._line("2", "HKT-CUP", 1, "20.00")]
        self._take(self._payload("W-300", modified_at=DAY % 2, lines=lines))
        order.action_confirm()
        self.assertEqual(order.picking_ids.move_ids.product_id, self.cup)
        self.assertEqual(order.amount_total, 28.0)
