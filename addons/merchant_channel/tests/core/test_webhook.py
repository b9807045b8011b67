"""A signed call from outside: genuine, fresh, readable, or refused with a word."""

import json
import unittest

from odoo.addons.merchant_channel.core.webhook import LARGEST, MOST_ORDERS, TOLERANCE, Refused, read, sign, verify

NOW, SECRET, BODY = 1763700000, "s3cret", b'{"orders": []}'


def headers(secret=SECRET, timestamp=NOW, nonce="n1", body=BODY, **changes):
    return {
        "X-Hankou-Timestamp": str(timestamp),
        "X-Hankou-Nonce": nonce,
        "X-Hankou-Signature": sign(secret, timestamp, nonce, body),
        **changes,
    }


class TestVerify(unittest.TestCase):
    def assertRefused(self, code, status, **call):
        given = {"secret": SECRET, "headers": headers(), "body": BODY, "now": NOW, **call}
        with self.assertRaises(Refused) as caught:
            verify(**given)
        self.assertEqual((caught.exception.code, caught.exception.status), (code, status))

    def test_a_genuine_call_gives_its_nonce(self):
        # independent: printf '1763700000.n1.{"orders": []}' | openssl dgst -sha256 -hmac s3cret
        self.assertEqual(
            sign(SECRET, NOW, "n1", BODY), "17fcb3afa2f52647d13f088b5e85a6f7e45095b1870ecc7726615d1be5f8386f"
        )
        self.assertEqual(verify(SECRET, headers(), BODY, NOW + TOLERANCE), "n1")
        marked = headers(**{"X-Hankou-Signature": "v1=" + sign(SECRET, NOW, "n1", BODY).upper()})
        self.assertEqual(verify(SECRET, marked, BODY, NOW), "n1")

    def test_another_secret_body_time_or_nonce_is_a_forgery(self):
        self.assertRefused("signature", 401, headers=headers(secret="other"))
        self.assertRefused("signature", 401, body=BODY + b" ")
        self.assertRefused("signature", 401, headers=headers(**{"X-Hankou-Timestamp": str(NOW + 1)}))
        self.assertRefused("signature", 401, headers=headers(**{"X-Hankou-Nonce": "n2"}))
        self.assertRefused("signature", 401, headers=headers(**{"X-Hankou-Signature": "é" * 64}))

    def test_an_old_call_one_from_the_future_and_no_time_at_all(self):
        for now in (NOW + TOLERANCE + 1, NOW - TOLERANCE - 1):
            self.assertRefused("timestamp", 401, now=now)
        for stamp in ("nan", "inf", "soon"):
            self.assertRefused("timestamp", 401, headers=headers(timestamp=stamp))

    def test_unsigned_too_large_or_not_wanted(self):
        for name in ("X-Hankou-Timestamp", "X-Hankou-Nonce", "X-Hankou-Signature"):
            self.assertRefused("unsigned", 401, headers=headers(**{name: ""}))
        self.assertRefused("unsigned", 401, headers=headers(nonce="n" * 129))
        self.assertRefused("too_large", 413, body=b" " * (LARGEST + 1))
        self.assertRefused("off", 403, secret="")


class TestRead(unittest.TestCase):
    def test_orders_one_order_or_ids(self):
        self.assertEqual(read(b'{"orders": [{"order_id": "1"}, 7]}').orders, ({"order_id": "1"}, 7))
        self.assertEqual(read(b'{"order_id": "1"}').orders, ({"order_id": "1"},))
        self.assertEqual(read(b'{"order_ids": ["1", 2, "1", "", null]}').order_ids, ("1", "2"))

    def test_what_carries_nothing_is_refused(self):
        many = json.dumps({"order_ids": list(range(MOST_ORDERS + 1))}).encode()
        for body, code in (
            (b"", "json"),
            (b"\x00\xff", "json"),
            (b"[" * 100000, "json"),
            (b'{"order_id": NaN}', "json"),
            (b"{}", "empty"),
            (b"[]", "empty"),
            (b'{"orders": []}', "empty"),
            (many, "too_many"),
        ):
            with self.assertRaises(Refused) as caught:
                read(body)
            self.assertEqual(caught.exception.code, code, body[:20])
