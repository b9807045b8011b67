import json
import unittest
from datetime import datetime, timedelta, timezone
from decimal import Decimal

from odoo.addons.merchant_channel.core.errors import Rejected
from odoo.addons.merchant_channel.core.mapping import identity, split, to_order, to_orders
from odoo.addons.merchant_channel.core.order import REFUNDS, STATUSES, ChannelLine, ChannelOrder, Receiver

CHINA = timezone(timedelta(hours=8))
LINE = {"sku": "TEA", "quantity": 2, "price": "98.00", "paid_amount": "190.00"}


def order(**changes):
    return {"order_id": "W-1", "lines": [LINE], **changes}


def line(**changes):
    return order(lines=[{**LINE, **changes}])


class FieldsTest(unittest.TestCase):
    maxDiff = None

    def test_every_field_of_the_format_is_read(self):
        whole = {
            "order_id": "W-1",
            "status": "part_shipped",
            "created_at": "2026-11-11T00:00:00+08:00",
            "paid_at": "2026-11-11T00:00:03+08:00",
            "modified_at": "2026-11-11T00:01:00Z",
            "currency": "CNY",
            "total": "211.00",
            "paid_total": "211.00",
            "postage": "8.00",
            "other_fees": "3.00",
            "platform_pays": "0.00",
            "platform_discount": "5.00",
            "buyer_id": "u-7",
            "buyer_nick": "小王🐉",
            "buyer_remark": "quick",
            "seller_remark": "vip",
            "receiver": {
                "name": "张*",
                "mobile": "138****8000",
                "phone": "027-82345678",
                "country": "中国",
                "province": "湖北省",
                "city": "武汉市",
                "district": "江汉区",
                "town": "民族街道",
                "address": "解放大道 1 号",
                "zip": "430000",
                "handle": "h-1",
            },
            "lines": [
                {
                    "line_id": 11,
                    "sku": "TEA",
                    "platform_sku": "p-1",
                    "item_id": "i-1",
                    "title": "Tea",
                    "quantity": 2,
                    "price": "100.00",
                    "paid_amount": "200.00",
                },
                {"line_id": "12", "sku": "CUP", "price": 0, "paid_amount": 0, "is_gift": True},
            ],
        }
        self.assertEqual(
            to_order(whole),
            ChannelOrder(
                order_id="W-1",
                status="part_shipped",
                platform_status="part_shipped",
                ship_now=True,
                paid_total=Decimal("211"),
                total=Decimal("211"),
                postage=Decimal("8"),
                other_fees=Decimal("3"),
                platform_discount=Decimal("5"),
                created_at=datetime(2026, 11, 11, tzinfo=CHINA),
                paid_at=datetime(2026, 11, 11, 0, 0, 3, tzinfo=CHINA),
                modified_at=datetime(2026, 11, 11, 0, 1, tzinfo=timezone.utc),
                buyer_id="u-7",
                buyer_nick="小王🐉",
                buyer_remark="quick",
                seller_remark="vip",
                receiver=Receiver(**whole["receiver"], masked=frozenset({"name", "mobile"})),
                lines=(
                    ChannelLine("11", "TEA", "p-1", "i-1", "Tea", Decimal(2), Decimal("100"), Decimal("200")),
                    ChannelLine("12", "CUP", "CUP", is_gift=True),
                ),
            ),
        )

    def test_an_order_of_one_line_needs_hardly_anything(self):
        found = to_order({"order_id": 7, "lines": [{"sku": "TEA", "price": "9.9"}]})
        self.assertEqual((found.order_id, found.status, found.ship_now), ("7", "paid", True))
        self.assertEqual((found.total, found.paid_total, found.expected), (Decimal("9.90"),) * 3)
        self.assertEqual((found.lines[0].line_id, found.lines[0].quantity), ("1", 1))

    def test_the_three_ways_of_handing_in_orders(self):
        both = to_orders({"orders": [order(), order(order_id="W-2")]})
        self.assertEqual([each.order_id for each in both], ["W-1", "W-2"])
        self.assertEqual([each.order_id for each in to_orders({"order": order()})], ["W-1"])
        self.assertEqual([each.order_id for each in to_orders(order())], ["W-1"])
        self.assertEqual(to_orders({"orders": []}), [])

    def test_a_price_without_an_amount_and_an_amount_without_a_price(self):
        [by_price] = to_order(line(paid_amount=None)).lines
        self.assertEqual((by_price.paid_amount, by_price.seller_discount), (Decimal("196.00"), 0))
        [by_amount] = to_order(line(price=None)).lines
        self.assertEqual((by_amount.list_price, by_amount.seller_discount), (Decimal("95"), 0))

    def test_what_the_buyer_saves_is_the_sellers_discount(self):
        found = to_order(order())
        self.assertEqual((found.seller_discount, found.lines[0].seller_discount), (Decimal("6.00"), Decimal("6.00")))

    def test_an_unknown_state_is_kept_in_the_platforms_word_and_never_shipped(self):
        found = to_order(order(status="on_mars"))
        self.assertEqual((found.status, found.platform_status, found.ship_now), ("unknown", "on_mars", False))

    def test_only_paid_orders_ship(self):
        shipping = {status for status in STATUSES if to_order(order(status=status)).ship_now}
        self.assertEqual(shipping, {"paid", "part_shipped"})
        self.assertEqual(to_order(order(status="unpaid")).paid_total, 0)
        self.assertEqual(to_order(order(cash_on_delivery=True)).paid_total, 0)

    def test_an_open_refund_stops_shipping(self):
        shipping = {refund for refund in REFUNDS if to_order(order(lines=[LINE, {**LINE, "refund": refund}])).ship_now}
        self.assertEqual(shipping, {"none", "withdrawn", "refunded"})

    def test_a_cancelled_or_refunded_line_is_dropped(self):
        for changes in ({"cancelled": True}, {"refund": "refunded"}):
            with self.subTest(**changes):
                found = to_order(line(**changes))
                self.assertTrue(found.lines[0].dropped)
                self.assertFalse(found.ship_now)


class MomentTest(unittest.TestCase):
    def test_without_an_offset_it_is_the_clock_on_the_wall_in_china(self):
        self.assertEqual(to_order(order(paid_at="2026-11-11 08:00:00")).paid_at.utcoffset(), timedelta(hours=8))

    def test_an_offset_counts(self):
        moment = to_order(order(paid_at="2026-11-11T01:00:00+01:00")).paid_at
        self.assertEqual(moment, datetime(2026, 11, 11, tzinfo=timezone.utc))

    def test_what_is_no_moment_is_refused(self):
        for value in ("yesterday", "2026-13-01", 5, "0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-08:00", {}, [1]):
            with self.subTest(value):
                if value:
                    self.assertRaises(Rejected, to_order, order(modified_at=value))
                self.assertIsNone(identity(order(modified_at=value))[1])


class BadInputTest(unittest.TestCase):
    def _reason(self, payload):
        with self.assertRaises(Rejected) as caught:
            to_orders(payload)
        return str(caught.exception)

    def test_what_is_no_number_is_refused_by_name(self):
        for value in ("abc", "1.2.3", "NaN", "Infinity", "-inf", "sNaN", float("nan"), float("inf"), True, [1], {1: 2}):
            with self.subTest(value):
                self.assertIn("line 1: quantity", self._reason(line(quantity=value)))
                self.assertIn("postage", self._reason(order(postage=value)))

    def test_a_number_that_no_order_has_is_refused(self):
        for value in ("1e30", "1e999999", "-1e999999", 10**20):
            with self.subTest(value):
                self.assertIn("quantity", self._reason(line(quantity=value, paid_amount=None)))
                self.assertIn("price", self._reason(line(price=value, paid_amount=None)))
                self.assertIn("total", self._reason(order(total=value)))

    def test_thousands_may_be_grouped_but_a_comma_is_no_decimal_point(self):
        self.assertEqual(to_order(order(total="1,234,567.50")).total, Decimal("1234567.50"))
        for value in ("98,00", "1,23", ",5", "12,34.5", "1.234,50"):
            with self.subTest(value):
                self.assertIn("total", self._reason(order(total=value)))

    def test_quantities_of_nothing_and_less_are_read_for_the_check_to_refuse(self):
        for value in (0, -1, "0"):
            with self.subTest(value):
                self.assertEqual(to_order(line(quantity=value)).lines[0].quantity, Decimal(value))

    def test_what_is_no_order_is_refused(self):
        for payload in (None, 5, "text", [], [order()], {"orders": {}}, {"orders": [5]}, {"order": "text"}, {}):
            with self.subTest(payload):
                self.assertTrue(self._reason(payload))

    def test_what_is_no_line_or_receiver_is_refused(self):
        for payload in (
            order(lines="TEA"),
            order(lines={"TEA": 1}),
            order(lines=[5]),
            order(lines=[{"sku": "TEA"}]),
            order(receiver="Wuhan"),
            line(refund="maybe"),
        ):
            with self.subTest(payload):
                self.assertTrue(self._reason(payload))

    def test_an_order_without_an_id_is_refused(self):
        for order_id in (None, "", " ", "\x00"):
            with self.subTest(order_id):
                self.assertIn("order_id", self._reason(order(order_id=order_id)))

    def test_two_lines_of_one_id_could_not_be_told_apart_later(self):
        self.assertIn("line_id", self._reason(order(lines=[{**LINE, "line_id": "7"}, {**LINE, "line_id": 7}])))
        self.assertIn("line_id", self._reason(order(lines=[{**LINE, "line_id": "2"}, LINE])))

    def test_a_character_that_the_database_cannot_hold_is_left_out(self):
        found = to_order(order(order_id="W\x00-1", buyer_nick="\x00小王", receiver={"name": "a\x00b"}))
        self.assertEqual((found.order_id, found.buyer_nick, found.receiver.name), ("W-1", "小王", "ab"))


class SplitTest(unittest.TestCase):
    def test_nothing_handed_over_makes_splitting_fail(self):
        for payload in (None, 5, "text", [], {}, {"orders": 5}, {"orders": "abc"}, {"orders": {1: 2}}, {"order": None}):
            with self.subTest(payload):
                self.assertEqual([(ref, moment) for ref, moment, _raw in split(payload)], [("", None)])

    def test_one_unreadable_order_leaves_its_neighbours_alone(self):
        found = split({"orders": [order(), 5, order(order_id="W-2", modified_at="?")]})
        self.assertEqual([ref for ref, _moment, _raw in found], ["W-1", "", "W-2"])

    def test_an_order_is_the_same_after_a_journey_through_json(self):
        [(_ref, _moment, raw)] = split({"order": order(paid_at="2026-11-11T00:00:03+08:00")})
        self.assertEqual(to_orders(json.loads(json.dumps(raw))), to_orders(raw))


if __name__ == "__main__":
    unittest.main()
