from unittest.mock import patch

from odoo.tests import BaseCase, tagged
from odoo.tools import config

from odoo.addons.merchant_base import cipher

from .common import NEW, OLD, keys, no_keys

TEXTS = ("s3cret", "密钥🐉", "a,b\n\x00", "x" * 100_000)


@tagged("post_install", "-at_install")
class TestCipher(BaseCase):
    def test_a_text_comes_back_as_it_went_in(self):
        with keys(OLD):
            for text in TEXTS:
                self.assertEqual(cipher.decrypt_text(cipher.encrypt_text(text)), text)
                self.assertEqual(cipher.unpack(cipher.pack(text)), text)

    def test_nothing_of_the_text_shows_and_equal_texts_look_different(self):
        with keys(OLD):
            one, other = cipher.encrypt_text("s3cret"), cipher.encrypt_text("s3cret")
            self.assertNotEqual(one, other)
            self.assertTrue(one.startswith(cipher.PREFIX))
            self.assertNotIn("s3cret", one)
            self.assertNotIn(b"s3cret", cipher.pack("s3cret" * 50))

    def test_a_long_text_is_packed_small(self):
        with keys(OLD):
            self.assertLess(len(cipher.pack('{"name": "value"}' * 1000)), 1000)

    def test_a_packed_text_may_come_as_the_database_gives_it(self):
        with keys(OLD):
            self.assertEqual(cipher.unpack(memoryview(cipher.pack("text"))), "text")

    def test_another_key_opens_nothing(self):
        with keys(OLD):
            value, packed = cipher.encrypt_text("s3cret"), cipher.pack("s3cret")
        with keys(NEW):
            for opened in (
                lambda: cipher.decrypt_text(value),
                lambda: cipher.unpack(packed),
                lambda: cipher.rotate_text(value),
                lambda: cipher.rotate_packed(packed),
            ):
                self.assertRaises(cipher.KeyWrong, opened)

    def test_a_value_that_was_tampered_with_is_not_opened(self):
        with keys(OLD):
            value = cipher.encrypt_text("s3cret")
            for broken in (value[:-4], value[:-6] + "AAAA==", cipher.PREFIX, "nonsense"):
                self.assertRaises(cipher.KeyWrong, cipher.decrypt_text, broken)

    def test_without_a_key_or_with_a_short_one_nothing_is_encrypted(self):
        with patch.dict(config.options, merchant_secret_keys=""):
            for configured in (no_keys(), keys("short"), keys(NEW, "short")):
                with configured:
                    self.assertRaises(cipher.KeyMissing, cipher.encrypt_text, "s3cret")

    def test_the_configuration_will_do_and_the_environment_wins(self):
        with patch.dict(config.options, merchant_secret_keys=OLD):
            with no_keys():
                self.assertEqual(cipher.keys(), [OLD])
            with keys(NEW):
                self.assertEqual(cipher.keys(), [NEW])

    def test_spaces_and_empty_keys_do_not_count(self):
        with keys(f" {NEW} ", "", f"{OLD}"):
            self.assertEqual(cipher.keys(), [NEW, OLD])

    def test_a_rotated_value_needs_the_new_key_only(self):
        with keys(OLD):
            value, packed = cipher.encrypt_text("s3cret"), cipher.pack("s3cret")
        with keys(NEW, OLD):
            self.assertEqual(cipher.decrypt_text(value), "s3cret", "while both are configured nothing is out of reach")
            value, packed = cipher.rotate_text(value), cipher.rotate_packed(packed)
        with keys(NEW):
            self.assertEqual((cipher.decrypt_text(value), cipher.unpack(packed)), ("s3cret", "s3cret"))
        with keys(OLD):
            self.assertRaises(cipher.KeyWrong, cipher.decrypt_text, value)
