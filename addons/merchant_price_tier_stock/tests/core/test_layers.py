import unittest
from decimal import Decimal

from odoo.addons.merchant_price_tier_stock.core.layers import average


class AverageTest(unittest.TestCase):
    def test_known_pieces_count_as_bought_and_the_rest_as_the_company_says(self):
        self.assertEqual(average(Decimal(120), Decimal(2), Decimal(4), Decimal(40)), Decimal(50))

    def test_nothing_there_or_nothing_known_is_no_answer(self):
        self.assertIsNone(average(Decimal(0), Decimal(0), Decimal(4), Decimal(40)))
        self.assertIsNone(average(Decimal(0), Decimal(0), Decimal(0), Decimal(40)))
