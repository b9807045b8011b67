from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import MerchantCase, PlatformCase

MODELS = ("merchant.shop", "merchant.listing", "merchant.inbox", "merchant.shipment.notice")


@tagged("post_install", "-at_install")
class TestRights(MerchantCase):
    def setUp(self):
        super().setUp()
        self.order = self._take(self._payload("W-100"))

    def _sees(self, user, model):
        return self.env[model].with_user(user).search([]).mapped("shop_id" if model != "merchant.shop" else "id")

    def assertRefused(self, work):
        with self.assertRaises(AccessError), self.cr.savepoint():
            work()
            self.env.flush_all()

    def test_nobody_writes_the_outcome_of_a_row_himself(self):
        row = self._push(self._payload(receiver={}))
        clerk = self._new_user("clerk")
        self.assertRefused(lambda: row.with_user(clerk).write({"state": "done"}))
        self.assertEqual(row.state, "held")

    def test_each_company_sees_its_own(self):
        other = self._new_company("Other")
        shop = self.env["merchant.shop"].with_company(other).create({"name": "Other Shop"})
        self.env["merchant.listing"].create({"shop_id": shop.id, "sku": "X"})
        self.env["merchant.inbox"].sudo().push(shop.id, [self._payload()])
        clerk = self._new_user("clerk")
        self.assertNotIn(shop.id, self._sees(clerk, "merchant.shop"))
        for model in MODELS[1:]:
            self.assertNotIn(shop, self._sees(clerk, model).sudo(), model)
        with self.assertRaisesRegex(UserError, "no shop"):
            self.env["merchant.inbox"].with_user(self._new_user("integration")).push("Other Shop", [])

    def test_a_shop_may_be_for_named_users_only(self):
        named, other = self._new_user("clerk"), self._new_user("clerk", login="other_clerk")
        self.shop.user_ids = [Command.set(named.ids)]
        for model in MODELS[:3]:
            self.assertTrue(self._sees(named, model), model)
            self.assertFalse(self._sees(other, model), model)

    def test_its_orders_too_but_who_ships_or_books_works_with_all(self):
        order = self._take(self._payload("W-100"))
        self.shop.user_ids = [Command.set(self._new_user("clerk").ids)]
        for role, seen in (("service", False), ("auditor", False), ("warehouse", True), ("finance", True)):
            found = self.env["sale.order"].with_user(self._new_user(role)).search([("id", "=", order.id)])
            self.assertEqual(bool(found), seen, role)
        other = self._new_user("clerk", login="other_clerk")
        self.assertFalse(self.env["sale.order.line"].with_user(other).search([("order_id", "=", order.id)]))
        self.assertRefused(lambda: order.with_user(other).read(["partner_id"]))
        mine = self.shop.user_ids
        self.assertEqual(order.with_user(mine).read(["merchant_shop_id"])[0]["merchant_shop_id"][0], self.shop.id)

    def test_a_clerk_mends_and_matches(self):
        clerk = self._new_user("clerk")
        unmatched = self._push(self._payload(lines=[self._line("1", "HKT-MUG", 1, "30.00")]))
        accepted = self._push(self._payload(receiver={}))
        inbox = self.env["merchant.inbox"].with_user(clerk)
        inbox.browse(accepted.id).action_accept()
        self.assertEqual((accepted.state, accepted.sale_order_id.state), ("done", "sale"))
        with self._jobs():
            unmatched.listing_ids.with_user(clerk).product_id = self.cup
        self.assertEqual(unmatched.state, "done")
        order = self.order.with_user(clerk)
        order.action_merchant_hold()
        order.action_merchant_release()
        self.assertFalse(order.merchant_hold_code)
        self.assertIn("W-100", inbox.search([("order_ref", "=", "W-100")]).payload_text)

    def test_a_retry_by_a_clerk_may_make_what_the_shop_makes(self):
        row = self._push(self._payload(lines=[self._line("1", "HKT-MUG", 1, "30.00")]))
        self.shop.unknown_sku = "create"
        row.with_user(self._new_user("clerk")).action_retry()
        self.assertEqual(row.state, "done", row.reason)

    def test_a_clerk_neither_adds_nor_changes_shops(self):
        clerk = self._new_user("clerk")
        self.assertRefused(lambda: self.shop.with_user(clerk).write({"name": "Mine"}))
        self.assertRefused(lambda: self.env["merchant.shop"].with_user(clerk).create({"name": "Mine"}))
        self.assertRefused(lambda: self.env["merchant.shop.wizard"].with_user(clerk).create({"name": "Mine"}))

    def test_an_owner_adds_a_shop(self):
        wizard = self.env["merchant.shop.wizard"].with_user(self._new_user("owner"))
        values = {"name": "New", "platform": "own", "warehouse_id": self.warehouse.id}
        action = wizard.create(values).action_create()
        self.assertRecordValues(
            self.env["merchant.shop"].browse(action["res_id"]),
            [{"name": "New", "state": "ready", "warehouse_ids": self.warehouse.ids, "company_id": self.company.id}],
        )

    def test_a_script_hands_in_and_reads_states_and_nothing_else(self):
        script = self._new_user("integration")
        inbox = self.env["merchant.inbox"].with_user(script)
        with self._jobs():
            answers = inbox.push("Tea House", [self._payload("W-200"), self._payload(total="1.00")])
        self.assertEqual([answer["state"] for answer in answers], ["new", "new"])
        state = inbox.order_states("Tea House", ["W-200"])["W-200"]
        self.assertEqual((state["inbox_state"], state["state"], state["total"]), ("done", "sale", 224.0))
        row = inbox.browse(answers[1]["inbox_id"])
        for work in (
            lambda: row.action_retry(),
            lambda: row.write({"state": "new"}),
            lambda: row.payload_text,
            lambda: self.order.with_user(script).write({"note": "x"}),
            lambda: self.order.with_user(script).action_merchant_hold(),
            lambda: self.order.picking_ids.with_user(script).write({"note": "x"}),
            lambda: self.shop.with_user(script).write({"name": "x"}),
            lambda: self.shop.with_user(script).app_secret,
            lambda: self.env["merchant.listing"].with_user(script).create({"shop_id": self.shop.id, "sku": "x"}),
            lambda: self.env["product.product"].with_user(script).create({"name": "x"}),
        ):
            self.assertRefused(work)

    def test_an_auditor_reads_everything_and_changes_nothing(self):
        auditor = self._new_user("auditor")
        row = self.env["merchant.inbox"].search([("order_ref", "=", "W-100")])
        records = (self.shop, self.env["merchant.listing"].search([], limit=1), row, self.order, self.order.picking_ids)
        for record in records:
            mine = record.with_user(auditor)
            self.assertTrue(mine.read(["display_name"]))
            self.assertRefused(lambda mine=mine: mine.write({"create_date": False}))
            self.assertRefused(lambda mine=mine: mine.unlink())
            self.assertRefused(lambda mine=mine: mine.create({}))
        self.assertIn("W-100", row.with_user(auditor).payload_text)
        held = self._push(self._payload(total="1.00"))
        self.assertRefused(lambda: held.with_user(auditor).action_retry())

    def test_customer_service_reads_orders_of_everybody(self):
        agent = self._new_user("service")
        self.assertEqual(self.order.with_user(agent).read(["amount_total"])[0]["amount_total"], 224.0)
        self.assertIn("W-100", self.env["sale.order"].with_user(agent).search([]).mapped("platform_order_ref"))
        self.assertRefused(lambda: self.order.with_user(agent).write({"note": "x"}))

    def test_a_stranger_sees_nothing(self):
        stranger = self._new_user("user", login="stranger")
        for model in MODELS:
            self.assertRefused(lambda model=model: self.env[model].with_user(stranger).search([]))


@tagged("post_install", "-at_install")
class TestWarehouseRights(PlatformCase):
    def test_a_warehouse_hand_ships_and_the_platform_hears_of_it(self):
        hand = self._new_user("warehouse")
        order = self._take(self._payload("W-100"))
        self._ship(order.picking_ids.with_user(hand))
        self.assertEqual(order.merchant_notice_ids.mapped("platform_order_ref"), ["W-100"])

    def test_so_too_for_a_shop_that_the_hand_does_not_see(self):
        hand = self._new_user("warehouse")
        order = self._take(self._payload("W-100"))
        self.shop.user_ids = [Command.set(self._new_user("clerk").ids)]
        self.env.flush_all()
        self.env.invalidate_all()
        self._ship(order.picking_ids.with_user(hand))
        self.assertEqual(len(order.merchant_notice_ids), 1)

    def test_a_hand_cannot_ship_what_is_held_nor_release_it(self):
        hand = self._new_user("warehouse")
        order = self._take(self._payload("W-100"))
        order.action_merchant_hold()
        with self.assertRaisesRegex(UserError, "must not be shipped"), self.cr.savepoint():
            self._ship(order.picking_ids.with_user(hand))
