from odoo.tests import TransactionCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestOthers(TransactionCase):
    """Who works with stock Odoo and has none of the suite's roles goes on as before."""

    def test_a_field_for_our_roles_has_no_value_of_its_own(self):
        """Odoo would write it in the name of whoever makes the record, and refuse him."""
        found = [
            str(field)
            for model in self.registry.values()
            if not model._name.startswith("merchant.") and not model._abstract
            for field in model._fields.values()
            if (field._module or "").startswith("merchant_") and field.groups and (field.default or field.precompute)
        ]
        self.assertFalse(found)

    def test_whoever_makes_records_without_a_role_still_may(self):
        # with the second warehouse stock Odoo changes its settings, which only an administrator may
        self.env["stock.warehouse"].create({"name": "二仓", "code": "2ND"})
        groups = "base.group_user,base.group_erp_manager,base.group_partner_manager,stock.group_stock_manager,"
        groups += "sales_team.group_sale_manager,purchase.group_purchase_manager,product.group_product_manager"
        env = self.env(user=new_test_user(self.env, "other-manager", groups=groups))
        partner = env["res.partner"].create({"name": "王", "city": "武汉市"})
        product = env["product.product"].create({"name": "茶", "is_storable": True, "list_price": 10})
        warehouse = env["stock.warehouse"].create({"name": "新仓", "code": "NEWW"})
        env["res.users"].create({"name": "新人", "login": "newcomer"})
        env["product.pricelist"].create({"name": "表", "item_ids": [(0, 0, {"fixed_price": 9})]})
        lines = [(0, 0, {"product_id": product.id})]
        order = env["sale.order"].create({"partner_id": partner.id, "warehouse_id": warehouse.id, "order_line": lines})
        order.action_confirm()
        self.assertEqual((order.state, order.picking_ids.state), ("sale", "confirmed"))
        buying = env["purchase.order"].create(
            {"partner_id": partner.id, "order_line": [(0, 0, {"product_id": product.id, "price_unit": 5})]}
        )
        buying.button_confirm()
        self.assertTrue(buying.picking_ids)
        for record in (partner, product.product_tmpl_id, order, buying):
            self.assertTrue(env[record._name].browse(record.id).copy())

    def test_a_copy_by_one_of_ours_takes_everything_along(self):
        brand = self.env["merchant.brand"].create({"name": "武夷"})
        product = self.env["product.template"].create({"name": "茶", "merchant_brand_id": brand.id})
        ours = new_test_user(
            self.env, "our-manager", groups="base.group_user,merchant_base.group_owner,product.group_product_manager"
        )
        other = new_test_user(self.env, "no-role", groups="base.group_user,product.group_product_manager")
        self.assertEqual(product.with_user(ours).copy().sudo().merchant_brand_id, brand)
        self.assertFalse(product.with_user(other).copy().sudo().merchant_brand_id)
