from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.queue_job.tests.common import trap_jobs

from .common import AWAY, DAY, HOME, MerchantCase


@tagged("post_install", "-at_install")
class TestNewOrder(MerchantCase):
    def test_a_clean_order_is_confirmed_and_reserved_without_a_click(self):
        order = self._take(self._payload("W-100", buyer_remark="quick", seller_remark="vip"))
        self.assertRecordValues(
            order,
            [
                {
                    "state": "sale",
                    "platform_order_ref": "W-100",
                    "client_order_ref": "W-100",
                    "merchant_origin": "push",
                    "platform_status": "paid",
                    "merchant_hold_code": False,
                    "merchant_buyer_remark": "quick",
                    "merchant_seller_remark": "vip",
                    "warehouse_id": self.warehouse.id,
                    "amount_total": 224.0,
                    "platform_total": 224.0,
                    "platform_paid_total": 224.0,
                    "user_id": False,
                }
            ],
        )
        self.assertEqual(str(order.date_order), "2025-11-10 16:00:00", "the day on which the buyer paid")
        goods = order.order_line.filtered("platform_line_ref")
        self.assertEqual(goods.product_id, self.tea | self.cup)
        self.assertEqual(goods.mapped("platform_line_ref"), ["1", "2"])
        self.assertEqual(order.picking_ids.state, "assigned")

    def test_the_buyer_is_found_again_and_another_address_is_added(self):
        first = self._take(self._payload())
        again = self._take(self._payload())
        moved = self._take(self._payload(receiver=AWAY))
        other = self._take(self._payload(buyer_id="u-8"))
        self.assertEqual(first.partner_id, again.partner_id)
        self.assertEqual(first.partner_shipping_id, again.partner_shipping_id)
        self.assertEqual(moved.partner_id, first.partner_id)
        self.assertNotEqual(moved.partner_shipping_id, first.partner_shipping_id)
        self.assertNotEqual(other.partner_id, first.partner_id)
        self.assertRecordValues(
            first.partner_id,
            [
                {
                    "name": "张三",
                    "phone": "13800138000",
                    "state_id": self.env.ref("base.state_cn_HB").id,
                    "city": "武汉市",
                    "merchant_district": "江汉区",
                    "street": "解放大道 1 号",
                    "company_id": self.company.id,
                }
            ],
        )
        self.assertEqual(moved.partner_shipping_id.state_id, self.env.ref("base.state_cn_GD"))

    def test_an_address_is_shown_from_large_to_small(self):
        partner = self._take(self._payload()).partner_shipping_id
        shown = partner._display_address()
        self.assertLess(shown.index("武汉市"), shown.index("江汉区"))
        self.assertLess(shown.index("江汉区"), shown.index("解放大道"))

    def test_a_masked_address_is_told_from_a_real_one(self):
        masked = {**HOME, "name": "张**", "mobile": "138****8000", "handle": "oaid-1"}
        partner = self._take(self._payload(receiver=masked)).partner_shipping_id
        self.assertTrue(partner.merchant_masked)
        self.assertEqual(partner.merchant_address_handle, "oaid-1")

    def test_a_name_of_emoji_and_one_cut_in_half(self):
        for name, kept in (("😀小王🐉", "😀小王🐉"), ("小王\ud83d", "小王�"), ("\x00小王", "小王")):
            order = self._take(self._payload(buyer_id=name, receiver={**HOME, "name": name}))
            self.assertEqual(order.partner_id.name, kept)

    def test_buyers_without_a_name_or_address_share_one_contact(self):
        self.shop.address_check = "none"
        one, other = self._take(self._payload(buyer_id="", receiver={}), self._payload(buyer_id="", receiver={}))
        self.assertEqual(one.partner_id, other.partner_id)
        self.assertIn("Tea House", one.partner_id.name)

    def test_short_stock_is_confirmed_and_waits_for_goods(self):
        order = self._take(self._payload(lines=[self._line("1", "HKT-TEA", 300, "29400.00")]))
        self.assertEqual(order.state, "sale")
        self.assertIn(order.picking_ids.state, ("confirmed", "assigned"))
        self.assertEqual(sum(order.picking_ids.move_ids.mapped("quantity")), 100)

    def test_an_order_of_three_hundred_lines(self):
        lines = [self._line(str(number), "HKT-TEA", 1, f"{number}.07") for number in range(1, 301)]
        order = self._take(self._payload(lines=lines))
        self.assertEqual(len(order.order_line), 301)
        self.assertEqual(order.amount_total, 45150 + 21 + 8)

    def test_a_shop_may_leave_confirming_to_a_person(self):
        self.shop.auto_confirm = False
        order = self._take(self._payload("W-100"))
        self.assertEqual(order.state, "draft")
        self._push(self._payload("W-100", modified_at=DAY % 2, seller_remark="ok"))
        self.assertEqual(order.state, "draft", "news do not confirm it either")

    def test_unpaid_makes_no_order_and_paid_makes_one(self):
        row = self._push(self._payload("W-100", status="unpaid"))
        self.assertEqual((row.state, row.reason_code, row.sale_order_id.id), ("done", "unpaid", False))
        self.assertFalse(self._sold("W-100"))
        order = self._take(self._payload("W-100", modified_at=DAY % 2))
        self.assertEqual(order.state, "sale")

    def test_what_was_over_before_it_came_in_makes_no_order(self):
        for status, code in (
            ("closed", "closed_before_payment"),
            ("shipped", "shipped_before"),
            ("finished", "shipped_before"),
        ):
            row = self._push(self._payload(status=status))
            self.assertEqual((row.state, row.reason_code), ("done", code))
            self.assertFalse(row.sale_order_id)

    def test_a_gift_and_a_discount_to_nothing_cost_nothing(self):
        lines = [
            self._line("1", "HKT-TEA", 1, "98.00"),
            self._line("2", "HKT-CUP", 1, "0.00", is_gift=True),
            self._line("3", "HKT-CUP", 1, "0.00", price="20.00"),
        ]
        order = self._take(self._payload(lines=lines))
        self.assertEqual(order.order_line.mapped("price_total"), [98.0, 0.0, 0.0, 8.0])
        self.assertEqual(order.order_line.mapped("merchant_is_gift"), [False, True, False, False])
        self.assertEqual(order.platform_seller_discount, 20.0)

    def test_a_line_refunded_before_it_came_in_is_seen_but_not_shipped(self):
        lines = [
            self._line("1", "HKT-TEA", 1, "98.00"),
            self._line("2", "HKT-MUG-UNKNOWN", 1, "20.00", refund="refunded"),
        ]
        order = self._take(self._payload(lines=lines))
        self.assertEqual(order.amount_total, 106.0)
        self.assertEqual(order.platform_refunded_total, 20.0)
        self.assertEqual(order.order_line.filtered(lambda line: line.platform_line_ref == "2").product_uom_qty, 0)
        self.assertEqual(order.picking_ids.move_ids.product_id, self.tea)


@tagged("post_install", "-at_install")
class TestOnce(MerchantCase):
    def test_who_waited_for_its_turn_in_vain_says_what_came_meanwhile(self):
        """Its orders are done by another job, which saw this one waiting and queued no other for the rest."""
        with trap_jobs():
            self.env["merchant.inbox"].push(self.shop.id, [self._payload("W-1"), self._payload("W-2")])
        inbox = self.env["merchant.inbox"]
        self.assertTrue(inbox._process_shop(self.shop, refs=["W-1"]))
        self.assertTrue(inbox._process_shop(self.shop, refs=["W-1"]), "W-2 is nobody's yet")
        self.assertFalse(inbox._process_shop(self.shop, refs=["W-2"]))
        self.assertFalse(inbox._process_shop(self.shop, refs=["W-1"]))

    def test_the_same_order_handed_in_twice_is_one_order(self):
        payload = self._payload("W-100")
        self._push(payload, payload)
        row = self._push(payload)
        self.assertEqual(len(self._sold("W-100")), 1)
        self.assertEqual(len(self.env["merchant.inbox"].search([("order_ref", "=", "W-100")])), 1)
        self.assertEqual(row.attempts, 1, "what is known is not processed again")

    def test_the_answer_says_what_was_new(self):
        payload = self._payload("W-100")
        first, second = (self.env["merchant.inbox"].push("Tea House", [payload]) for _time in range(2))
        self.assertEqual([first[0]["state"], second[0]["state"]], ["new", "known"])
        self.assertEqual(first[0]["inbox_id"], second[0]["inbox_id"])

    def test_the_order_of_keys_makes_no_new_version(self):
        payload = self._payload("W-100")
        one, other = self._push(payload), self._push(dict(reversed(payload.items())))
        self.assertEqual(one, other)

    def test_an_older_version_that_comes_late_changes_nothing(self):
        order = self._take(self._payload("W-100", modified_at=DAY % 5, seller_remark="new"))
        old = self._push(self._payload("W-100", modified_at=DAY % 2, seller_remark="old", receiver=AWAY))
        self.assertEqual(old.state, "superseded")
        self.assertEqual(order.merchant_seller_remark, "new")
        self.assertEqual(self._sold("W-100"), order)

    def test_versions_that_arrive_together_in_any_order_count_by_their_moment(self):
        versions = [self._payload("W-100", modified_at=DAY % hour, seller_remark=str(hour)) for hour in (3, 5, 2)]
        rows = self._push(*versions)
        self.assertEqual(rows.mapped("state"), ["superseded", "done", "superseded"])
        self.assertEqual(self._sold("W-100").merchant_seller_remark, "5")

    def test_two_shops_may_have_the_same_order_number(self):
        other = self._new_shop("Cup House")
        orders = self._take(self._payload("W-100")) | self._take(self._payload("W-100"), shop=other)
        self.assertEqual(len(orders), 2)

    def test_the_database_itself_refuses_a_second_order(self):
        order = self._take(self._payload("W-100"))
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            order.copy({"merchant_shop_id": self.shop.id, "platform_order_ref": "W-100"})

    def test_a_copy_of_an_order_is_not_the_platforms(self):
        copy = self._take(self._payload("W-100")).copy()
        self.assertFalse(copy.platform_order_ref or copy.merchant_shop_id)
        self.assertEqual(copy.merchant_origin, "entered")

    def test_a_batch_larger_than_one_job_is_worked_off(self):
        self.patch(type(self.env["merchant.inbox"])._process_shop, "__defaults__", (3,))
        rows = self._push(*(self._payload(lines=[self._line("1", "HKT-CUP", 1, "9.90")]) for _number in range(8)))
        self.assertEqual(set(rows.mapped("state")), {"done"})

    def test_a_script_learns_what_became_of_its_orders(self):
        self._push(self._payload("W-1x"), self._payload("W-2x", total="1.00"))
        states = self.env["merchant.inbox"].order_states("Tea House", ["W-1x", "W-2x", "W-3x"])
        self.assertEqual(set(states), {"W-1x", "W-2x"})
        self.assertEqual((states["W-1x"]["inbox_state"], states["W-1x"]["state"]), ("done", "sale"))
        self.assertEqual((states["W-1x"]["total"], states["W-1x"]["reason"]), (224.0, ""))
        self.assertEqual((states["W-2x"]["inbox_state"], states["W-2x"]["order"]), ("held", ""))
        self.assertIn("224.00", states["W-2x"]["reason"])

    def test_an_unknown_shop_is_told_apart_from_a_known_one(self):
        for shop in ("No such shop", 0):
            with self.assertRaisesRegex(UserError, "no shop"):
                self.env["merchant.inbox"].push(shop, [])
        with self.assertRaisesRegex(UserError, "list"):
            self.env["merchant.inbox"].push("Tea House", {"order_id": "W-1"})
