import unittest
from dataclasses import FrozenInstanceError
from decimal import Decimal

from odoo.addons.merchant_channel.core.errors import ChannelError, Rejected, Retryable, Unauthorised
from odoo.addons.merchant_channel.core.order import (
    CLOSED,
    OPEN_REFUNDS,
    PAID,
    REFUNDED,
    REFUNDS,
    SHIPPED,
    STATUSES,
    ChannelLine,
    ChannelOrder,
)


class OrderTest(unittest.TestCase):
    def test_an_order_is_what_its_lines_postage_and_fees_are_worth(self):
        lines = (ChannelLine("1", paid_amount=Decimal("9.90")), ChannelLine("2", paid_amount=Decimal("0.10")))
        order = ChannelOrder("W-1", PAID, postage=Decimal("5"), other_fees=Decimal("1"), lines=lines)
        self.assertEqual(order.revenue, Decimal("16.00"))
        self.assertEqual(ChannelOrder("W-2", PAID).revenue, 0)

    def test_the_seller_is_owed_what_buyer_and_platform_pay(self):
        order = ChannelOrder("W-1", PAID, total=Decimal("90"), platform_pays=Decimal("10"))
        self.assertEqual(order.expected, Decimal("100"))

    def test_a_line_is_dropped_when_it_is_closed_or_its_money_went_back(self):
        for refund in REFUNDS:
            self.assertEqual(ChannelLine("1", refund=refund).dropped, refund == REFUNDED)
        self.assertTrue(ChannelLine("1", status=CLOSED).dropped)
        self.assertFalse(ChannelLine("1", status=SHIPPED).dropped)

    def test_an_order_cannot_be_changed_behind_anybodys_back(self):
        with self.assertRaises(FrozenInstanceError):
            ChannelOrder("W-1", PAID).total = Decimal(1)

    def test_words_are_unique_and_open_refunds_are_refunds(self):
        self.assertEqual(len(set(STATUSES)), len(STATUSES))
        self.assertLess(OPEN_REFUNDS, set(REFUNDS))


class ErrorTest(unittest.TestCase):
    def test_errors_carry_what_the_caller_needs(self):
        error = Retryable("busy", after=30, uncertain=True, code="7", request_id="r1")
        self.assertEqual((str(error), error.after, error.uncertain), ("busy", 30, True))
        self.assertEqual((error.code, error.request_id), ("7", "r1"))
        for kind in (Retryable, Unauthorised, Rejected):
            self.assertTrue(issubclass(kind, ChannelError))


if __name__ == "__main__":
    unittest.main()
