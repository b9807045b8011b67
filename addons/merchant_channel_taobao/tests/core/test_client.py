import json
import random
import unittest
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from urllib.parse import parse_qs, urlparse

from odoo.addons.merchant_channel.core.errors import ChannelError, Rejected, Retryable, Unauthorised
from odoo.addons.merchant_channel_taobao.core.client import TaobaoClient, response_key, windows
from odoo.addons.merchant_channel_taobao.core.mapping import to_listings
from odoo.addons.merchant_channel_taobao.core.signature import sign

CHINA = timezone(timedelta(hours=8))
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=CHINA)
START = NOW - timedelta(minutes=30)
SECRET, TOKEN = "s3cr3t-of-the-app", "t0ken-of-the-shop"


class Gateway:
    """Answers each call with what ``answers[method]`` gives: a body, a function of the fields, an error, or a list of
    these in turn (its last stays)."""

    def __init__(self, **answers):
        self.answers = {name.replace("__", "."): answer for name, answer in answers.items()}
        self.calls, self.waits = [], []

    def __call__(self, url, fields, timeout):
        self.calls.append(fields)
        answer = self.answers[fields["method"].removeprefix("taobao.")]
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        answer = answer(fields) if callable(answer) else answer
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, tuple):
            return answer
        reply = answer if "error_response" in answer else {response_key(fields["method"]): answer}
        return 200, json.dumps(reply).encode()

    def client(self, **options):
        options = {"app_key": "12345678", "secret": SECRET, "session": TOKEN, "now": lambda: NOW, **options}
        return TaobaoClient(self, sleep=self.waits.append, **options)

    def methods(self):
        return [fields["method"].removeprefix("taobao.") for fields in self.calls]


def error(code, sub_code="", sub_msg=""):
    return {"error_response": {"code": code, "msg": "refused", "sub_code": sub_code, "sub_msg": sub_msg}}


BAN = error(7, "accesscontrol.limited-by-api-access-count", "This ban will last for 2 more seconds")


def trade(*lines, **fields):
    lines = lines or ({"oid": "11"},)
    filled = [{"status": "WAIT_SELLER_SEND_GOODS", "refund_status": "NO_REFUND", **line} for line in lines]
    return {"tid": 100, "type": "fixed", "status": "WAIT_SELLER_SEND_GOODS", "orders": {"order": filled}, **fields}


class CallTest(unittest.TestCase):
    def test_a_call_is_signed_and_tells_beijing_time(self):
        gateway = Gateway(trade__fullinfo__get={"trade": trade()})
        gateway.client(now=lambda: NOW.astimezone(timezone.utc)).order("100")
        sent = gateway.calls[0]
        self.assertEqual((sent["timestamp"], sent["format"], sent["v"]), ("2026-03-02 12:00:00", "json", "2.0"))
        self.assertEqual((sent["session"], sent["sign_method"]), (TOKEN, "hmac-sha256"))
        self.assertEqual(sent["sign"], sign(sent, SECRET, "hmac-sha256"))
        self.assertTrue(all(isinstance(value, str) and value for value in sent.values()))

    def test_a_short_ban_is_sat_out(self):
        gateway = Gateway(trade__fullinfo__get=[BAN, BAN, {"trade": trade()}])
        self.assertEqual(gateway.client().order("100")["tid"], 100)
        self.assertEqual(gateway.waits, [2, 2])

    def test_a_ban_that_goes_on_is_raised_after_three_waits(self):
        gateway = Gateway(trade__fullinfo__get=BAN)
        with self.assertRaises(Retryable):
            gateway.client().order("100")
        self.assertEqual((gateway.waits, len(gateway.calls)), ([2, 2, 2], 4))

    def test_longer_and_unclear_troubles_are_raised_at_once(self):
        long_ban = error(7, "accesscontrol.limited-by-x", "This ban will last for 6 more seconds")
        for answer in (long_ban, error(7), error(15, "isp.unknown-error"), (502, b""), TimeoutError()):
            gateway = Gateway(trade__fullinfo__get=answer)
            with self.assertRaises(Retryable):
                gateway.client().order("100")
            self.assertEqual((gateway.waits, len(gateway.calls)), ([], 1))

    def test_a_wrong_clock_is_tried_once_more(self):
        gateway = Gateway(trade__fullinfo__get=error(31))
        with self.assertRaisesRegex(Retryable, "clock"):
            gateway.client().order("100")
        self.assertEqual(len(gateway.calls), 2)

    def test_a_daily_limit_ends_at_midnight_by_the_clients_clock(self):
        with self.assertRaises(Retryable) as raised:
            Gateway(trade__fullinfo__get=error(7)).client().order("100")
        self.assertEqual(raised.exception.after, 12 * 3600)

    def test_unclear_answers_are_uncertain(self):
        whole = json.dumps({"trade_fullinfo_get_response": {"trade": trade()}}).encode()
        answers = [
            (500, whole),
            (200, whole[:-9]),
            (200, b""),
            (200, b"null"),
            (200, b'{"x":1}'),
            OSError(),
            TimeoutError(),
        ]
        answers += [(200, b'{"trade_fullinfo_get_response":null}'), (200, b"[" * 99999)]
        for answer in answers:
            with self.subTest(answer=str(answer)[:40]), self.assertRaises(Retryable) as raised:
                Gateway(trade__fullinfo__get=answer).client().order("100")
            self.assertTrue(raised.exception.uncertain)

    def test_a_wrong_gateway_waits_for_a_person(self):
        for answer in ((404, b"<html>"), (302, b""), (403, b'{"message":"no"}')):
            with self.assertRaisesRegex(Rejected, "address"):
                Gateway(trade__fullinfo__get=answer).client().order("100")

    def test_a_gateway_that_is_asked_too_often_says_so_clearly(self):
        with self.assertRaises(Retryable) as raised:
            Gateway(trade__fullinfo__get=(429, b"")).client().order("100")
        self.assertFalse(raised.exception.uncertain)

    def test_an_error_counts_whatever_the_http_status(self):
        answer = 403, json.dumps(error(27)).encode()
        with self.assertRaises(Unauthorised):
            Gateway(trade__fullinfo__get=answer).client().order("100")

    def test_no_message_shows_a_secret(self):
        echo = error(27, "session-expired", f"session {TOKEN} of {SECRET} is over")
        for answer in (echo, OSError(f"{SECRET} {TOKEN}")):
            with self.assertRaises(ChannelError) as raised:
                Gateway(trade__fullinfo__get=answer).client().order("100")
            self.assertNotRegex(f"{raised.exception}{raised.exception.__cause__}", f"{SECRET}|{TOKEN}")


class WindowTest(unittest.TestCase):
    def test_a_gap_is_cut_into_half_hours_oldest_first(self):
        cut = windows(NOW - timedelta(minutes=70), NOW)
        self.assertEqual([stop - begin for begin, stop in cut], [timedelta(minutes=m) for m in (30, 30, 10)])
        self.assertEqual((cut[0][0], cut[-1][1]), (NOW - timedelta(minutes=70), NOW))
        self.assertTrue(all(left[1] == right[0] for left, right in pairwise(cut)))

    def test_nothing_to_read_is_no_window(self):
        self.assertEqual(windows(NOW, NOW), [])
        self.assertEqual(windows(NOW, START), [])

    def test_moments_need_their_zone(self):
        with self.assertRaises(ValueError):
            windows(NOW.replace(tzinfo=None), NOW)


class ModifiedList:
    """The platform's list by modification: newest first, cut to the window at each call; ``between`` may change the
    rows before each call, as other people's work does."""

    def __init__(self, rows, between=lambda rows, call: None):
        self.rows, self.between, self.count, self.pages = dict(rows), between, 0, []

    def __call__(self, fields):
        self.count += 1
        self.between(self.rows, self.count)
        found = sorted(
            ((at, tid) for tid, at in self.rows.items() if fields["start_modified"] <= at <= fields["end_modified"]),
            reverse=True,
        )
        size, page = int(fields["page_size"]), int(fields["page_no"])
        cut = [{"tid": tid, "modified": at} for at, tid in found[(page - 1) * size : page * size]]
        if fields["use_has_next"] == "false":
            return {"total_results": len(found), "trades": {"trade": [{"tid": row["tid"]} for row in cut]}}
        self.pages.append(page)
        return {"has_next": page * size < len(found), **({"trades": {"trade": cut}} if cut else {})}


def at(second):
    return (START + timedelta(seconds=second)).strftime("%Y-%m-%d %H:%M:%S")


class ModifiedTest(unittest.TestCase):
    def pull(self, feed, start=START):
        client = Gateway(trades__sold__increment__get=feed).client()
        return [row["tid"] for page in client.orders_modified(start, NOW) for row in page]

    def test_pages_are_read_from_the_last_to_the_first(self):
        feed = ModifiedList({tid: at(tid) for tid in range(1, 121)})
        self.assertEqual(sorted(self.pull(feed)), list(range(1, 121)))
        self.assertEqual(feed.pages, [3, 2, 1])

    def test_an_empty_window_costs_one_call(self):
        feed = ModifiedList({})
        self.assertEqual((self.pull(feed), feed.count), ([], 1))

    def test_every_window_of_a_gap_is_read(self):
        feed = ModifiedList({1: at(-3500), 2: at(-1800), 3: at(10)})
        self.assertEqual(sorted(set(self.pull(feed, START - timedelta(hours=1)))), [1, 2, 3])

    def test_rows_that_leave_while_reading_take_no_other_row_along(self):
        for seed in range(60):
            rng = random.Random(seed)
            everyone = range(1, rng.randint(60, 260))
            left = set()

            def leave(rows, call, rng=rng, left=left):
                for tid in rng.sample(sorted(rows), min(len(rows), rng.randint(0, 4))) if call > 1 else ():
                    left.add(tid)
                    rows[tid] = "2026-03-02 12:00:30"

            pulled = self.pull(ModifiedList({tid: at(tid) for tid in everyone}, leave))
            self.assertLessEqual(set(everyone) - set(pulled), left, seed)
            self.assertEqual(len(pulled), len(set(pulled)))

    def test_rows_that_arrive_late_push_no_other_row_out(self):
        for seed in range(60):
            rng = random.Random(seed)
            everyone, late = range(1, rng.randint(60, 260)), rng.randint(2, 5)

            def arrive(rows, call, rng=rng, late=late):
                if call == late:
                    rows.update({1000 + n: at(rng.randint(1, 1700)) for n in range(rng.randint(1, 70))})

            feed = ModifiedList({tid: at(tid * 5) for tid in everyone}, arrive)
            self.assertLessEqual(set(everyone), set(self.pull(feed)), seed)

    def test_a_list_that_never_stands_still_is_read_later(self):
        def grow(rows, call):
            rows.update({call * 1000 + n: at(call) for n in range(60)})

        with self.assertRaises(Retryable):
            self.pull(ModifiedList({}, grow))

    def test_a_row_told_twice_is_yielded_once(self):
        row, newer = {"tid": 1, "modified": at(1)}, {"tid": 1, "modified": at(2)}
        feed = [{"total_results": 3}, {"trades": [row, row, newer, None], "has_next": False}]
        pages = list(Gateway(trades__sold__increment__get=feed).client().orders_modified(START, NOW))
        self.assertEqual(pages, [[row, newer, None]])

    def test_a_total_that_is_not_told_is_no_empty_window(self):
        for body in ({}, {"total_results": "many"}, {"total_results": -1}, {"total_results": 10**30}):
            with self.assertRaises(Retryable):
                self.pull([body])

    def test_a_garbled_page_is_asked_for_again(self):
        for garbled in (5, "x", True, {"trade": 5}):
            with self.assertRaises(Retryable) as raised:
                self.pull([{"total_results": 1}, {"trades": garbled}])
            self.assertTrue(raised.exception.uncertain)

    def test_the_horizon_stays_behind_the_clock(self):
        self.assertEqual(Gateway().client().horizon(), NOW - timedelta(minutes=2))

    def test_refunds_are_paged_the_same_way(self):
        refund = {"refund_id": "9", "modified": at(1)}
        gateway = Gateway(
            refunds__receive__get=[{"total_results": 1}, {"refunds": {"refund": [refund]}, "has_next": False}]
        )
        self.assertEqual(list(gateway.client().refunds_modified(START, NOW)), [[refund]])
        self.assertEqual([call["use_has_next"] for call in gateway.calls], ["false", "true"])


class CreatedTest(unittest.TestCase):
    def test_the_first_load_pages_forward_day_by_day(self):
        answers = [
            {"trades": [{"tid": 1}], "has_next": True},
            {"trades": [{"tid": 2}], "has_next": False},
            {"has_next": False},
        ]
        gateway = Gateway(trades__sold__get=answers)
        pages = list(gateway.client().orders_created(NOW - timedelta(days=2), NOW))
        self.assertEqual(pages, [[{"tid": 1}], [{"tid": 2}]])
        self.assertEqual(
            [(call["page_no"], call["start_created"][:10]) for call in gateway.calls][:3],
            [("1", "2026-02-28"), ("2", "2026-02-28"), ("1", "2026-03-01")],
        )

    def test_an_empty_page_ends_the_paging_whatever_has_next_says(self):
        gateway = Gateway(trades__sold__get={"has_next": True})
        self.assertEqual(list(gateway.client().orders_created(START, NOW)), [])
        self.assertEqual(len(gateway.calls), 1)


class DetailTest(unittest.TestCase):
    def details(self, *answers):
        gateway = Gateway(trade__fullinfo__get=list(answers))
        return list(gateway.client().details(["1", "2", "3"])), gateway

    def test_one_failing_order_leaves_the_others_their_turn(self):
        found, _gateway = self.details({"trade": trade()}, error(15, "isv.trade-not-exist"), {"trade": trade()})
        self.assertEqual([order_id for order_id, _value in found], ["1", "2", "3"])
        self.assertIsInstance(found[1][1], Rejected)
        self.assertEqual((found[0][1]["tid"], found[2][1]["tid"]), (100, 100))

    def test_a_lost_token_is_not_asked_about_twice(self):
        found, gateway = self.details({"trade": trade()}, error(27))
        self.assertEqual([type(value) for _order_id, value in found], [dict, Unauthorised, Unauthorised])
        self.assertEqual(len(gateway.calls), 2)

    def test_an_order_that_is_not_there_is_rejected(self):
        for body in ({}, {"trade": None}, {"trade": [3]}):
            with self.assertRaisesRegex(Rejected, "order 1"):
                Gateway(trade__fullinfo__get=body).client().order("1")


class ShipTest(unittest.TestCase):
    def ship(self, order, lines=(), company="SF", tracking="SF123", split=False, sent=None):
        sent = sent or {"shipping": {"is_success": True}}
        self.gateway = Gateway(
            trade__fullinfo__get={"trade": order},
            logistics__offline__send=sent,
            logistics__online__send=sent,
            logistics__dummy__send=sent,
        )
        return self.gateway.client().ship("100", lines, company, tracking, split)

    def sent(self):
        return {
            key: self.gateway.calls[-1].get(key) for key in ("tid", "company_code", "out_sid", "is_split", "sub_tid")
        }

    def test_a_whole_order_goes_in_one_parcel(self):
        result = self.ship(trade({"oid": "11"}, {"oid": "12"}), ["11", "12"])
        self.assertEqual((result.method, result.line_ids), ("taobao.logistics.offline.send", ("11", "12")))
        whole = {"tid": "100", "company_code": "SF", "out_sid": "SF123", "is_split": None, "sub_tid": None}
        self.assertEqual(self.sent(), whole)

    def test_a_part_names_its_lines(self):
        self.ship(trade({"oid": "11"}, {"oid": "12"}), ["11"])
        self.assertEqual((self.sent()["is_split"], self.sent()["sub_tid"]), ("1", "11"))

    def test_a_closed_line_makes_no_part(self):
        self.ship(trade({"oid": "11"}, {"oid": "12", "status": "TRADE_CLOSED", "refund_status": "SUCCESS"}), ["11"])
        self.assertIsNone(self.sent()["is_split"])

    def test_cash_on_delivery_and_virtual_goods_have_their_own_calls(self):
        self.assertEqual(self.ship(trade(type="cod")).method, "taobao.logistics.online.send")
        self.assertEqual(self.ship(trade(shipping_type="virtual"), tracking="").method, "taobao.logistics.dummy.send")

    def test_a_parcel_needs_a_carrier_and_a_waybill(self):
        for company, tracking in (("SF", ""), ("", "SF123")):
            with self.assertRaisesRegex(Rejected, "carrier"):
                self.ship(trade(), company=company, tracking=tracking)

    def test_a_line_with_an_open_refund_stays(self):
        result = self.ship(trade({"oid": "11"}, {"oid": "12", "refund_status": "WAIT_SELLER_AGREE"}))
        self.assertEqual((result.line_ids, result.skipped), (("11",), {"12": "requested"}))
        self.assertEqual((self.sent()["is_split"], self.sent()["sub_tid"]), ("1", "11"))

    def test_nothing_left_to_ship_says_why(self):
        orders = [trade({"oid": "11", "refund_status": "WAIT_SELLER_AGREE"}), trade(status="PAID_FORBID_CONSIGN")]
        orders += [trade({"oid": "12"}), trade({"oid": "11", "status": "TRADE_CLOSED"})]
        for order in orders:
            with self.assertRaisesRegex(Rejected, "nothing left to ship: 11"):
                self.ship(order, ["11"])
            self.assertEqual(self.gateway.methods(), ["trade.fullinfo.get"])

    def test_a_repeat_sends_nothing_twice(self):
        shipped = {"oid": "11", "status": "WAIT_BUYER_CONFIRM_GOODS", "invoice_no": " sf123"}
        result = self.ship(trade(shipped, status="WAIT_BUYER_CONFIRM_GOODS"), ["11"])
        self.assertEqual((result.method, result.line_ids, result.skipped), ("", ("11",), {}))
        self.assertEqual(self.gateway.methods(), ["trade.fullinfo.get"])

    def test_another_waybill_is_not_taken_for_this_one(self):
        shipped = {"oid": "11", "status": "WAIT_BUYER_CONFIRM_GOODS", "invoice_no": "YT9"}
        with self.assertRaises(Rejected):
            self.ship(trade(shipped, status="WAIT_BUYER_CONFIRM_GOODS"), ["11"])

    def test_a_lost_answer_is_uncertain_and_can_be_asked_about(self):
        with self.assertRaises(Retryable) as raised:
            self.ship(trade(), sent=TimeoutError())
        self.assertTrue(raised.exception.uncertain)
        shipped = trade({"oid": "11", "status": "WAIT_BUYER_CONFIRM_GOODS", "invoice_no": "SF123"}, {"oid": "12"})
        client = Gateway(trade__fullinfo__get={"trade": shipped}).client()
        self.assertEqual(client.shipped_as("100", ["11", "12"]), {"11": "SF123"})
        self.assertEqual(client.shipped_as("100", ["12"]), {})

    def test_a_shipment_that_is_not_accepted_is_rejected(self):
        for sent in ({"shipping": {"is_success": False}}, {"shipping": None}, {"x": 1}):
            with self.assertRaises(Rejected):
                self.ship(trade(), sent=sent)

    def test_a_garbled_amount_does_not_hold_a_parcel(self):
        self.assertTrue(self.ship(trade({"oid": "11", "price": "abc"}, payment="abc")).method)

    def test_a_waybill_can_be_replaced(self):
        shipped = [{"oid": oid, "status": "WAIT_BUYER_CONFIRM_GOODS", "invoice_no": "SF1"} for oid in ("11", "12")]
        for lines, named in ((["11"], "11"), (["11", "12"], None)):
            gateway = Gateway(
                trade__fullinfo__get={"trade": trade(*shipped, status="WAIT_BUYER_CONFIRM_GOODS")},
                logistics__consign__resend={"shipping": {"is_success": "true"}},
            )
            self.assertEqual(gateway.client().reship("100", lines, "YTO", "YT9").line_ids, tuple(lines))
            self.assertEqual((gateway.calls[-1]["out_sid"], gateway.calls[-1].get("sub_tid")), ("YT9", named))

    def test_a_correction_of_what_never_arrived_is_the_shipment(self):
        gateway = Gateway(
            trade__fullinfo__get={"trade": trade()}, logistics__offline__send={"shipping": {"is_success": True}}
        )
        result = gateway.client().reship("100", ["11"], "SF", "SF2")
        self.assertEqual((result.method, result.line_ids), ("taobao.logistics.offline.send", ("11",)))


class StockTest(unittest.TestCase):
    def set(self, quantities):
        gateway = Gateway(skus__quantity__update={"item": {}}, item__quantity__update={"item": {}})
        gateway.client().set_quantities("610", quantities)
        return gateway

    def test_quantities_are_absolute_in_batches_of_twenty(self):
        gateway = self.set({str(sku): sku for sku in range(1, 46)})
        self.assertEqual([call["skuid_quantities"].count(":") for call in gateway.calls], [20, 20, 5])
        self.assertTrue(gateway.calls[0]["skuid_quantities"].startswith("1:1;2:2;"))
        self.assertEqual({call["type"] for call in gateway.calls}, {"1"})

    def test_an_item_without_skus_has_its_own_quantity(self):
        gateway = self.set({"610": 0})
        self.assertEqual(gateway.methods(), ["item.quantity.update"])
        self.assertEqual(gateway.calls[0]["quantity"], "0")

    def test_less_than_nothing_and_halves_are_refused_before_anything_is_sent(self):
        for quantity in (-1, 1.5):
            with self.assertRaises(ValueError):
                self.set({"1": 1, "2": quantity})

    def test_nobody_there_ends_the_telling_after_three_calls(self):
        calls = []

        def post(*_args):
            calls.append(1)
            raise TimeoutError

        entries = [(f"61{number}", f"61{number}", 5) for number in range(50)]
        client, found = TaobaoClient(post, app_key="1", secret="s", sleep=lambda _seconds: None), []
        with self.assertRaises(Retryable):
            for outcome in client.update_quantities(entries):
                found.append(outcome)  # noqa: PERF402 - it breaks off
        self.assertEqual((len(calls), len(found)), (3, 3))

    def test_an_item_goes_on_and_off_the_shelf(self):
        gateway = Gateway(item__update__listing={"item": {}}, item__update__delisting={"item": {}})
        client = gateway.client()
        client.set_on_sale("610", True, 5)
        client.set_on_sale("610", False)
        self.assertEqual(gateway.methods(), ["item.update.listing", "item.update.delisting"])
        self.assertEqual((gateway.calls[0]["num"], gateway.calls[1]["num_iid"]), ("5", "610"))

    def test_listings_come_with_their_skus_on_and_off_the_shelf(self):
        gateway = Gateway(
            items__onsale__get={"total_results": 1, "items": {"item": [{"num_iid": 610, "title": "T恤"}]}},
            items__inventory__get={"total_results": 1, "items": {"item": [{"num_iid": 611, "title": "杯", "num": 3}]}},
            item__skus__get=[{"skus": {"sku": [{"sku_id": 1, "num_iid": 610, "quantity": 4}]}}, {}],
        )
        found = [one for page in gateway.client().listings() for one in to_listings({"items": page})]
        self.assertEqual(
            [(one.item_id, one.platform_sku, one.quantity, one.on_sale) for one in found],
            [("610", "1", 4, True), ("611", "611", 3, False)],
        )


class MessageTest(unittest.TestCase):
    def test_a_message_says_what_to_read_again(self):
        content = '{"tid":4100200300400500601,"refund_id":"9"}'
        row = {"id": 5, "topic": "taobao_trade_TradeChanged", "content": content, "pub_time": "2026-03-02 11:59:00"}
        garbled = {"id": 6, "content": "{", "pub_time": "soon"}
        gateway = Gateway(tmc__messages__consume={"messages": {"tmc_message": [row, garbled]}})
        first, second = gateway.client().messages()
        self.assertEqual((first.message_id, first.order_id, first.refund_id), ("5", "4100200300400500601", "9"))
        self.assertEqual(first.sent_at, NOW - timedelta(minutes=1))
        self.assertEqual((second.message_id, second.order_id, second.sent_at), ("6", "", None))

    def test_confirmations_go_two_hundred_at_a_time(self):
        gateway = Gateway(tmc__messages__confirm={"is_success": True})
        gateway.client().confirm(range(201))
        self.assertEqual([call["s_message_ids"].count(",") + 1 for call in gateway.calls], [200, 1])


class TokenTest(unittest.TestCase):
    def test_the_token_is_text_within_the_reply(self):
        token = json.dumps({"access_token": "new", "expires_in": 86400, "taobao_user_nick": "%E6%9F%A0%E6%AA%AC"})
        gateway = Gateway(
            top__auth__token__refresh={"token_result": token}, top__auth__token__create={"token_result": token}
        )
        expected = {"access_token": "new", "expires_in": 86400, "taobao_user_nick": "柠檬"}
        self.assertEqual(gateway.client().refresh("old"), expected)
        self.assertEqual(gateway.client().authorise("code"), expected)
        self.assertNotIn("session", gateway.calls[0])

    def test_without_a_token_the_seller_has_to_come_again(self):
        for body in ({}, {"token_result": "{"}, {"token_result": "{}"}, {"token_result": 5}, {"token_result": {}}):
            with self.assertRaises(Unauthorised):
                Gateway(top__auth__token__refresh=body).client().refresh("old")

    def test_the_seller_is_sent_to_authorise(self):
        url = urlparse(Gateway().client().authorise_url("https://shop.example/back?a=1", "xyz"))
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        self.assertEqual(f"{url.scheme}://{url.netloc}{url.path}", "https://oauth.taobao.com/authorize")
        self.assertEqual((query["client_id"], query["state"]), ("12345678", "xyz"))
        self.assertEqual((query["response_type"], query["redirect_uri"]), ("code", "https://shop.example/back?a=1"))

    def test_the_connection_test_reads_one_id(self):
        gateway = Gateway(trades__sold__get={"total_results": 7})
        self.assertEqual(gateway.client().check(), 7)
        self.assertEqual((gateway.calls[0]["fields"], gateway.calls[0]["page_size"]), ("tid", "1"))

    def test_the_platforms_clock_can_be_read(self):
        self.assertEqual(Gateway(time__get={"time": "2026-03-02 12:00:00"}).client().server_time(), NOW)
        with self.assertRaises(Retryable):
            Gateway(time__get={}).client().server_time()


if __name__ == "__main__":
    unittest.main()
