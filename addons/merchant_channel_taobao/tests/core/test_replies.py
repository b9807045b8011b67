"""Errors, refunds and listings."""

import json
import unittest
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

from odoo.addons.merchant_channel.core.errors import Rejected, Retryable, Unauthorised
from odoo.addons.merchant_channel.core.listing import ChannelListing
from odoo.addons.merchant_channel_taobao.core.mapping import (
    Refund,
    loads,
    raise_for_error,
    split_refunds,
    to_listings,
    to_orders,
    to_refunds,
)

DATA = Path(__file__).resolve().parents[1] / "data"
CHINA = timezone(timedelta(hours=8))


def saved(name):
    return loads((DATA / name).read_text(encoding="utf-8"))


def error(code, sub_code="", sub_msg="", now=None, **fields):
    """Return the error that such a reply raises."""
    reply = {"error_response": {"code": code, "msg": "refused", "sub_code": sub_code, "sub_msg": sub_msg, **fields}}
    try:
        raise_for_error(reply, now=now)
    except (Retryable, Unauthorised, Rejected) as err:
        return err
    raise AssertionError("no error was raised")


class ErrorTest(unittest.TestCase):
    def test_any_other_reply_passes(self):
        self.assertIsNone(raise_for_error({"trades_sold_get_response": {}}))

    def test_an_expired_token_stops_the_shop(self):
        for err in (error(27), error("26"), error(15, "isv.session-expired"), error(15, "isv.invalid-session")):
            self.assertIsInstance(err, Unauthorised)
        self.assertIsInstance(error(15, "isv.refresh_token-invalid"), Unauthorised)

    def test_a_frequency_ban_lasts_as_long_as_it_says(self):
        err = error(7, "accesscontrol.limited-by-api-access-count", "This ban will last for 42 more seconds")
        self.assertEqual((type(err), err.after, err.uncertain), (Retryable, 42, False))
        self.assertEqual(error(7, "accesscontrol.limited-by-x", "This ban will last for 0 more seconds").after, 1)

    def test_a_daily_limit_ends_at_midnight_in_beijing(self):
        now = datetime(2026, 3, 2, 23, 59, 0, tzinfo=CHINA)
        self.assertEqual(error(7, now=now).after, 60)
        self.assertEqual(error(7, now=now.astimezone(timezone.utc)).after, 60)
        self.assertEqual(error(7, now=now.replace(second=59, microsecond=500000)).after, 1)
        self.assertEqual(error(7, now=datetime(2026, 3, 3, tzinfo=CHINA)).after, 24 * 3600)

    def test_faults_of_the_service_leave_the_outcome_open(self):
        for err in (error(10), error(15, "isp.top-remote-connection-timeout"), error(41, "isp.unknown-error")):
            self.assertEqual((type(err), err.uncertain), (Retryable, True))

    def test_faults_of_the_caller_wait_for_a_person(self):
        for err in (
            error(15, "isv.trade-not-exist"),
            error(41, "isv.invalid-parameter"),
            error(15),
            error(999),
            error("?"),
        ):
            self.assertIsInstance(err, Rejected)

    def test_some_of_the_callers_faults_pass_by_themselves(self):
        self.assertIsInstance(error(15, "isv.logistics-offline-service-error:B150"), Retryable)
        self.assertIsInstance(error(15, "isv.access-limited-by-sku"), Retryable)
        self.assertIsInstance(error(15, "isv.logistics-offline-service-error:CD06"), Rejected)

    def test_what_a_person_has_to_do_is_said(self):
        for code, word in ((11, "permission"), (53, "security level"), (25, "secret"), (29, "app key")):
            self.assertIn(word, str(error(code)))
        self.assertIn("clock", str(error(31)))

    def test_support_finds_the_code_and_the_request(self):
        err = error(15, "isv.trade-not-exist", "交易不存在", request_id="abc1")
        self.assertEqual((str(err), err.code, err.request_id), ("交易不存在", "15 isv.trade-not-exist", "abc1"))

    def test_a_garbled_refusal_is_still_a_refusal(self):
        for value in (None, [], "no", 5, {}, {"code": {}, "sub_code": [], "msg": None}):
            with self.assertRaises(Rejected):
                raise_for_error({"error_response": value})

    def test_an_error_reply_is_never_an_empty_list(self):
        for read in (to_orders, to_refunds, to_listings):
            with self.assertRaises(Unauthorised):
                read({"error_response": {"code": 27}})


class RefundTest(unittest.TestCase):
    def test_a_refund_is_read_whole(self):
        expected = Refund(
            refund_id="88800100200300",
            order_id="4100200300400500600",
            line_id="4100200300400500602",
            status="refunded",
            amount=Decimal("52.25"),
            reason="不想要了",
            modified_at=datetime(2026, 3, 2, 15, 40, 10, tzinfo=CHINA),
            version="1772435000000",
            phase="onsale",
        )
        self.assertEqual(to_refunds(saved("refunds.json")), [expected])

    def test_list_detail_and_bare_refunds_say_the_same(self):
        raw = saved("refunds.json")["refunds_receive_get_response"]["refunds"]["refund"][0]
        replies = [raw, {"refund": raw}, {"refund_get_response": {"refund": raw}}]
        replies += [{"refunds_receive_get_response": {"refunds": [raw]}}]
        for reply in replies:
            self.assertEqual(to_refunds(reply), to_refunds(saved("refunds.json")))

    def test_a_return_tells_its_waybill(self):
        raw = {"refund_id": "1", "tid": 2, "refund_fee": "3.00", "status": "WAIT_SELLER_CONFIRM_GOODS"}
        refund = to_refunds({**raw, "has_good_return": "true", "company_name": "顺丰", "sid": "SF1"})[0]
        self.assertEqual((refund.status, refund.has_good_return, refund.return_number), ("returning", True, "SF1"))
        self.assertEqual(refund.line_id, "2")

    def test_a_garbled_refund_names_itself(self):
        with self.assertRaisesRegex(Rejected, "refund 1: refund_fee"):
            to_refunds({"refund_id": "1", "tid": 2, "refund_fee": "abc"})

    def test_one_bad_refund_does_not_lose_its_neighbours(self):
        parts = split_refunds({"refunds_receive_get_response": {"refunds": [{"refund_id": 1}, None]}})
        self.assertEqual(parts, [("1", None, {"refund_id": 1}), ("", None, None)])

    def test_no_refunds_are_an_empty_list(self):
        self.assertEqual(to_refunds({"refunds_receive_get_response": {"total_results": 0}}), [])


class ListingTest(unittest.TestCase):
    def test_an_item_is_offered_by_its_skus_or_by_itself(self):
        red, large, lid = to_listings(saved("items-onsale.json"))
        self.assertEqual(
            red,
            ChannelListing(
                item_id="610000000001",
                platform_sku="4900000000011",
                sku="TEE-RED-M",
                title="圆领T恤",
                properties="颜色:红;尺码:M",
                price=Decimal("100.00"),
                quantity=Decimal(7),
            ),
        )
        self.assertFalse(large.on_sale)
        self.assertEqual(
            (lid.platform_sku, lid.item_id, lid.sku, lid.quantity), ("610000000012", "610000000012", "LID", 40)
        )

    def test_what_is_off_the_shelf_is_not_on_sale(self):
        items = saved("items-onsale.json")["items_onsale_get_response"]
        self.assertFalse(any(one.on_sale for one in to_listings({"items_inventory_get_response": items})))

    def test_a_single_item_tells_its_own_shelf(self):
        item = {"num_iid": 1, "title": "杯", "price": "9.00", "num": 2, "approve_status": "instock"}
        self.assertFalse(to_listings({"item_seller_get_response": {"item": item}})[0].on_sale)

    def test_skus_alone_are_read_too(self):
        for name in ("item_skus_get_response", "skus_custom_get_response"):
            found = to_listings({name: saved("item-skus.json")["item_skus_get_response"]})
            self.assertEqual(
                [(one.item_id, one.platform_sku, one.quantity) for one in found], [("610000000001", "4900000000011", 7)]
            )

    def test_no_listings_are_an_empty_list(self):
        for name in ("items_onsale_get_response", "item_skus_get_response", "item_seller_get_response"):
            self.assertEqual(to_listings({name: {}}), [])

    def test_garbled_listings_are_rejected(self):
        good = json.loads((DATA / "item-skus.json").read_text(encoding="utf-8"))["item_skus_get_response"]["skus"][
            "sku"
        ][0]
        for bad in ({"price": "abc"}, {"sku_id": None}, {"num_iid": []}):
            with self.subTest(bad), self.assertRaises(Rejected):
                to_listings({"item_skus_get_response": {"skus": [{**good, **bad}]}})
        for bad in (None, "x", {}):
            with self.subTest(bad), self.assertRaises(Rejected):
                to_listings({"items_onsale_get_response": {"items": [bad]}})

    def test_a_quantity_that_is_no_number_of_pieces_is_told_as_it_is(self):
        for given, quantity, told in (
            ("abc", None, "abc"),
            (None, None, ""),
            ("", None, ""),
            ("1e3", None, "1e3"),
            (1e3, 1000, ""),
            ("5.0", 5, ""),
            (-2, None, "-2"),
            ("2.5", None, "2.5"),
            ({}, None, "{}"),
            (True, None, "True"),
            (0, 0, ""),
        ):
            with self.subTest(given):
                [one] = to_listings({"items_onsale_get_response": {"items": [{"num_iid": 1, "num": given}]}})
                self.assertEqual((one.quantity, one.told), (quantity, told))
        [one] = to_listings(
            {"items_onsale_get_response": {"items": [{"num_iid": 1, "num": 9, "with_hold_quantity": "?"}]}}
        )
        self.assertEqual((one.quantity, one.told), (None, "?"))


if __name__ == "__main__":
    unittest.main()
