from unittest.mock import patch

from odoo.tests import Form, TransactionCase, tagged
from odoo.tools import config

from .common import NEW, OLD, keys, no_keys


@tagged("post_install", "-at_install")
class TestSettings(TransactionCase):
    def _state(self, configured):
        with patch.dict(config.options, merchant_secret_keys=""), configured:
            return self.env["res.config.settings"].create({}).merchant_key_state

    def test_the_page_says_whether_secrets_can_be_kept(self):
        self.assertEqual(self._state(keys(NEW)), "ready")
        self.assertEqual(self._state(keys(NEW, OLD)), "ready")
        self.assertEqual(self._state(keys("short")), "short")
        self.assertEqual(self._state(keys(NEW, "short")), "short", "one bad key makes all unusable")
        self.assertEqual(self._state(no_keys()), "missing")

    def test_the_page_opens(self):
        with keys(NEW), Form(self.env["res.config.settings"]) as page:
            self.assertEqual(page.merchant_key_state, "ready")

    def test_no_key_lies_in_the_database(self):
        with keys(NEW):
            self.env["res.config.settings"].create({}).execute()
        self.assertFalse(self.env["ir.config_parameter"].sudo().search([("value", "like", NEW)]))
