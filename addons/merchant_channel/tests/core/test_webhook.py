"""What a signed call to a shop carries, or is refused with a word."""

import json
import unittest

from odoo.addons.merchant_base.core.webhook import Refused
from odoo.addons.merchant_channel.core.webhook import MOST_ORDERS, read


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
