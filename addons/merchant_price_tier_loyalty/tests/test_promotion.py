from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.merchant_price_tier.tests.test_order import OrderCase


@tagged("post_install", "-at_install")
class TestPromotion(OrderCase):
    """Longjing costs VIPs 90; nothing may be sold below 85."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["loyalty.program"].search([]).active = False
        cls.env["merchant.price.floor"].create({"kind": "amount", "figure": 85, "action": "block"})
        cls.puer = cls.env["product.product"].create({"name": "Puer", "list_price": 200})

    def promotion(self, **reward):
        reward = {"reward_type": "discount", "discount": 10, "discount_mode": "percent", **reward}
        return self.env["loyalty.program"].create(
            {
                "name": "Double 11",
                "program_type": "promotion",
                "trigger": "auto",
                "applies_on": "current",
                "rule_ids": [(0, 0, {"minimum_qty": 0})],
                "reward_ids": [(0, 0, reward)],
            }
        )

    def promoted(self, order, program):
        order._update_programs_and_rewards()
        coupons = order._get_claimable_rewards()
        coupon = next(coupon for coupon, rewards in coupons.items() if program.reward_ids & rewards)
        order._apply_program_reward(program.reward_ids, coupon)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertTrue(order.order_line.filtered("is_reward_line"))
        return order.order_line.filtered(lambda line: not line.is_reward_line)

    def both(self):
        order = self.order()
        order.order_line = [(0, 0, {"product_id": self.puer.id, "tax_ids": [(6, 0, [])]})]
        return order

    def test_what_a_promotion_leaves_is_held_against_the_floor(self):
        order = self.order()
        self.assertFalse(order.merchant_floor_state)
        line = self.promoted(order, self.promotion())
        self.assertEqual(line.merchant_floor_state, "block")
        with self.assertRaises(UserError):
            order.action_confirm()

    def test_where_the_company_says_so_only(self):
        self.company.merchant_floor_after_promotion = False
        order = self.order()
        line = self.promoted(order, self.promotion())
        self.assertFalse(line.merchant_floor_state)
        self.assertIn("81.00", " ".join(step["text"] for step in line.merchant_price_why["steps"]), "told all the same")
        order.action_confirm()

    def test_a_promotion_on_certain_goods_lowers_these_only(self):
        program = self.promotion(discount_applicability="specific", discount_product_ids=[(6, 0, self.puer.ids)])
        tea, puer = self.promoted(self.both(), program)
        self.assertEqual([tea.merchant_floor_state, puer.merchant_floor_state], [False, False])
        reductions = tea.order_id._merchant_reductions(tea.order_id._merchant_discounts())
        self.assertEqual({line: float(part) for line, part in reductions.items()}, {puer: -20})

    def test_a_promotion_on_the_cheapest_falls_on_that_line(self):
        tea, puer = self.promoted(self.both(), self.promotion(discount_applicability="cheapest"))
        self.assertEqual([tea.merchant_floor_state, puer.merchant_floor_state], ["block", False])

    def test_a_promotion_on_the_order_is_shared_to_the_fen(self):
        tea, puer = self.promoted(self.both(), self.promotion(discount_mode="per_order", discount=33.33))
        reductions = tea.order_id._merchant_reductions(tea.order_id._merchant_discounts())
        self.assertEqual([str(reductions[tea]), str(reductions[puer])], ["-10.34", "-22.99"])

    def test_a_gift_card_pays_and_lowers_nothing(self):
        program = self.env["loyalty.program"].create(
            {
                "name": "Card",
                "program_type": "gift_card",
                "applies_on": "future",
                "trigger": "auto",
                "reward_ids": [
                    (0, 0, {"reward_type": "discount", "discount_mode": "per_point", "discount": 1,
                            "discount_applicability": "order", "required_points": 1})
                ],
            }
        )  # fmt: skip
        card = self.env["loyalty.card"].create({"program_id": program.id, "points": 50})
        order = self.order()
        status = order._try_apply_code(card.code)
        order._apply_program_reward(next(iter(status.values())), next(iter(status)))
        self.env.invalidate_all()
        self.assertEqual(order.amount_total, 40)
        self.assertFalse(order.merchant_floor_state)

    def test_a_free_product_is_not_judged(self):
        program = self.promotion(
            reward_type="product", reward_product_id=self.puer.id, reward_product_qty=1, required_points=1
        )
        self.promoted(self.order(), program)
        order = self.env["sale.order"].search([("partner_id", "=", self.customer.id)], limit=1)
        free = order.order_line.filtered("is_reward_line")
        self.assertEqual(
            (free.price_subtotal, free.merchant_floor_state, order.merchant_floor_state), (0, False, False)
        )

    def test_a_clerk_who_reads_no_programs_is_told_the_same(self):
        clerk = new_test_user(
            self.env, "loyal", groups="merchant_base.group_clerk,sales_team.group_sale_salesman_all_leads"
        )
        program = self.promotion(discount_applicability="specific", discount_product_ids=[(6, 0, self.longjing.ids)])
        line = self.promoted(self.order(), program).with_user(clerk)
        self.assertEqual((line.merchant_floor_state, line.merchant_floor_text), ("block", "Below the floor."))
        self.assertTrue(line.merchant_price_why)
