from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .common import PublicationCase

ROLES = ("clerk", "owner", "buyer", "warehouse", "service", "finance", "auditor", "integration")
# what each of these roles may do: read, write, create, delete
RIGHTS = {
    "merchant.publication": ("rw", "rw", "r", "r", "r", "r", "r", "r"),
    "merchant.publication.rule": ("r", "rwcd", "r", "r", "r", "r", "r", "r"),
    "merchant.publication.quota": ("rwcd", "rwcd", "r", "r", "r", "r", "r", "r"),
    "merchant.publication.push": ("r", "r", "r", "r", "r", "r", "r", ""),
    "merchant.publication.check": ("r", "rd", "r", "", "r", "", "r", ""),
    "merchant.publication.drift": ("r", "r", "r", "", "r", "", "r", ""),
    "merchant.pending.sale": ("r", "r", "r", "r", "r", "", "r", ""),
    "merchant.oversell": ("r", "rd", "r", "r", "r", "r", "r", ""),
    "merchant.publication.mark": ("", "r", "", "", "", "", "", ""),
}
OPERATIONS = {"r": "read", "w": "write", "c": "create", "d": "unlink"}


@tagged("post_install", "-at_install")
class TestRights(PublicationCase):
    def test_each_role_may_do_what_the_table_says(self):
        users = {role: self._new_user(role) for role in ROLES}
        for model, roles in RIGHTS.items():
            for role, letters in zip(ROLES, roles, strict=True):
                found = "".join(
                    letter
                    for letter, operation in OPERATIONS.items()
                    if self.env[model].with_user(users[role]).has_access(operation)
                )
                self.assertEqual(found, letters, f"{role}: {model}")

    def test_a_shop_for_named_users_is_hidden_from_others(self):
        second = self._second_shop()
        listing = self._new_listing(self.tea, second)
        self._send()
        self._send(second)
        self.env["merchant.publication.quota"].create(
            {"name": "11.11", "listing_id": listing.id, "quantity": 3, "ends_at": "2099-01-01"}
        )
        self._catch_up()
        second.user_ids = [Command.set(self._new_user("clerk", login="second_clerk").ids)]
        clerk = self._new_user("clerk")
        for model in ("merchant.publication", "merchant.publication.push", "merchant.publication.quota"):
            shops = self.env[model].with_user(clerk).search([]).mapped("shop_id")
            self.assertNotIn(second, shops.sudo(), model)
        row = self._offer().with_user(clerk)
        row.invalidate_recordset()
        self.assertEqual(row.promised, row.wanted + self._offered(listing), "the sum is seen, not whose it is")
        self.assertNotIn("Second", str(row.why))
        with self.assertRaises(AccessError):
            self._offer(listing).with_user(clerk).action_send()

    def test_another_company_sees_nothing(self):
        self._send()
        other = self._new_company("Other")
        clerk = self._new_user("clerk", login="elsewhere")
        clerk.write({"company_ids": [Command.set(other.ids)], "company_id": other.id})
        self.assertFalse(
            self.env["merchant.publication"].with_user(clerk).with_context(allowed_company_ids=other.ids).search([])
        )

    def test_a_warehouse_hand_who_moves_stock_marks_it(self):
        hand = self._new_user("warehouse")
        self._catch_up()
        self.env["stock.quant"].with_user(hand)._update_available_quantity(self.tea, self.warehouse.lot_stock_id, 5)
        self.assertEqual(self._offered(), 105)

    def test_a_clerk_who_matches_a_listing_publishes_it(self):
        listing = self.env["merchant.listing"].create({"shop_id": self.shop.id, "sku": "ELSE"})
        listing.with_user(self._new_user("clerk")).product_id = self.cup
        self.assertEqual(self._offered(listing), 100)
