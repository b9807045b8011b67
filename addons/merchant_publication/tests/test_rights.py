from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .common import PublicationCase

# what each role may do: read, write, create, delete
RIGHTS = {
    "merchant.publication": {"clerk": "rw", "owner": "rw", "buyer": "r", "warehouse": "r", "service": "r", "finance": "r", "auditor": "r", "integration": "r"},
    "merchant.publication.rule": {"clerk": "r", "owner": "rwcd", "buyer": "r", "warehouse": "r", "service": "r", "finance": "r", "auditor": "r", "integration": "r"},
    "merchant.publication.quota": {"clerk": "rwcd", "owner": "rwcd", "buyer": "r", "warehouse": "r", "service": "r", "finance": "r", "auditor": "r", "integration": "r"},
    "merchant.publication.push": {"clerk": "r", "owner": "r", "buyer": "r", "warehouse": "r", "service": "r", "finance": "", "auditor": "r", "integration": ""},
    "merchant.publication.check": {"clerk": "r", "owner": "rd", "buyer": "r", "warehouse": "", "service": "r", "finance": "", "auditor": "r", "integration": ""},
    "merchant.publication.drift": {"clerk": "r", "owner": "r", "buyer": "r", "warehouse": "", "service": "r", "finance": "", "auditor": "r", "integration": ""},
    "merchant.pending.sale": {"clerk": "r", "owner": "r", "buyer": "r", "warehouse": "r", "service": "r", "finance": "", "auditor": "r", "integration": ""},
    "merchant.oversell": {"clerk": "r", "owner": "rd", "buyer": "r", "warehouse": "r", "service": "r", "finance": "r", "auditor": "r", "integration": ""},
    "merchant.stock.mark": dict.fromkeys(("clerk", "owner", "buyer", "warehouse", "service", "finance", "auditor", "integration"), ""),
}  # fmt: skip
OPERATIONS = {"r": "read", "w": "write", "c": "create", "d": "unlink"}


@tagged("post_install", "-at_install")
class TestRights(PublicationCase):
    def test_each_role_may_do_what_the_table_says(self):
        users = {role: self._new_user(role) for role in RIGHTS["merchant.publication"]}
        for model, roles in RIGHTS.items():
            for role, letters in roles.items():
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
        self.assertFalse(self.env["merchant.publication"].with_user(clerk).with_context(allowed_company_ids=other.ids).search([]))

    def test_a_warehouse_hand_who_moves_stock_marks_it(self):
        hand = self._new_user("warehouse")
        self._catch_up()
        self.env["stock.quant"].with_user(hand)._update_available_quantity(self.tea, self.warehouse.lot_stock_id, 5)
        self.assertEqual(self._offered(), 105)

    def test_a_clerk_who_matches_a_listing_publishes_it(self):
        listing = self.env["merchant.listing"].create({"shop_id": self.shop.id, "sku": "ELSE"})
        listing.with_user(self._new_user("clerk")).product_id = self.cup
        self.assertEqual(self._offered(listing), 100)
