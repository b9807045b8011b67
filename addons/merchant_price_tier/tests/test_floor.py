from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .test_order import OrderCase


@tagged("post_install", "-at_install")
class TestFloor(OrderCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = new_test_user(
            cls.env, "clerk_p", groups="merchant_base.group_clerk,sales_team.group_sale_salesman_all_leads"
        )
        cls.approver = new_test_user(cls.env, "approver_p", groups="merchant_price_tier.group_price_approver")

    def floor(self, action="ask", **vals):
        return self.env["merchant.price.floor"].create({"kind": "margin", "figure": 40, "action": action, **vals})

    def test_below_it_an_order_is_blocked_warned_or_asked_about(self):
        # cost 60, 40 percent margin: the floor is 100
        floor = self.floor("block")
        order = self.order()
        self.assertEqual(order.order_line.merchant_floor_state, "block")
        with self.assertRaisesRegex(UserError, "too low"):
            order.action_confirm()
        floor.action = "warn"
        self.env.invalidate_all()
        self.assertEqual(order.merchant_floor_state, "warn")
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_an_approval_is_bound_to_line_price_and_quantity(self):
        self.floor()
        order = self.order(env=self.env(user=self.clerk))
        with self.assertRaisesRegex(UserError, "need an approval"):
            order.action_confirm()
        order.action_merchant_ask()
        order.action_merchant_ask()
        approval = self.env["merchant.price.approval"].search([("order_id", "=", order.id)])
        self.assertEqual(len(approval), 1)
        self.assertIn(self.approver, approval.activity_ids.user_id)
        with self.assertRaisesRegex(UserError, "wait for an approval"):
            order.action_confirm()
        approval.with_user(self.approver).action_approve()
        self.assertEqual(order.order_line.merchant_floor_state, "approved")
        order.order_line.product_uom_qty = 2
        self.assertEqual(order.order_line.merchant_floor_state, "ask")
        order.order_line.product_uom_qty = 1
        order.order_line.discount = 5
        self.assertEqual(order.order_line.merchant_floor_state, "ask")
        order.order_line.discount = 0
        self.assertEqual(order.order_line.merchant_floor_state, "approved")
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_a_question_about_another_price_is_outdated(self):
        self.floor()
        order = self.order(env=self.env(user=self.clerk))
        order.action_merchant_ask()
        approval = self.env["merchant.price.approval"].search([("order_id", "=", order.id)])
        order.order_line.discount = 5
        approval.with_user(self.approver).action_approve()
        self.assertEqual(approval.state, "outdated")
        order.action_merchant_ask()
        self.assertEqual(order.merchant_floor_state, "asked")

    def test_refused_stays_refused(self):
        self.floor()
        order = self.order(env=self.env(user=self.clerk))
        order.action_merchant_ask()
        approval = self.env["merchant.price.approval"].search([("order_id", "=", order.id)])
        approval.with_user(self.approver).action_refuse()
        with self.assertRaises(UserError):
            order.action_confirm()
        with self.assertRaises(UserError):
            approval.with_user(self.approver).action_approve()

    def test_only_approvers_decide(self):
        self.floor()
        order = self.order(env=self.env(user=self.clerk))
        order.action_merchant_ask()
        approval = self.env["merchant.price.approval"].search([("order_id", "=", order.id)])
        with self.assertRaises(AccessError):
            approval.with_user(self.clerk).action_approve()
        with self.assertRaises(AccessError):
            approval.with_user(self.clerk).write({"state": "approved"})
        with self.assertRaises(AccessError):
            self.env["merchant.price.approval"].with_user(self.clerk).create(
                {"line_id": order.order_line.id, "price": 1, "quantity": 1, "uom_id": self.unit.id}
            )

    def test_who_may_not_see_costs_learns_no_number(self):
        self.floor("warn")
        self.env["product.pricelist.item"].create(
            {"pricelist_id": self.vip.pricelist_id.id, "applied_on": "0_product_variant",
             "product_id": self.longjing.id, "compute_price": "formula", "base": "standard_price",
             "price_discount": -20}
        )  # fmt: skip
        line = self.order(env=self.env(user=self.clerk)).order_line
        self.assertEqual(line.price_unit, 72)
        self.assertEqual(line.merchant_floor_text, "Below the floor.")
        told = str(line.merchant_price_why)
        self.assertNotIn("20", told.split("taken")[1].split("}")[0])
        with self.assertRaises(AccessError):
            line.read(["merchant_price_trace"])
        with self.assertRaises(AccessError):
            self.env["merchant.price.floor"].with_user(self.clerk).search([])
        self.assertIn("100.00", line.with_user(self.approver).merchant_floor_text)

    def test_the_narrowest_floor_counts(self):
        self.floor("block")
        self.floor("warn", categ_id=self.tea.id)
        self.floor("ask", tier_id=self.vip.id, categ_id=self.green.id)
        self.assertEqual(self.order().merchant_floor_state, "ask")
        self.floor("block", product_tmpl_id=self.longjing.product_tmpl_id.id, kind="amount", figure=89)
        self.assertFalse(self.order().merchant_floor_state)

    def test_a_missing_cost_is_no_licence(self):
        self.floor("block")
        self.longjing.standard_price = 0
        self.assertIn("no cost", self.order().order_line.merchant_floor_text)

    def test_units_and_taxes_are_taken_out_of_the_comparison(self):
        tax = self.env["account.tax"].create(
            {"name": "13% incl", "amount": 13, "price_include_override": "tax_included"}
        )
        self.floor("block", kind="amount", figure=80)
        line = self.order(price_unit=90.4, tax_ids=[(6, 0, tax.ids)]).order_line
        self.assertEqual((line.price_subtotal, line.merchant_floor_state), (80, False))
        line.price_unit = 90.38
        self.assertEqual(line.merchant_floor_state, "block")
        dozen = self.order(product_uom_id=self.dozen.id, price_unit=960).order_line
        self.assertFalse(dozen.merchant_floor_state)
        dozen.price_unit = 959
        self.assertEqual(dozen.merchant_floor_state, "block")

    def test_hands_have_limits_and_reasons(self):
        self.company.merchant_hand_limit = 5
        order = self.order(env=self.env(user=self.clerk))
        order.order_line.price_unit = 86
        self.assertFalse(order.merchant_floor_state)
        order.order_line.price_unit = 80
        self.assertEqual(order.merchant_floor_state, "ask")
        self.assertFalse(order.with_user(self.approver).merchant_floor_state)
        self.company.merchant_hand_limit = 100
        self.company.merchant_hand_reason = True
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "choose a reason"):
            order.action_confirm()
        order.order_line.merchant_reason_id = self.env.ref("merchant_price_tier.reason_volume")
        order.action_confirm()

    def test_a_negative_price_is_explained_and_stopped_by_a_floor(self):
        """Stock Odoo allows it, for what is taken back or given off by a line of its own."""
        order = self.order(price_unit=-1)
        self.assertEqual(order.merchant_floor_state, "warn")
        self.assertIn("negative", order.order_line.merchant_floor_text)
        self.floor("block", kind="amount", figure=1)
        self.env.invalidate_all()
        self.assertEqual(self.order(price_unit=-1).merchant_floor_state, "block")

    def test_a_negative_price_needs_the_right_to_go_so_far_below_ours(self):
        self.company.merchant_hand_limit = 5
        self.assertEqual(self.order(env=self.env(user=self.clerk), price_unit=-1).merchant_floor_state, "ask")

    def test_a_floor_that_cannot_be_is_refused(self):
        with self.assertRaises(ValidationError):
            self.floor(figure=100)

    def test_a_discount_on_the_whole_order_counts_on_its_lines(self):
        self.floor("block", kind="amount", figure=85)
        order = self.order()
        self.assertFalse(order.merchant_floor_state)
        wizard = self.env["sale.order.discount"].create(
            {"sale_order_id": order.id, "discount_type": "so_discount", "discount_percentage": 0.05}
        )
        wizard.action_apply_discount()
        goods = order.order_line.filtered(lambda line: line.product_id == self.longjing)
        self.assertEqual((goods.merchant_floor_state, order.merchant_floor_state), (False, False), "85.50 are left")
        self.assertIn("85.50", " ".join(step["text"] for step in goods.merchant_price_why["steps"]))
        wizard.action_apply_discount()
        self.env.invalidate_all()
        self.assertEqual(goods.merchant_floor_state, "block")
