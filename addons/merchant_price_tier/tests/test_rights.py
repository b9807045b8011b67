from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .test_order import OrderCase


@tagged("post_install", "-at_install")
class TestRights(OrderCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = new_test_user(cls.env, "clerk_x", groups="merchant_base.group_clerk")
        cls.manager = new_test_user(
            cls.env, "manager_x", groups="merchant_price_tier.group_price_manager,base.group_partner_manager"
        )
        cls.other = cls.env["res.company"].create({"name": "Other"})

    def test_a_clerk_asks_for_prices_and_changes_none(self):
        env = self.env(user=self.clerk)
        self.assertEqual(env["merchant.price.check"].explain(self.longjing.id, 1, self.customer.id)["price"], 90)
        for model, vals in (
            ("merchant.price.tier", {"name": "Mine"}),
            ("product.pricelist.item", {"pricelist_id": self.vip.pricelist_id.id, "fixed_price": 1}),
            ("merchant.price.floor", {"kind": "amount", "figure": 1}),
            ("merchant.repricing", {"pricelist_id": self.vip.pricelist_id.id, "figure": 1}),
            ("merchant.price.sheet", {"file": b""}),
            ("merchant.tier.change", {"partner_id": self.customer.id, "company_id": self.env.company.id}),
        ):
            with self.assertRaises(AccessError, msg=model):
                env[model].create(vals)

    def test_a_price_manager_makes_tiers_lists_and_rules(self):
        env = self.env(user=self.manager)
        tier = env["merchant.price.tier"].create({"name": "Mine"})
        rule = env["product.pricelist.item"].create({"pricelist_id": tier.pricelist_id.id, "fixed_price": 1})
        env["res.partner"].browse(self.customer.id).merchant_tier_id = tier
        self.assertEqual(self.customer.property_product_pricelist._get_product_rule(self.longjing, 1), rule.id)
        env["merchant.price.floor"].create({"kind": "amount", "figure": 1})
        self.assertTrue(env["res.partner"].browse(self.customer.id).action_merchant_own_prices())

    def test_another_companys_tiers_floors_and_sheets_are_not_seen(self):
        theirs = (
            self.env["merchant.price.tier"]
            .with_company(self.other)
            .create({"name": "Theirs", "company_id": self.other.id})
        )
        floor = self.env["merchant.price.floor"].create({"figure": 1, "company_id": self.other.id})
        for record in (theirs, floor):
            seen = self.env[record._name].with_user(self.manager)
            self.assertFalse(seen.search([("id", "=", record.id)]))
            with self.assertRaises(AccessError):
                seen.browse(record.id).read(["name"])

    def test_another_companys_product_has_no_price_here(self):
        secret = self.env["product.product"].create({"name": "Secret", "company_id": self.other.id, "list_price": 7})
        with self.assertRaises(AccessError):
            self.vip.pricelist_id.with_user(self.clerk)._get_product_price(secret.with_user(self.clerk), 1)

    def test_a_portal_user_is_priced_as_by_stock_odoo(self):
        portal = new_test_user(self.env, "portal_x", groups="base.group_portal")
        price = self.vip.pricelist_id.with_user(portal).sudo()._get_product_price(self.longjing.sudo(), 1)
        self.assertEqual(price, 90)
