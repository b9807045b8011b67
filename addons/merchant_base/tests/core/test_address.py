"""Where the server may be told to post to."""

import unittest

from odoo.addons.merchant_base.core.address import problem


class TestAddress(unittest.TestCase):
    def test_any_public_https_address(self):
        for url in ("https://wms.example.com/api", "https://wms.example.com:8443/", "https://8.8.8.8/x"):
            self.assertEqual(problem(url), "", url)

    def test_nothing_unencrypted_and_nothing_in_the_own_network(self):
        self.assertEqual(problem("http://wms.example.com/"), "scheme")
        self.assertEqual(problem(""), "scheme")
        for place in (
            *("localhost", "127.0.0.1", "10.0.0.8", "192.168.1.1", "169.254.169.254", "[::1]", "[fe80::1]", "0.0.0.0"),
            *("db", "2130706433", "0x7f.1", "127.1", "a.localhost", "nas.local", "me:pw@wms.example.com", ""),
            "wms.example.com:x",
        ):
            self.assertEqual(problem(f"https://{place}/"), "host", place)

    def test_what_the_administrator_allows(self):
        self.assertEqual(problem("http://127.0.0.1:8099/wms", also={"127.0.0.1:8099"}), "")
        self.assertEqual(problem("http://127.0.0.1:8098/wms", also={"127.0.0.1:8099"}), "scheme")
        self.assertEqual(problem("ftp://127.0.0.1:8099/", also={"127.0.0.1:8099"}), "scheme")
