import json

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from odoo.addons.merchant_base import cipher
from odoo.addons.merchant_base.fields import MASK, reveal
from odoo.addons.merchant_base.tests.common import NEW, OLD, keys, no_keys

from .common import MerchantCase

PLAIN = "s3cr3t-of-the-shop"


@tagged("post_install", "-at_install")
class TestShopSecret(MerchantCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(keys(OLD))
        cls.shop.app_secret = PLAIN
        cls.env.flush_all()

    def _column(self, name="app_secret", shop=None):
        self.env.flush_all()
        self.env.cr.execute(f"SELECT {name} FROM merchant_shop WHERE id = %s", [(shop or self.shop).id])  # noqa: S608
        return self.env.cr.fetchone()[0]

    def test_the_column_holds_no_plain_text(self):
        self.assertTrue(self._column().startswith(cipher.PREFIX))
        self.assertNotIn(PLAIN, self._column())
        self.assertEqual(reveal(self.shop, "app_secret"), PLAIN)

    def test_a_new_shop_is_encrypted_too(self):
        shop = self._new_shop("New", app_secret=PLAIN, session="t0ken")
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual((reveal(shop, "app_secret"), reveal(shop, "session")), (PLAIN, "t0ken"))
        self.assertNotIn("t0ken", self._column("session", shop))

    def test_no_way_of_reading_gives_it_away(self):
        owner = self.shop.with_user(self._new_user("owner"))
        read = {
            "read": owner.read(["app_secret"])[0]["app_secret"],
            "web_read": owner.web_read({"app_secret": {}})[0]["app_secret"],
            "search_read": owner.search_read([("id", "=", self.shop.id)], ["app_secret"])[0]["app_secret"],
            "export": self.shop.export_data(["app_secret"])["datas"][0][0],
        }
        self.assertEqual(read, dict.fromkeys(read, MASK))
        everything = json.dumps([owner.read(), owner.copy_data(), owner.display_name], default=str)
        self.assertNotIn(PLAIN, everything)
        self.assertNotIn(cipher.PREFIX, everything)

    def test_an_empty_secret_is_shown_as_empty(self):
        self.assertEqual(self.shop.read(["session"])[0]["session"], False)
        self.assertEqual(self.shop.export_data(["session"])["datas"], [[""]])
        self.assertEqual(reveal(self.shop, "session"), "")

    def test_whether_there_is_one_can_be_searched(self):
        for name, there in (("app_secret", True), ("session", False)):
            domain = [("id", "=", self.shop.id)]
            self.assertEqual(bool(self.shop.search([*domain, (name, "!=", False)])), there)
            self.assertEqual(bool(self.shop.search([*domain, (name, "=", False)])), not there)

    def test_it_cannot_be_guessed_by_searching(self):
        for operator, value in (("=", PLAIN), ("=like", "s3%"), ("ilike", PLAIN)):
            self.assertFalse(self.env["merchant.shop"].search([("app_secret", operator, value)]))

    def test_a_clerk_does_not_even_see_the_mask(self):
        clerk = self.shop.with_user(self._new_user("clerk"))
        self.assertNotIn("app_secret", clerk.fields_get())
        with self.assertRaises(AccessError):
            clerk.read(["app_secret"])
        with self.assertRaises(AccessError):
            clerk.search([("app_secret", "!=", False)])

    def test_writing_back_the_mask_keeps_what_is_stored(self):
        before = self._column()
        self.shop.write({"app_secret": MASK, "name": "Renamed"})
        self.assertEqual(self._column(), before)
        with Form(self.shop) as form:
            form.name = "Renamed again"
        self.assertEqual(self._column(), before)

    def test_writing_back_the_mask_on_many_keeps_each(self):
        other = self._new_shop("Other", app_secret="an0ther")
        (self.shop | other).write({"app_secret": MASK})
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual([reveal(each, "app_secret") for each in self.shop | other], [PLAIN, "an0ther"])

    def test_a_mask_on_a_new_record_is_no_secret(self):
        self.assertFalse(self._new_shop("New", app_secret=MASK).app_secret)

    def test_a_new_value_replaces_it_and_an_empty_one_removes_it(self):
        self.shop.app_secret = "newer"
        self.assertEqual(reveal(self.shop, "app_secret"), "newer")
        self.shop.app_secret = False
        self.assertIsNone(self._column())

    def test_a_copy_does_not_take_it_along(self):
        self.assertFalse(self.shop.copy({"name": "Copy"}).app_secret)

    def test_the_log_of_changes_does_not_show_it(self):
        self.shop.app_secret = "newer"
        self.env.flush_all()
        self.assertNotIn("newer", " ".join(self.shop.message_ids.mapped("body")))

    def test_without_the_key_a_sentence_says_what_to_do(self):
        with no_keys(), self.assertRaisesRegex(UserError, "MERCHANT_SECRET_KEYS"):
            reveal(self.shop, "app_secret")
        with no_keys(), self.assertRaisesRegex(UserError, "MERCHANT_SECRET_KEYS"):
            self.shop.app_secret = "newer"

    def test_with_another_key_a_sentence_names_the_field_and_the_shop(self):
        with keys(NEW), self.assertRaisesRegex(UserError, "App Secret of Tea House .*enter it again"):
            reveal(self.shop, "app_secret")
        with keys(NEW):
            self.assertEqual(self.shop.read(["app_secret"])[0]["app_secret"], MASK, "the screen still opens")

    def test_after_a_rotation_the_old_key_can_be_dropped(self):
        row = self._push(self._payload())
        self.patch(self.registry["merchant.secret"], "_rotation_done", lambda secret: self.env.invalidate_all())
        with keys(NEW, OLD):
            self._forget_foreign_values()
            self.assertGreaterEqual(self.env["merchant.secret"]._rotate_all(), 2)
        with keys(NEW):
            self.env.invalidate_all()
            self.assertEqual(reveal(self.shop, "app_secret"), PLAIN)
            self.assertIn(row.order_ref, row.payload_text)
        with keys(OLD), self.assertRaises(UserError):
            reveal(self.shop, "app_secret")

    def _forget_foreign_values(self):
        """A database that was in use may hold values under a key that this test does not know."""
        for table, column, _rotate in self.env["merchant.secret"]._secret_columns():
            self.env.cr.execute(f"SELECT id, {column} FROM {table} WHERE {column} IS NOT NULL")  # noqa: S608
            for record_id, value in self.env.cr.fetchall():
                try:
                    _rotate(value)
                except cipher.KeyWrong:
                    self.env.cr.execute(f"DELETE FROM {table} WHERE id = %s", [record_id])  # noqa: S608

    def test_everything_encrypted_is_rotated(self):
        columns = {(table, column) for table, column, _rotate in self.env["merchant.secret"]._secret_columns()}
        shop = {("merchant_shop", name) for name in ("app_secret", "session", "refresh_token")}
        self.assertLessEqual({*shop, ("merchant_inbox", "payload")}, columns)
