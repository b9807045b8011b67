"""What an outside warehouse is told, and what its answer means."""

import json
import unittest
from decimal import Decimal

from odoo.addons.merchant_wms.core.outbound import (
    Declined,
    Incomplete,
    Later,
    Line,
    Stranger,
    as_bytes,
    asks_no_more,
    cancellation,
    delivery,
    digest,
    gathered,
    pieces,
    plain,
    understand,
)

TEA, CUP = Line(1, "TEA", Decimal(2), "茶", "690", "件"), Line(2, "CUP", Decimal("0.50"), "杯")


class TestMessage(unittest.TestCase):
    def test_the_same_delivery_is_the_same_bytes_whenever_it_is_said(self):
        said = delivery("K1", 3, [TEA, CUP], warehouse="WH", receiver={"city": "武汉", "name": "张*"})
        again = delivery("K1", 3, [TEA, CUP], receiver={"name": "张*", "city": "武汉"}, warehouse="WH")
        self.assertEqual(as_bytes(said), as_bytes(again))
        self.assertEqual((said["type"], said["key"], said["version"]), ("delivery", "K1", 3))
        self.assertEqual([(line["sku"], line["quantity"]) for line in said["lines"]], [("TEA", "2"), ("CUP", "0.5")])

    def test_a_cancellation_names_the_key_and_nobody(self):
        said = cancellation("K1", 4, delivery="WH/OUT/1")
        self.assertEqual(said, {"type": "cancel", "key": "K1", "version": 4, "delivery": "WH/OUT/1"})

    def test_lines_of_one_code_are_picked_together(self):
        [line] = gathered([TEA, Line(1, "TEA", Decimal(1), "茶")])
        self.assertEqual((line.quantity, line.barcode), (Decimal(3), "690"))

    def test_what_has_no_code_or_a_shared_one_is_not_guessed(self):
        for lines, code in (
            ([Line(1, "", Decimal(1), "茶")], "wms_no_code"),
            ([TEA, Line(2, "TEA", Decimal(1))], "wms_same_code"),
            ([], "wms_no_lines"),
        ):
            with self.assertRaises(Incomplete) as caught:
                gathered(lines)
            self.assertEqual(caught.exception.code, code)

    def test_another_quantity_or_address_is_another_content_another_name_is_not(self):
        facts = {"receiver": {"city": "武汉"}}
        same = digest([TEA, CUP], facts)
        self.assertEqual(same, digest([CUP, Line(1, "TEA", Decimal("2.0"), "Tea")], facts))
        self.assertNotEqual(same, digest([TEA], facts))
        self.assertNotEqual(same, digest([TEA, CUP], {"receiver": {"city": "杭州"}}))

    def test_less_is_no_more(self):
        known = pieces([TEA, CUP, TEA])
        self.assertEqual(known, {"TEA": "4", "CUP": "0.5"})
        self.assertTrue(asks_no_more([TEA], known))
        self.assertFalse(asks_no_more([TEA, TEA, TEA], known))
        self.assertFalse(asks_no_more([Line(3, "POT", Decimal(1))], known))

    def test_a_quantity_is_written_as_short_as_it_can_be(self):
        self.assertEqual(
            [plain(Decimal(x)) for x in ("2", "2.00", "0.5", "100", "1E+2")], ["2", "2", "0.5", "100", "100"]
        )


class TestUnderstand(unittest.TestCase):
    def answer(self, status, **value):
        return understand(status, json.dumps(value).encode())

    def test_it_took_it(self):
        self.assertEqual(self.answer(200, result="ok", ref="W-9"), "W-9")
        self.assertEqual(self.answer(201, result="ok"), "")

    def test_it_will_not_and_says_why(self):
        with self.assertRaisesRegex(Declined, r"^已打包 \(PACKED\)$"):
            self.answer(200, result="refused", code="PACKED", message="已打包")
        with self.assertRaisesRegex(Declined, "HTTP 422: no stock"):
            self.answer(422, message="no stock")

    def test_it_does_not_know_us(self):
        for status in (401, 403):
            with self.assertRaises(Stranger):
                understand(status, b"")

    def test_whatever_else_may_get_through_later(self):
        for status, body in (
            (500, b""),
            (503, b"{}"),
            (429, b"{}"),
            (302, b""),
            (404, b""),
            (200, b"<html>"),
            (200, b"{}"),
        ):
            with self.assertRaises(Later):
                understand(status, body)
        for body in (b"", b"[]", b"[" * 100000, b"\xff"):
            with self.assertRaises(Later):
                understand(200, body)
