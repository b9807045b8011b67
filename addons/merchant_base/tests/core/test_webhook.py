"""A signed call from outside: genuine, fresh, JSON, or refused with a word."""

import unittest

from odoo.addons.merchant_base.core.webhook import LARGEST, TOLERANCE, Refused, load, sign, signed, verify

NOW, SECRET, BODY = 1763700000, "s3cret", b'{"orders": []}'


def headers(secret=SECRET, timestamp=NOW, nonce="n1", body=BODY, **changes):
    return {**signed(secret, timestamp, nonce, body), **changes}


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


class TestLoad(unittest.TestCase):
    def test_json_and_nothing_else(self):
        self.assertEqual(load(b'{"a": [1]}'), {"a": [1]})
        for body in (b"", b"\x00\xff", b"[" * 100000, b'{"order_id": NaN}'):
            with self.assertRaises(Refused) as caught:
                load(body)
            self.assertEqual((caught.exception.status, caught.exception.code), (400, "json"), body[:20])
