from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged

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
        told = approval.with_user(self.approver).action_approve()["params"]["message"]
        self.assertEqual(approval.state, "outdated")
        self.assertIn("nothing was decided", told)
        order.action_merchant_ask()
        self.assertEqual(order.merchant_floor_state, "asked")

    def test_the_order_says_what_to_do_and_its_lines_where(self):
        self.floor()
        order = self.order(env=self.env(user=self.clerk))
        self.assertIn("press “Ask for Approval”", order.merchant_floor_advice)
        self.assertEqual(order.order_line.merchant_price_why["badge"], {"text": "Needs approval", "color": "warning"})
        order.action_merchant_ask()
        self.assertIn("confirm the order when it has come", order.merchant_floor_advice)
        order.pricelist_id = False
        order.order_line.sudo().merchant_price_trace = False
        self.assertEqual(order.order_line.merchant_price_why["summary"], "Below the floor.")
        order.order_line.price_unit = 900
        self.assertFalse(order.merchant_floor_advice)

    def test_reasons_are_asked_for_where_prices_are_by_hand(self):
        order = self.order(env=self.env(user=self.clerk))
        self.assertFalse(order.merchant_has_hand_prices)
        order.order_line.price_unit = 89
        self.assertTrue(order.merchant_has_hand_prices)

    def test_the_approver_finds_what_he_decides_by(self):
        self.floor()
        order = self.order(quantity=2, price_unit=80)
        order.order_line.merchant_reason_id = self.env["merchant.price.reason"].create({"name": "Large order"})
        order.action_merchant_ask()
        [told] = order.merchant_approval_ids.with_user(self.approver).read(
            ["our_price", "price", "amount", "reason_id", "tier_id"]
        )
        self.assertEqual((told["our_price"], told["price"], told["amount"]), (90, 80, 160))
        self.assertEqual((told["reason_id"][1], told["tier_id"][1]), ("Large order", self.vip.name))

    def test_a_decision_is_taken_back_until_the_order_is_confirmed(self):
        line = self.approved()
        approval = line.merchant_approval_ids.with_user(self.approver)
        with self.assertRaises(AccessError):
            approval.with_user(self.clerk).action_reopen()
        approval.action_reopen()
        self.assertEqual((approval.state, line.merchant_floor_state), ("asked", "asked"))
        self.assertFalse(approval.decided_by_id)
        self.assertIn(self.approver, approval.activity_ids.user_id)
        approval.action_refuse()
        self.assertEqual(line.merchant_floor_state, "refused")
        approval.action_reopen()
        approval.action_approve()
        line.order_id.action_confirm()
        with self.assertRaisesRegex(UserError, "not open to a new decision"):
            approval.action_reopen()

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

    def approved(self, **line):
        """A line of an order, its price of 90 below the floor of 100 and approved."""
        self.floor()
        order = self.order(**line)
        order.action_merchant_ask()
        order.merchant_approval_ids.with_user(self.approver).action_approve()
        self.env.invalidate_all()
        self.assertEqual(order.order_line.merchant_floor_state, "approved")
        return order.order_line

    def test_an_approval_is_not_for_another_product_at_the_same_price(self):
        line = self.approved()
        gold = self.env["product.product"].create({"name": "Gold", "list_price": 90, "standard_price": 89})
        line.product_id = gold
        self.assertEqual((line.price_unit, line.merchant_floor_state), (90, "ask"))

    def test_an_approval_is_not_for_what_a_discount_on_the_order_leaves_of_the_price(self):
        line = self.approved()
        self.env["sale.order.discount"].create(
            {"sale_order_id": line.order_id.id, "discount_type": "so_discount", "discount_percentage": 0.5}
        ).action_apply_discount()
        self.env.invalidate_all()
        self.assertEqual(line.merchant_floor_state, "ask", "45.00 was never approved")
        line.order_id.action_merchant_ask()
        question = line.merchant_approval_ids.filtered(lambda approval: approval.state == "asked")
        self.assertEqual(question.price, 45)

    def test_what_an_owner_asks_tells_no_cost_to_who_reads_it(self):
        self.floor(figure=37)  # cost 60, 37 percent margin: 95.24, which no id looks like
        self.order().with_user(self.approver).action_merchant_ask()
        approval = self.env["merchant.price.approval"].search([], limit=1)
        told = approval.with_user(self.clerk)
        self.assertEqual(told.why, "Below the floor.")
        self.assertNotIn("95.2", str(told.read()), "nothing that is read tells the floor")
        self.assertNotIn("95.2", str(told.message_ids.mapped("body")) + str(told.activity_ids.mapped("summary")))
        with self.assertRaises(AccessError):
            told.read(["floor_text"])
        self.assertIn("95.24", approval.with_user(self.approver).floor_text)

    def test_a_rule_on_cost_is_not_read_by_who_may_not_see_costs(self):
        rule = self.env["product.pricelist.item"].create(
            {"pricelist_id": self.vip.pricelist_id.id, "applied_on": "0_product_variant",
             "product_id": self.longjing.id, "compute_price": "formula", "base": "standard_price",
             "price_markup": 20}
        )  # fmt: skip
        self.clerk.group_ids |= self.env.ref("base.group_allow_export")
        blind, env = rule.with_user(self.clerk), self.env(user=self.clerk)
        self.assertFalse(blind.search([("id", "=", rule.id)]))
        self.assertNotIn(rule.id, self.vip.pricelist_id.with_user(self.clerk).item_ids.ids)
        for call in (lambda: blind.read(["price_markup"]), lambda: blind.export_data(["price"])):
            with self.assertRaises(AccessError):
                call()
        order = self.order(env=env)
        self.assertEqual(order.order_line.price_unit, 72)
        order.order_line.product_uom_qty = 2
        order._recompute_prices()
        self.assertEqual(order.amount_untaxed, 144)
        with Form(order) as form, form.order_line.edit(0) as line:
            line.product_uom_qty = 3
            self.assertEqual(line.price_unit, 72)
        self.assertEqual(env["merchant.price.check"].explain(self.longjing.id, 1, self.customer.id)["price"], 72)
        self.assertEqual(rule.with_user(self.approver).price_markup, 20)

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

    def test_what_our_price_is_cannot_be_entered(self):
        self.company.merchant_hand_limit = 10
        order = self.order(env=self.env(user=self.clerk), price_unit=50)
        for enter in (
            lambda: order.order_line.write({"merchant_our_price": 50}),
            lambda: self.order(env=self.env(user=self.clerk), price_unit=50, merchant_our_price=50),
        ):
            with self.assertRaisesRegex(AccessError, "what the price lists say"):
                enter()
        self.assertEqual((order.order_line.merchant_our_price, order.merchant_floor_state), (90, "ask"))

    def test_an_offer_is_looked_at_before_it_is_sent(self):
        self.floor()
        order = self.order(env=self.env(user=self.clerk))
        with self.assertRaisesRegex(UserError, "need an approval"):
            order.action_quotation_send()
        order.action_merchant_ask()
        order.sudo().merchant_approval_ids.with_user(self.approver).action_approve()
        self.env.invalidate_all()
        self.assertTrue(order.action_quotation_send())

    def test_a_customer_gets_what_he_was_offered(self):
        """He signs or pays in a name of his own, to which no limit of the shop was given."""
        self.company.merchant_hand_limit = 0
        order = self.order(price_unit=80)
        order.state, order.user_id = "sent", False
        self.company.partner_id.lang = "en_US"
        self.floor("block")
        portal = new_test_user(self.env, "portal_p", groups="base.group_portal")
        accepted = order.with_user(portal).sudo()
        with self.assertRaises(UserError):
            accepted.with_context(merchant_accepted=True).action_confirm()
        self.company.merchant_price_moment = "confirm"
        self.rule.fixed_price = 95
        accepted._validate_order()
        self.assertEqual((order.state, order.order_line.price_unit), ("sale", 80))
        self.assertIn("accepted prices that are below the floor: Longjing", str(order.message_ids.mapped("body")))

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

    def test_roles_have_limits_of_their_own(self):
        self.company.merchant_hand_limit = 5
        Limit = self.env["merchant.price.limit"]
        clerks, service = (self.env.ref(f"merchant_base.group_{name}") for name in ("clerk", "service"))
        Limit.create({"group_id": clerks.id, "percent": 10})
        order = self.order(env=self.env(user=self.clerk), price_unit=82)
        self.assertFalse(order.merchant_floor_state, "9 percent below 90")
        order.order_line.price_unit = 80
        self.assertEqual(order.merchant_floor_state, "ask")
        self.assertIn("you may give 10 %", order.order_line.merchant_floor_text)
        Limit.create({"group_id": service.id, "percent": 15})
        self.clerk.group_ids |= service
        self.env.invalidate_all()
        self.assertFalse(order.merchant_floor_state, "the largest limit of his roles counts")
        with self.assertRaises(AccessError):
            Limit.with_user(self.clerk).search([]).percent = 100

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
