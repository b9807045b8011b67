import copy
import json
import random
import unittest
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

from odoo.addons.merchant_channel.core import order as words
from odoo.addons.merchant_channel.core.errors import ChannelError, Rejected
from odoo.addons.merchant_channel_taobao.core.mapping import line_states, loads, split, to_order, to_orders

DATA = Path(__file__).resolve().parents[1] / "data" / "contract"
CHINA = timezone(timedelta(hours=8))
LIST = "trades_sold_increment_get_response"


def saved(name):
    return loads((DATA / name).read_text(encoding="utf-8"))


def line(oid="11", **fields):
    return {
        "oid": oid,
        "num_iid": 610,
        "sku_id": 490,
        "outer_iid": "TEE",
        "outer_sku_id": "TEE-RED",
        "title": "圆领T恤",
        "num": 1,
        "price": "100.00",
        "divide_order_fee": "100.00",
        "status": "WAIT_SELLER_SEND_GOODS",
        "refund_status": "NO_REFUND",
        **fields,
    }


def trade(*lines, **fields):
    return {
        "tid": 4100200300400500600,
        "type": "fixed",
        "status": "WAIT_SELLER_SEND_GOODS",
        "payment": "100.00",
        "post_fee": "0.00",
        "created": "2026-03-02 10:15:01",
        "pay_time": "2026-03-02 10:16:22",
        "modified": "2026-03-02 15:40:10",
        "orders": {"order": list(lines) or [line()]},
        **fields,
    }


def one(*lines, **fields):
    return to_order(trade(*lines, **fields))


class ReplyShapeTest(unittest.TestCase):
    def test_every_order_bearing_reply_is_read(self):
        raw = trade()
        replies = [
            {f"trades_sold_{kind}_response": {"trades": {"trade": [raw]}}}
            for kind in ("get", "increment_get", "incrementv_get")
        ]
        replies += [{f"trade_{kind}_response": {"trade": raw}} for kind in ("fullinfo_get", "get")]
        replies += [raw, {"trade": raw}, {"trade": [raw]}, {"trades": [raw]}]
        for reply in replies:
            self.assertEqual(to_orders(reply), [to_order(raw)])

    def test_wrapped_and_simplified_lists_say_the_same(self):
        self.assertEqual(to_orders(saved("orders-wrapped.json")), to_orders(saved("orders-simplified.json")))

    def test_an_absent_list_is_empty(self):
        for body in ({}, {"has_next": False}, {"total_results": 0, "trades": None}, {"trades": {}}, {"trades": []}):
            self.assertEqual(to_orders({LIST: body}), [])

    def test_ids_may_come_as_numbers_or_as_text(self):
        number, text = one(), one(line("11", num_iid="610", sku_id="490"), tid="4100200300400500600")
        self.assertEqual(number, text)
        self.assertEqual((number.order_id, number.lines[0].item_id), ("4100200300400500600", "610"))

    def test_a_number_beyond_a_double_keeps_its_last_digits(self):
        self.assertEqual(split(loads('{"trade": {"tid": 4100200300400500601}}'))[0][0], "4100200300400500601")

    def test_an_id_that_was_a_float_is_refused(self):
        with self.assertRaisesRegex(Rejected, "tid"):
            one(tid=4.1e18)

    def test_a_reply_without_orders_is_rejected(self):
        others = [
            {},
            {"refunds_receive_get_response": {}},
            {LIST: None},
            {LIST: []},
            {LIST: {"trades": 5}},
            [],
            "x",
            None,
            3,
        ]
        for reply in others:
            with self.subTest(reply=reply), self.assertRaises(Rejected):
                to_orders(reply)


class SplitTest(unittest.TestCase):
    def test_one_bad_trade_does_not_lose_its_neighbours(self):
        good, bad = trade(), trade(tid=7, payment="abc")
        parts = split({LIST: {"trades": {"trade": [good, bad, None, "x", {}]}}})
        at = datetime(2026, 3, 2, 15, 40, 10, tzinfo=CHINA)
        self.assertEqual(
            parts,
            [("4100200300400500600", at, good), ("7", at, bad), ("", None, None), ("", None, "x"), ("", None, {})],
        )
        self.assertEqual(to_orders({"trade": good}), [to_order(good)])
        with self.assertRaisesRegex(Rejected, "order 7: payment"):
            to_orders({"trade": bad})

    def test_a_garbled_moment_does_not_stop_the_split(self):
        for text in ("yesterday", "2026-13-45 00:00:00", 5, {}, None):
            self.assertEqual(split(trade(modified=text))[0][:2], ("4100200300400500600", None))


class StateTest(unittest.TestCase):
    def test_each_platform_word_has_its_state(self):
        table = {
            words.UNPAID: "TRADE_NO_CREATE_PAY WAIT_BUYER_PAY PAY_PENDING WAIT_PRE_AUTH_CONFIRM",
            words.PAID: "PAID_FORBID_CONSIGN WAIT_SELLER_SEND_GOODS",
            words.PART_SHIPPED: "SELLER_CONSIGNED_PART",
            words.SHIPPED: "WAIT_BUYER_CONFIRM_GOODS TRADE_BUYER_SIGNED",
            words.FINISHED: "TRADE_FINISHED",
            words.CLOSED: "TRADE_CLOSED TRADE_CLOSED_BY_TAOBAO",
            words.UNKNOWN: "SOMETHING_NEW",
        }
        for status, names in table.items():
            for name in names.split():
                order = one(line(status=name), status=name)
                self.assertEqual((order.status, order.lines[0].status, order.platform_status), (status, status, name))

    def test_each_refund_word_has_its_state(self):
        table = {
            "": words.NO_REFUND,
            "NO_REFUND": words.NO_REFUND,
            "WAIT_SELLER_AGREE": words.REQUESTED,
            "WAIT_BUYER_RETURN_GOODS": words.RETURNING,
            "WAIT_SELLER_CONFIRM_GOODS": words.RETURNING,
            "SELLER_REFUSE_BUYER": words.REFUSED,
            "CLOSED": words.WITHDRAWN,
            "SUCCESS": words.REFUNDED,
        }
        for word, refund in table.items():
            self.assertEqual(one(line(refund_status=word)).lines[0].refund, refund)

    def test_an_unknown_refund_word_holds_the_shipment(self):
        order = one(line(refund_status="WAIT_FOR_A_MIRACLE"))
        self.assertIn(order.lines[0].refund, words.OPEN_REFUNDS)
        self.assertFalse(order.ship_now)

    def test_a_line_without_a_state_has_its_orders(self):
        bare = line()
        del bare["status"]
        self.assertEqual(one(bare).lines[0].status, words.PAID)
        self.assertEqual(one(bare, status="SELLER_CONSIGNED_PART").lines[0].status, words.UNKNOWN)


class ShipNowTest(unittest.TestCase):
    def test_only_paid_and_part_shipped_orders_ship(self):
        for status in ("WAIT_SELLER_SEND_GOODS", "SELLER_CONSIGNED_PART"):
            self.assertTrue(one(status=status).ship_now)
        for status in ("PAID_FORBID_CONSIGN", "WAIT_BUYER_PAY", "TRADE_FINISHED", "TRADE_CLOSED", "NEW_WORD", ""):
            self.assertFalse(one(status=status).ship_now, status)

    def test_an_open_refund_on_a_line_to_ship_holds_the_order(self):
        for word in ("WAIT_SELLER_AGREE", "WAIT_BUYER_RETURN_GOODS", "SELLER_REFUSE_BUYER"):
            self.assertFalse(one(line("11"), line("12", refund_status=word)).ship_now, word)

    def test_an_open_refund_on_a_shipped_line_does_not_hold_the_others(self):
        shipped = line("12", status="WAIT_BUYER_CONFIRM_GOODS", refund_status="WAIT_SELLER_AGREE")
        self.assertTrue(one(line("11"), shipped, status="SELLER_CONSIGNED_PART").ship_now)

    def test_a_withdrawn_refund_lets_shipping_go_on(self):
        self.assertTrue(one(line(refund_status="CLOSED")).ship_now)

    def test_without_a_line_left_nothing_ships(self):
        for gone in ({"status": "TRADE_CLOSED"}, {"refund_status": "SUCCESS"}, {"status": "WAIT_BUYER_CONFIRM_GOODS"}):
            self.assertFalse(one(line(**gone)).ship_now)

    def test_a_blocked_line_holds_the_order(self):
        self.assertFalse(one(line("11"), line("12", status="PAID_FORBID_CONSIGN")).ship_now)

    def test_presales_ship_only_when_the_balance_is_paid(self):
        def presale(step):
            return one(type="step", step_trade_status=step, step_paid_fee="50.00")

        self.assertTrue(presale("FRONT_PAID_FINAL_PAID").ship_now)
        for step in (
            "FRONT_NOPAID_FINAL_NOPAID",
            "FRONT_PAID_FINAL_NOPAID",
            "FRONT_PAID_FRONT_FORFEITED",
            "NEW_STEP",
            "",
        ):
            self.assertFalse(presale(step).ship_now, step)

    def test_cash_on_delivery_ships_unpaid(self):
        order = to_orders(saved("orders-cod-rounding.json"))[0]
        self.assertTrue(order.ship_now and order.cash_on_delivery)
        self.assertEqual(order.paid_total, 0)


class PaidTotalTest(unittest.TestCase):
    def test_an_unpaid_order_has_paid_nothing_whatever_its_total_says(self):
        for status in ("WAIT_BUYER_PAY", "TRADE_NO_CREATE_PAY", "PAY_PENDING", "WAIT_PRE_AUTH_CONFIRM"):
            order = one(status=status, pay_time=None)
            self.assertEqual((order.paid_total, order.total), (0, 100))

    def test_a_paid_order_has_paid_its_total(self):
        for status in ("PAID_FORBID_CONSIGN", "WAIT_SELLER_SEND_GOODS", "SELLER_CONSIGNED_PART", "TRADE_FINISHED"):
            self.assertEqual(one(status=status).paid_total, 100)

    def test_closing_keeps_what_was_paid(self):
        self.assertEqual(one(status="TRADE_CLOSED").paid_total, 100)
        self.assertEqual(one(status="TRADE_CLOSED", pay_time="").paid_total, 0)
        self.assertEqual(one(status="TRADE_CLOSED_BY_TAOBAO").paid_total, 0)

    def test_a_presale_has_paid_its_deposit(self):
        order = to_orders(saved("orders-presale.json"))[0]
        self.assertEqual((order.paid_total, order.total, order.presale), (50, 299, True))

    def test_a_forfeited_deposit_stays_paid(self):
        order = one(
            type="step",
            status="TRADE_CLOSED_BY_TAOBAO",
            step_trade_status="FRONT_PAID_FRONT_FORFEITED",
            step_paid_fee="50.00",
        )
        self.assertEqual(order.paid_total, 50)

    def test_a_presale_in_full_has_paid_its_total(self):
        order = one(type="step", step_trade_status="FRONT_PAID_FINAL_PAID", step_paid_fee="100.00")
        self.assertEqual(order.paid_total, 100)

    def test_a_deposit_that_is_not_told_is_refused(self):
        with self.assertRaisesRegex(Rejected, "step_paid_fee is missing"):
            one(type="step", status="WAIT_BUYER_PAY", step_trade_status="FRONT_PAID_FINAL_NOPAID")

    def test_cash_on_delivery_is_paid_at_the_door(self):
        paid = {
            "WAIT_SELLER_SEND_GOODS": 0,
            "WAIT_BUYER_CONFIRM_GOODS": 0,
            "TRADE_BUYER_SIGNED": 100,
            "TRADE_FINISHED": 100,
        }
        for status, amount in paid.items():
            self.assertEqual(one(type="cod", status=status, pay_time=None).paid_total, amount, status)
        self.assertEqual(one(type="cod", status="TRADE_CLOSED", pay_time=None).paid_total, 0)


class MoneyTest(unittest.TestCase):
    def test_the_sample_order_adds_up(self):
        order = to_orders(saved("orders-wrapped.json"))[0]
        self.assertEqual(order.revenue, Decimal("212.90"))
        self.assertEqual([row.paid_amount for row in order.lines], [Decimal("152.65"), Decimal("52.25"), 0])
        self.assertEqual(order.paid_total - sum(row.refunded_amount for row in order.lines), Decimal("160.65"))

    def test_a_lines_revenue_is_derived_where_it_is_not_told(self):
        bare = line(num=2, adjust_fee="-5.00", discount_fee="20.00", part_mjz_discount="22.35")
        del bare["divide_order_fee"]
        for row in (bare, {**bare, "total_fee": "175.00"}):
            self.assertEqual(one(row, payment="152.65").lines[0].paid_amount, Decimal("152.65"))
        del bare["part_mjz_discount"]
        self.assertEqual(one(bare, payment="175.00").lines[0].paid_amount, Decimal("175.00"))

    def test_the_sellers_discount_is_list_price_less_revenue(self):
        order = one(line(num=2, divide_order_fee="152.65"), payment="152.65")
        self.assertEqual((order.lines[0].seller_discount, order.seller_discount), (Decimal("47.35"), Decimal("47.35")))

    def test_a_fen_or_two_of_rounding_lands_on_the_largest_line(self):
        lines = line("11", divide_order_fee="33.33"), line("12", divide_order_fee="66.65")
        for payment, gap in (("100.00", "0.02"), ("99.97", "-0.01")):
            order = one(*lines, payment=payment)
            self.assertEqual(order.rounding, Decimal(gap))
            self.assertEqual(order.lines[1].paid_amount, Decimal("66.65") + Decimal(gap))
            self.assertEqual(order.lines[1].seller_discount, 100 - order.lines[1].paid_amount)
            self.assertEqual(order.revenue, order.expected)

    def test_rounding_avoids_gifts_and_dropped_lines(self):
        gift = line("11", divide_order_fee="90.00", is_free_gift="true")
        dropped = line("12", divide_order_fee="80.00", status="TRADE_CLOSED", refund_status="SUCCESS")
        order = one(gift, dropped, line("13", divide_order_fee="10.00"), payment="180.01")
        self.assertEqual([row.paid_amount for row in order.lines], [90, 80, Decimal("10.01")])

    def test_rounding_of_a_closed_order_stays_on_its_largest_line(self):
        row = line(status="TRADE_CLOSED", refund_status="SUCCESS")
        order = one(row, status="TRADE_CLOSED", payment="100.01")
        self.assertEqual((order.lines[0].paid_amount, order.lines[0].refunded_amount), (Decimal("100.01"),) * 2)

    def test_a_larger_difference_is_left_for_a_person(self):
        order = one(payment="100.03")
        self.assertEqual((order.rounding, order.lines[0].paid_amount), (0, 100))
        self.assertNotEqual(order.revenue, order.expected)

    def test_collection_and_tax_are_other_fees(self):
        fees = {"buyer_cod_fee": "4.00", "order_tax_fee": "1.50", "post_fee": "8.00"}
        self.assertEqual(one(type="cod", payment="113.50", **fees).other_fees, Decimal("5.50"))
        self.assertEqual(one(payment="109.50", **fees).other_fees, Decimal("1.50"))
        self.assertEqual(one(payment="109.50", **fees).revenue, Decimal("109.50"))

    def test_platform_money_is_told_and_not_added(self):
        order = one(platform_subsidy_fee="12.00")
        self.assertEqual((order.platform_discount, order.platform_pays, order.expected), (12, 0, 100))

    def test_a_refunded_line_got_its_money_back_when_it_closed(self):
        closed = one(line(refund_status="SUCCESS", status="TRADE_CLOSED")).lines[0]
        alive = one(line(refund_status="SUCCESS", status="WAIT_BUYER_CONFIRM_GOODS")).lines[0]
        told = one(line(refund_status="SUCCESS", refund_fee="40.00")).lines[0]
        asked = one(line(refund_status="WAIT_SELLER_AGREE", refund_fee="40.00")).lines[0]
        self.assertEqual([row.refunded_amount for row in (closed, alive, told, asked)], [100, 0, 40, 0])

    def test_shares_always_add_up_after_rounding(self):
        rng = random.Random(20260302)
        for _ in range(300):
            fen = [rng.randint(1, 99999) for _ in range(rng.randint(1, 6))]
            lines = [line(str(n), divide_order_fee=f"{value / 100:.2f}") for n, value in enumerate(fen, 1)]
            postage, gap = rng.randint(0, 2000), rng.randint(-2, 2)
            payment = Decimal(sum(fen) + postage + gap) / 100
            if payment >= 0:
                order = one(*lines, payment=str(payment), post_fee=str(Decimal(postage) / 100))
                self.assertEqual((order.revenue, order.rounding), (payment, Decimal(gap) / 100))


class LineTest(unittest.TestCase):
    def test_the_skus_code_comes_first_and_the_items_only_without_skus(self):
        self.assertEqual(one().lines[0].sku, "TEE-RED")
        self.assertEqual(one(line(outer_sku_id="")).lines[0].sku, "")
        for none in (None, "", 0, "0"):
            row = one(line(outer_sku_id="", sku_id=none)).lines[0]
            self.assertEqual((row.sku, row.platform_sku, row.item_id), ("TEE", "610", "610"))

    def test_a_gift_is_a_gift_however_it_is_spelled(self):
        for yes in (True, "true", "True", "1", 1):
            self.assertTrue(one(line(is_free_gift=yes)).lines[0].is_gift)
        for no in (False, "false", "0", 0, None, ""):
            self.assertFalse(one(line(is_free_gift=no)).lines[0].is_gift)

    def test_a_gift_may_come_without_a_price(self):
        gift = line("12", is_free_gift=True, divide_order_fee="0.00", price=None)
        self.assertEqual(one(line("11"), gift).lines[1].list_price, 0)

    def test_paid_services_are_no_goods(self):
        self.assertEqual(len(one(service_orders={"service_order": [{"oid": 5}]}).lines), 1)

    def test_a_single_line_may_come_without_its_list(self):
        self.assertEqual(one(orders={"order": line()}), one())

    def test_line_states_are_read_without_the_money(self):
        state = line_states(trade(line(price="abc", invoice_no="SF1", status="WAIT_BUYER_CONFIRM_GOODS")))[0]
        self.assertEqual((state.status, state.tracking), (words.SHIPPED, "SF1"))


class BuyerTest(unittest.TestCase):
    def test_a_masked_nick_is_no_key(self):
        self.assertEqual(one(buyer_nick="柠**").buyer_id, "")
        self.assertEqual(one(buyer_nick="阿土").buyer_id, "阿土")
        self.assertEqual(one(buyer_nick="阿土", buyer_open_uid="AAH").buyer_id, "AAH")

    def test_a_county_level_city_takes_the_citys_place(self):
        receiver = to_orders(saved("orders-presale.json"))[0].receiver
        self.assertEqual((receiver.province, receiver.city), ("河南省", "济源市"))

    def test_starred_fields_are_named_and_the_handle_kept(self):
        receiver = to_orders(saved("orders-wrapped.json"))[0].receiver
        self.assertEqual(receiver.masked, {"name", "address", "mobile"})
        self.assertEqual((receiver.handle, receiver.encrypted), ("1oX9PUBLICSAMPLEoaid00aa", frozenset()))

    def test_remarks_and_the_flag_are_text(self):
        order = one(seller_flag=1, seller_memo="加急", buyer_message="a\0b\ud800")
        self.assertEqual((order.seller_flag, order.seller_remark, order.buyer_remark), ("red", "加急", "ab?"))
        self.assertEqual([one(seller_flag=word).seller_flag for word in (0, "5", 77)], ["", "purple", ""])
        self.assertEqual(one().seller_flag, "")

    def test_moments_are_beijing_time(self):
        order = one()
        self.assertEqual(order.paid_at, datetime(2026, 3, 2, 2, 16, 22, tzinfo=timezone.utc))
        self.assertEqual(order.modified_at.utcoffset(), timedelta(hours=8))
        self.assertIsNone(one(pay_time=None).paid_at)


class GarbledTest(unittest.TestCase):
    GARBLE = (
        "abc",
        "NaN",
        "Infinity",
        "-Infinity",
        "1,299.00",
        "1_000",
        "１２",
        "",
        None,
        {},
        [],
        True,
        "1e400",
        1e308,
    )

    def test_a_garbled_amount_names_the_order_and_the_field(self):
        for value in self.GARBLE:
            with self.subTest(value=value), self.assertRaisesRegex(Rejected, "order 4100200300400500600: payment"):
                one(payment=value)

    def test_a_garbled_line_names_the_line_too(self):
        for name in ("num", "price"):
            for value in self.GARBLE:
                with self.subTest(name, value=value), self.assertRaisesRegex(Rejected, f"00600, line 11: {name}"):
                    one(line(**{name: value}))

    def test_literal_nan_spoils_its_own_order_only(self):
        reply = loads('{"trades":[{"tid":1,"payment":NaN,"orders":[{"oid":1,"num":1,"price":"1.00"}]},{"tid":2}]}')
        self.assertEqual([order_id for order_id, _at, _raw in split(reply)], ["1", "2"])
        with self.assertRaisesRegex(Rejected, "order 1: payment"):
            to_order(reply["trades"][0])

    def test_quantities_are_whole_and_more_than_nothing(self):
        for value in ("-1", "0", 0, "1.5", -3):
            with self.assertRaisesRegex(Rejected, "num"):
                one(line(num=value))
        self.assertEqual(one(line(num="3", divide_order_fee="300.00"), payment="300.00").lines[0].quantity, 3)

    def test_only_manual_changes_may_be_negative(self):
        for fields in ({"payment": "-1.00"}, {"post_fee": "-1.00"}):
            with self.assertRaisesRegex(Rejected, "negative"):
                one(**fields)
        with self.assertRaisesRegex(Rejected, "negative"):
            one(line(divide_order_fee="-0.01"))

    def test_less_than_a_fen_is_no_amount(self):
        with self.assertRaisesRegex(Rejected, "fen"):
            one(payment="100.005")

    def test_an_order_without_lines_or_with_one_twice_is_rejected(self):
        for orders in (None, {}, [], {"order": []}, "x", 5, [None], [line("11"), line("11")], [line(None)]):
            with self.subTest(orders=orders), self.assertRaises(Rejected):
                one(orders=orders)

    def test_a_garbled_moment_names_its_field(self):
        for text in ("yesterday", "2026-02-30 00:00:00", "0001-01-01 00:00:00", "2026-03-02T10:00:00", 20260302):
            with self.assertRaisesRegex(Rejected, "pay_time"):
                one(pay_time=text)

    def test_whatever_is_garbled_the_answer_is_an_order_or_a_clear_error(self):
        rng = random.Random(7)
        junk = (None, "", "abc", [], {}, [[]], {"order": 3}, -1, 10**40, 1.5, True, "NaN", "\0", Decimal("1e999"))
        for _ in range(2000):
            raw = copy.deepcopy(saved_trade)
            owner = rng.choice([raw, rng.choice(raw["orders"]["order"])])
            owner[rng.choice(list(owner))] = rng.choice(junk)
            try:
                self.assertIsInstance(to_order(raw), words.ChannelOrder)
            except ChannelError as err:
                self.assertIsInstance(err, Rejected)

    def test_garbage_does_not_parse(self):
        for text in ("", "{", "[" * 100000, b"\xff\xfe", '{"a":1', "9" * 5000):
            with self.assertRaises(ValueError):
                loads(text)


saved_trade = json.loads((DATA / "orders-wrapped.json").read_text(encoding="utf-8"))[LIST]["trades"]["trade"][0]


class SameContentTest(unittest.TestCase):
    def test_an_order_parsed_with_floats_is_the_same(self):
        text = '{"tid": 1, "payment": 212.90, "orders": [{"oid": 2, "num": 1, "price": 212.9}]}'
        self.assertEqual(to_order(json.loads(text)), to_order(loads(text)))

    def test_reading_does_not_change_what_was_read(self):
        raw = copy.deepcopy(saved_trade)
        del raw["orders"]["order"][0]["status"]
        before = copy.deepcopy(raw)
        order = to_order(raw)
        self.assertEqual(raw, before)
        self.assertEqual(replace(order), order)


if __name__ == "__main__":
    unittest.main()
