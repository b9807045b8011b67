import unittest
from datetime import datetime
from decimal import Decimal

from odoo.addons.merchant_channel.core.version import canonical, digest, newest

EARLY, LATE = datetime(2026, 3, 1), datetime(2026, 3, 2)


class VersionTest(unittest.TestCase):
    def test_the_order_of_keys_is_no_difference(self):
        self.assertEqual(canonical({"a": 1, "b": {"c": 2, "d": 3}}), canonical({"b": {"d": 3, "c": 2}, "a": 1}))

    def test_every_other_difference_is_one(self):
        texts = ['{"a":1}', '{"a":"1"}', '{"a":[1]}', '{"b":1}', '{"a":1.0}']
        self.assertEqual(len({digest(text) for text in texts}), len(texts))
        self.assertNotEqual(canonical([1, 2]), canonical([2, 1]))

    def test_chinese_and_emoji_stay_as_they_are(self):
        self.assertEqual(canonical({"name": "小王🐉"}), '{"name":"小王🐉"}')

    def test_what_json_does_not_know_becomes_text(self):
        self.assertEqual(canonical({"amount": Decimal("9.90")}), '{"amount":"9.90"}')

    def test_an_emoji_cut_in_half_can_be_stored(self):
        """Platforms cut names after so many UTF-16 units."""
        text = canonical({"name": "小王\ud83d", "whole": "\ud83d\udc09"})
        self.assertEqual(digest(text), digest(text.encode().decode()))
        self.assertIn("小王", text)
        self.assertIn("🐉", text)


class NewestTest(unittest.TestCase):
    def test_the_latest_change_counts_whenever_it_arrived(self):
        self.assertEqual(newest([(1, LATE), (2, EARLY)]), (1, LATE))

    def test_of_equal_changes_the_last_arrival_counts(self):
        self.assertEqual(newest([(1, LATE), (2, LATE)]), (2, LATE))
        self.assertEqual(newest([(1, None), (2, None)]), (2, None))

    def test_a_dated_version_beats_an_undated_one(self):
        self.assertEqual(newest([(1, EARLY), (2, None)]), (1, EARLY))


if __name__ == "__main__":
    unittest.main()
