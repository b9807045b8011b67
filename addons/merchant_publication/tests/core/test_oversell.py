import unittest

from odoo.addons.merchant_publication.core.oversell import CAUSES, Sale, Told, cause


class CauseTest(unittest.TestCase):
    def test_the_platform_learned_it_too_late(self):
        self.assertEqual(cause(Sale(5, 1, told=(Told(1, 3), Told(9, 0)))), "late")

    def test_nobody_told_the_platform_a_number(self):
        self.assertEqual(cause(Sale(5, 1, told=(Told(6, 3),))), "untold")
        self.assertEqual(cause(Sale(5, 1)), "untold")

    def test_the_platform_sold_more_than_it_was_told(self):
        self.assertEqual(cause(Sale(5, 2, told=(Told(1, 3),), sold_since=2)), "drift")

    def test_two_shops_promised_the_same_pieces(self):
        self.assertEqual(cause(Sale(5, 1, told=(Told(1, 3),), others=3, free=3)), "promised_twice")

    def test_the_pieces_went_elsewhere(self):
        self.assertEqual(cause(Sale(5, 1, told=(Told(1, 3),), free=3)), "taken")

    def test_a_forced_offer_explains_itself(self):
        self.assertEqual(cause(Sale(5, 1, forced=True)), "forced")

    def test_every_cause_is_known(self):
        self.assertEqual(len(set(CAUSES)), 6)


if __name__ == "__main__":
    unittest.main()
