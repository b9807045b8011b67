from odoo.tests import new_test_user, tagged

from odoo.addons.merchant_sourcing.tests.common import SourcingCase


@tagged("post_install", "-at_install")
class TestReaders(SourcingCase):
    """Every role opens what its menus offer."""

    def test_a_user_of_one_shop_reads_rules_that_name_another(self):
        self.env.ref("base.CNY").active = True
        shop = self.env["merchant.shop"].create(
            {"name": "别人的店", "warehouse_id": self.wuhan.id, "user_ids": [(6, 0, self.env.user.ids)]}
        )
        self.rule("别人的店", shop_ids=[(6, 0, shop.ids)])
        clerk = new_test_user(self.env, "one-shop", groups="merchant_base.group_clerk")
        ruleset = self.ruleset.with_user(clerk)
        self.assertTrue(
            ruleset.web_read({"name": {}, "finding": {}, "rule_ids": {"fields": {"name": {}, "summary": {}}}})
        )

    def test_every_role_opens_every_list(self):
        self.rule("规则", [self.wuhan])
        self.stock(tea={self.wuhan: 5})
        self.order((self.tea, 1)).action_confirm()
        self.env["merchant.sourcing.safety"].create({"warehouse_id": self.wuhan.id, "quantity": 1})
        self.env["merchant.freight.rate"].create({"warehouse_id": self.wuhan.id, "first_price": 1})
        lists = {
            "merchant.sourcing.ruleset": {"name": {}, "has_findings": {}, "finding": {}},
            "merchant.sourcing.rule": {"summary": {}, "warehouse_ids": {"fields": {"display_name": {}}}},
            "merchant.sourcing.decision": {"order_id": {"fields": {"display_name": {}}}, "why": {}, "rule_id": {}},
            "merchant.sourcing.safety": {"warehouse_id": {"fields": {"display_name": {}}}},
            "merchant.freight.rate": {"warehouse_id": {"fields": {"display_name": {}}}, "carrier_id": {}},
            "merchant.transfer.proposal": {"product_id": {"fields": {"display_name": {}}}},
        }
        for role in ("clerk", "service", "buyer", "warehouse", "finance", "auditor", "owner"):
            user = new_test_user(self.env, f"reader-{role}", groups=f"merchant_base.group_{role}")
            for model, fields in lists.items():
                with self.subTest(role=role, model=model):
                    records = self.env[model].with_user(user)
                    records.get_views([(False, "list"), (False, "search")])
                    self.assertTrue(records.web_search_read([], fields) is not None)
