from datetime import timedelta

from odoo import fields
from odoo.tests import new_test_user, tagged

from odoo.addons.merchant_sourcing.tests.common import SourcingCase


@tagged("post_install", "-at_install")
class TestTier(SourcingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.silver, cls.gold = cls.env["merchant.price.tier"].create(
            [{"name": "银卡 T", "sequence": 110}, {"name": "金卡 T", "sequence": 120}]
        )

    def member(self, tier):
        buyer = self.address(f"{tier.name} 买家", "SH", "上海市浦东新区")
        buyer.merchant_tier_id = tier
        return buyer

    def test_the_tier_is_a_condition_of_a_rule(self):
        self.rule("金卡", [self.ningbo], tier_ids=[(6, 0, self.gold.ids)])
        self.rule("其余", [self.wuhan])
        self.stock(tea={self.ningbo: 9, self.wuhan: 9})
        gold = self.order((self.tea, 1), partner=self.member(self.gold))
        silver = self.order((self.tea, 1), partner=self.member(self.silver))
        plain = self.order((self.tea, 1))
        (gold | silver | plain).action_confirm()
        self.assertEqual(gold.warehouse_id, self.ningbo)
        self.assertEqual((silver | plain).warehouse_id, self.wuhan)

    def test_a_contact_has_the_tier_of_its_company(self):
        self.rule("金卡", [self.ningbo], tier_ids=[(6, 0, self.gold.ids)])
        self.rule("其余", [self.wuhan])
        self.stock(tea={self.ningbo: 9, self.wuhan: 9})
        company = self.member(self.gold)
        company.is_company = True
        contact = self.env["res.partner"].create({"name": "采购员", "parent_id": company.id})
        order = self.order((self.tea, 1), partner=contact)
        order.action_confirm()
        self.assertEqual(order.warehouse_id, self.ningbo)

    def test_the_last_piece_goes_to_the_better_tier(self):
        self.rule(warehouses=[self.wuhan])
        self.stock(tea={self.wuhan: 1})
        early = fields.Datetime.now() - timedelta(days=2)
        plain = self.order((self.tea, 1), date_order=early)
        silver = self.order((self.tea, 1), partner=self.member(self.silver), date_order=early)
        gold = self.order((self.tea, 1), partner=self.member(self.gold))
        (plain | silver | gold).action_confirm()
        self.assertEqual((gold.state, silver.state, plain.state), ("sale", "draft", "draft"))

    def test_who_reads_rules_reads_their_tiers(self):
        rule = self.rule("金卡", tier_ids=[(6, 0, self.gold.ids)])
        hand = new_test_user(self.env, "tier-hand", groups="merchant_base.group_warehouse")
        self.assertIn("金卡 T", rule.with_user(hand).summary)
