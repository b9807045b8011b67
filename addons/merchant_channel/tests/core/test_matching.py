import unittest

from odoo.addons.merchant_channel.core.matching import SUGGESTIONS, match, normalise, suggest

CODES = {"TEA-001": {1}, "tea001": {2}, "CUP": {3, 4}}
NORMALISED = {"TEA001": {1, 2}, "POT7": {5}, "CUP": {3, 4}, "": {6}}


class MatchTest(unittest.TestCase):
    def test_writing_does_not_matter(self):
        for code in ("POT-7", "pot 7", "ＰＯＴ－７", " Pot_7 ", "pot.7"):
            with self.subTest(code):
                self.assertEqual(normalise(code), "POT7")
                self.assertEqual(match(code, {}, NORMALISED), (5, "normalised"))

    def test_characters_of_any_script_count(self):
        self.assertEqual(normalise("茶-001（红）"), "茶001红")
        self.assertEqual(normalise(None), "")

    def test_the_exact_code_wins(self):
        self.assertEqual(match("TEA-001", CODES, NORMALISED), (1, "exact"))
        self.assertEqual(match("tea001", CODES, NORMALISED), (2, "exact"))

    def test_what_could_be_two_products_is_left_to_a_person(self):
        self.assertEqual(match("CUP", CODES, NORMALISED), (None, ""))
        self.assertEqual(match("CUP", CODES, {"CUP": {3}}), (None, ""), "two exact ones are not settled by a near one")
        self.assertEqual(match("tea 001", CODES, NORMALISED), (None, ""))

    def test_an_unknown_code_matches_nothing(self):
        self.assertEqual(match("MUG", CODES, NORMALISED), (None, ""))

    def test_a_code_of_punctuation_alone_matches_nothing(self):
        self.assertEqual(match("--", CODES, NORMALISED), (None, ""))
        self.assertEqual(match("", CODES, NORMALISED), (None, ""))


class SuggestTest(unittest.TestCase):
    PRODUCTS = [(1, "TEA-001", "Green Tea"), (2, "TEA-002", "Black Tea"), (3, "CUP-9", "Porcelain Cup"), (4, "", "")]

    def test_the_likeliest_comes_first(self):
        self.assertEqual(suggest("TEA-002X", "", self.PRODUCTS)[0], 2)
        self.assertEqual(suggest("X", "porcelain cup, white", self.PRODUCTS), [3])

    def test_nothing_is_suggested_where_nothing_resembles(self):
        self.assertEqual(suggest("999", "硬盘", self.PRODUCTS), [])
        self.assertEqual(suggest("", "", self.PRODUCTS), [])

    def test_a_person_is_not_drowned(self):
        many = [(number, f"TEA-{number:03}", "Tea") for number in range(50)]
        self.assertEqual(len(suggest("TEA-000", "Tea", many)), SUGGESTIONS)


if __name__ == "__main__":
    unittest.main()
