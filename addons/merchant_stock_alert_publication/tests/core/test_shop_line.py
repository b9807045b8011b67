import unittest

from odoo.addons.merchant_stock_alert.core.line import CRITICAL, WARNING, Rule
from odoo.addons.merchant_stock_alert.core.scope import Scope
from odoo.addons.merchant_stock_alert_publication.core.shop_line import Lines, shop_level

TEN = Rule("quantity", quantity=10, leave=0.2)
TEA, CUP, TMALL, DOUYIN, DRINKS, TEAS = 1, 2, 11, 12, 21, 22


class LevelTest(unittest.TestCase):
    def test_the_line_is_crossed_at_it(self):
        self.assertEqual(
            [shop_level(units, TEN) for units in (11, 10, 1, 0, -3)], [0, WARNING, WARNING, CRITICAL, CRITICAL]
        )

    def test_it_is_left_at_a_higher_line(self):
        self.assertEqual([shop_level(units, TEN, WARNING) for units in (11, 12)], [WARNING, 0])

    def test_a_line_of_nothing_is_left_with_the_first_piece(self):
        nothing = Rule("quantity", quantity=0, leave=0.2)
        self.assertEqual([shop_level(units, nothing, CRITICAL) for units in (0, 1)], [CRITICAL, 0])


class LinesTest(unittest.TestCase):
    def setUp(self):
        self.scopes = [
            Scope(1),
            Scope(2, warehouse=TMALL),
            Scope(3, category=DRINKS, depth=1),
            Scope(4, category=TEAS, depth=2),
            Scope(5, category=TEAS, depth=2, warehouse=TMALL),
            Scope(6, product=TEA),
            Scope(7, product=TEA, warehouse=TMALL),
        ]

    def test_the_narrowest_applies(self):
        for fewer in range(len(self.scopes), 0, -1):
            lines = Lines(self.scopes[:fewer])
            self.assertEqual(lines.applying(TEA, TMALL, frozenset({DRINKS, TEAS})), fewer)

    def test_another_shop_and_another_product_have_their_own(self):
        lines = Lines(self.scopes)
        self.assertEqual(lines.applying(TEA, DOUYIN, frozenset({DRINKS, TEAS})), 6)
        self.assertEqual(lines.applying(CUP, DOUYIN, frozenset({DRINKS})), 3)
        self.assertEqual(lines.applying(CUP, TMALL, frozenset()), 2)
        self.assertEqual(lines.applying(CUP, DOUYIN, frozenset()), 1)

    def test_without_lines_none_applies(self):
        self.assertIsNone(Lines([]).applying(TEA, TMALL, frozenset()))
