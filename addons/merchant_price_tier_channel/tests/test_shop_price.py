from odoo.tests import tagged

from odoo.addons.merchant_channel.tests.common import MerchantCase


@tagged("post_install", "-at_install")
class TestShopPrice(MerchantCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tier = cls.env["merchant.price.tier"].create({"name": "Shop", "company_id": cls.company.id})
        cls.shop.merchant_tier_id = cls.tier
        cls.env["product.pricelist.item"].create(
            {"pricelist_id": cls.tier.pricelist_id.id, "applied_on": "1_product", "fixed_price": 12,
             "product_tmpl_id": cls.tea.product_tmpl_id.id}
        )  # fmt: skip
        cls.tea.taxes_id = False

    def platform_order(self, **vals):
        line = {
            "product_id": self.tea.id, "product_uom_qty": 2, "price_unit": 10, "technical_price_unit": 0,
            "platform_line_ref": "1", "platform_paid_amount": 20, "tax_ids": [(6, 0, [])],
        }  # fmt: skip
        partner = self.env["res.partner"].create({"name": "Buyer"})
        return self.env["sale.order"].create(
            {
                "partner_id": partner.id, "company_id": self.company.id, "merchant_shop_id": self.shop.id,
                "pricelist_id": self.shop.pricelist_id.id, "platform_order_ref": "P-1",
                "order_line": [(0, 0, line)], **vals,
            }
        )  # fmt: skip

    def test_the_shop_takes_the_tiers_list(self):
        self.assertEqual(self.shop.pricelist_id, self.tier.pricelist_id)

    def test_the_platforms_price_is_kept_and_ours_shown_beside_it(self):
        order = self.platform_order()
        self.assertEqual((order.order_line.price_unit, order.order_line.merchant_our_price), (10, 12))
        self.assertEqual((order.order_line.merchant_price_difference, order.merchant_price_difference), (-4, -4))

    def test_a_floor_tells_and_does_not_stop_what_is_paid(self):
        self.env["merchant.price.floor"].create(
            {"kind": "amount", "figure": 11, "action": "block", "company_id": self.company.id}
        )
        order = self.platform_order()
        self.assertEqual(order.merchant_floor_state, "block")
        order.action_confirm()
        self.assertEqual((order.state, order.order_line.price_unit), ("sale", 10))

    def test_a_floor_does_not_judge_postage(self):
        self.env["merchant.price.floor"].create(
            {"kind": "margin", "figure": 10, "action": "ask", "company_id": self.company.id}
        )
        self.tea.standard_price = 1
        order = self._take(self._payload(lines=[self._line("1", "HKT-TEA", 1, "98.00")]))
        self.assertEqual(order.order_line.mapped("merchant_floor_state"), [False, False])

    def test_a_repricings_preview_keeps_apart_what_platforms_price(self):
        self.platform_order().action_confirm()
        repricing = self.env["merchant.repricing"].create(
            {"pricelist_id": self.tier.pricelist_id.id, "figure": -50, "company_id": self.company.id}
        )
        repricing.action_compute()
        repricing.action_preview()
        _quotations, sales, platforms = repricing.preview["table"]["rows"]
        self.assertIn("0.00", sales[1])
        self.assertIn("24.00", platforms[1])
        self.assertIn("12.00", platforms[2])

    def test_nobody_is_asked_for_the_reason_of_a_platforms_price(self):
        self.company.write({"merchant_hand_reason": True, "merchant_hand_limit": 5})
        self.assertFalse(self.platform_order().merchant_floor_state)

    def test_whether_floors_count_promotions_is_the_shops(self):
        order = self.platform_order()
        self.company.merchant_floor_after_promotion = True
        for looks_at, counts in ((False, True), ("before", False), ("after", True)):
            self.shop.merchant_floor_counts = looks_at
            self.assertEqual(order._merchant_counts_promotions(), counts)
        self.company.merchant_floor_after_promotion = False
        self.assertTrue(order._merchant_counts_promotions(), "the shop's word counts first")
        self.shop.merchant_floor_counts = False
        self.assertFalse(order._merchant_counts_promotions())

    def test_the_moment_that_counts_is_the_shops(self):
        rule = self.env["product.pricelist.item"].search([("pricelist_id", "=", self.tier.pricelist_id.id)])
        rule.date_end = "2026-11-11 00:00:00"
        times = {"platform_created_at": "2026-11-10 23:50:00", "platform_paid_at": "2026-11-11 00:10:00"}
        for moment, wanted in (("order", 12), ("payment", self.tea.list_price)):
            self.shop.merchant_price_moment = moment
            self.assertEqual(
                self.platform_order(platform_order_ref=moment, **times).order_line.merchant_our_price, wanted
            )
