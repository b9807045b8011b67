from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import StockAlertCase


@tagged("post_install", "-at_install")
class TestRights(StockAlertCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule = cls.threshold(method="quantity", quantity=5)

    def setUp(self):
        super().setUp()
        self.put(4)
        self.evaluate()

    def user(self, role):
        return new_test_user(
            self.env,
            f"{role}_alert",
            groups=f"merchant_base.group_{role}",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )

    def test_a_buyer_sets_lines_and_acts(self):
        buyer = self.user("buyer")
        self.rule.with_user(buyer).quantity = 6
        self.alerts().with_user(buyer).action_take()
        self.alerts().with_user(buyer).action_purchase()
        self.assertTrue(self.position().with_user(buyer).why)

    def test_a_clerk_reads_and_changes_nothing(self):
        clerk = self.user("clerk")
        self.assertTrue(self.alerts().with_user(clerk).summary)
        for record, vals in (
            (self.rule, {"quantity": 1}),
            (self.alerts(), {"state": "closed"}),
            (self.position(), {"on_hand": 1}),
        ):
            with self.assertRaises(AccessError):
                record.with_user(clerk).write(vals)

    def test_a_warehouse_hand_moves_stock_and_the_marks_are_made(self):
        hand = self.user("warehouse")
        location = self.wuhan.lot_stock_id
        self.env["stock.quant"].with_user(hand).with_context(inventory_mode=True).create(
            {"product_id": self.tea.id, "location_id": location.id, "inventory_quantity": 40}
        ).action_apply_inventory()
        self.evaluate()
        self.assertFalse(self.alerts())

    def test_what_a_product_costs_is_not_for_everybody(self):
        clerk = self.user("clerk")
        with self.assertRaises(AccessError):
            self.position().with_user(clerk).read(["stock_value"])

    def test_another_company_sees_nothing(self):
        other = self.env["res.company"].create({"name": "别家"})
        stranger = new_test_user(
            self.env,
            "stranger",
            groups="merchant_base.group_buyer",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        for model in ("position", "alert", "threshold", "day"):
            found = (
                self.env[f"merchant.stock.{model}"]
                .with_user(stranger)
                .with_context(allowed_company_ids=other.ids)
                .search([("company_id", "=", self.company.id)])
            )
            self.assertFalse(found)
