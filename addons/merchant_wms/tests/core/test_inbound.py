"""What an outside warehouse returns: every kind read exactly, everything else refused with its reason."""

import json
import unittest
from datetime import datetime
from decimal import Decimal

from odoo.addons.merchant_base.core.webhook import Refused
from odoo.addons.merchant_wms.core.inbound import (
    MOST_MESSAGES,
    Accepted,
    Count,
    Declined,
    Parted,
    Shipped,
    Stock,
    Unreadable,
    moment,
    parse,
    read,
)

PARCEL = {
    "id": "m-1",
    "type": "shipped",
    "at": "2025-11-11T09:30:00+08:00",
    "key": "K1",
    "carrier": "SF",
    "tracking": "SF100",
    "lines": [{"sku": "TEA", "quantity": 2}],
}


class TestRead(unittest.TestCase):
    def test_one_message_or_a_list_of_them(self):
        self.assertEqual(read(json.dumps(PARCEL).encode()), (("m-1", PARCEL),))
        self.assertEqual(read(json.dumps({"messages": [PARCEL, PARCEL]}).encode()), (("m-1", PARCEL),) * 2)

    def test_what_can_not_be_kept_apart_is_not_taken(self):
        many = {"messages": [PARCEL] * (MOST_MESSAGES + 1)}
        for value, status, code in (
            ([], 400, "empty"),
            ({"messages": []}, 400, "empty"),
            ({"messages": {}}, 400, "empty"),
            ({**PARCEL, "key": "\ud800"}, 400, "json"),
            ({}, 422, "id"),
            ({**PARCEL, "id": " "}, 422, "id"),
            ({**PARCEL, "id": 7}, 422, "id"),
            ({**PARCEL, "id": "x" * 101}, 422, "id"),
            ({"messages": [PARCEL, "x"]}, 422, "id"),
            (many, 413, "too_many"),
        ):
            with self.assertRaises(Refused) as caught:
                read(json.dumps(value).encode())
            self.assertEqual((caught.exception.status, caught.exception.code), (status, code))


class TestParse(unittest.TestCase):
    def test_a_parcel(self):
        self.assertEqual(
            parse(PARCEL), Shipped("K1", "SF100", "SF", ("SF100",), (Parted("TEA", Decimal(2)),), more=False)
        )
        lots = [{"lot": "L1", "quantity": "0.1"}, {"lot": "L2", "quantity": 0.2}]
        found = parse(
            {
                **PARCEL,
                "tracking": ["SF100", "SF101", "SF100"],
                "parcel": "P9",
                "more": True,
                "lines": [{"sku": "TEA", "quantity": "0.3", "lots": lots}],
            }
        )
        self.assertEqual((found.tracking, found.parcel, found.more), (("SF100", "SF101"), "P9", True))
        self.assertEqual(found.lines[0].lots, (("L1", Decimal("0.1")), ("L2", Decimal("0.2"))))

    def test_accepted_refused_and_stock(self):
        self.assertEqual(parse({"type": "accepted", "key": "K1"}), Accepted("K1"))
        self.assertEqual(parse({"type": "refused", "key": "K1", "reason": "缺货"}), Declined("K1", "缺货"))
        stock = {"type": "stock", "full": True, "lines": [{"sku": "TEA", "lot": "L1", "quantity": 5, "occupied": 2}]}
        self.assertEqual(parse(stock), Stock((Count("TEA", "L1", Decimal(5), Decimal(2)),), full=True))
        self.assertEqual(parse({"type": "stock", "full": True, "lines": []}), Stock((), full=True))

    def test_what_is_missing_or_no_number_is_named(self):
        line = PARCEL["lines"][0]
        for changes, code in (
            ({"type": "sent"}, "wms_unknown_type"),
            ({"key": ""}, "wms_missing"),
            ({"carrier": None}, "wms_missing"),
            ({"tracking": None}, "wms_missing"),
            ({"tracking": []}, "wms_missing"),
            ({"tracking": ["SF\x00"]}, "wms_missing"),
            ({"lines": {}}, "wms_missing"),
            ({"lines": ["x"]}, "wms_missing"),
            ({"lines": []}, "wms_lines"),
            ({"lines": [{**line, "sku": True}]}, "wms_missing"),
            ({"lines": [{**line, "quantity": 0}]}, "wms_missing"),
            ({"lines": [{**line, "lots": [7]}]}, "wms_missing"),
            *(
                ({"lines": [{**line, "quantity": q}]}, "wms_quantity")
                for q in (-1, "many", True, None, [], 1e30, "NaN")
            ),
        ):
            with self.assertRaises(Unreadable) as caught:
                parse({**PARCEL, **changes})
            self.assertEqual(caught.exception.code, code, changes)

    def test_a_time_has_a_zone(self):
        self.assertEqual(moment(PARCEL), datetime(2025, 11, 11, 1, 30))
        for wrong in (None, "", "soon", "2025-11-11T09:30:00", 7, "0001-01-01T00:00:00+08:00"):
            with self.assertRaises(Unreadable):
                moment({"at": wrong})
