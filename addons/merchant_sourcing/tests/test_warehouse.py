from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .common import SourcingCase


@tagged("post_install", "-at_install")
class TestAddWarehouse(SourcingCase):
    """A new warehouse on one page, by an owner, without any setting elsewhere."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.owner = new_test_user(cls.env, "owner-warehouse", groups="merchant_base.group_owner")

    def page(self, **values):
        page = Form(self.env["merchant.source.warehouse"].with_user(self.owner))
        page.name, page.code, page.address = "西安仓", "SXA", "陕西省西安市雁塔区高新路 8 号"
        for name, value in values.items():
            setattr(page, name, value)
        return page

    def add(self, **values):
        return self.env["stock.warehouse"].browse(self.page(**values).save().action_add()["res_id"])

    def test_the_address_says_where_it_lies(self):
        page = self.page()
        self.assertEqual(page.division_id.name, "雁塔区")
        warehouse = self.env["stock.warehouse"].browse(page.save().action_add()["res_id"])
        self.assertEqual(warehouse.merchant_division_id.name, "雁塔区")
        self.assertEqual(warehouse.partner_id.state_id, self.env.ref("base.state_cn_SN"))
        self.assertEqual(warehouse.partner_id.merchant_division_id, warehouse.merchant_division_id)

    def test_it_takes_part_at_once(self):
        self.rule("最近", ranking="nearest")
        warehouse = self.add(delivery_steps="pick_ship", capacity=50, cutoff=15.5)
        self.assertEqual(
            (warehouse.delivery_steps, warehouse.merchant_capacity, warehouse.merchant_cutoff), ("pick_ship", 50, 15.5)
        )
        self.env["stock.quant"]._update_available_quantity(self.tea, warehouse.lot_stock_id, 2)
        order = self.order((self.tea, 2))
        order.action_confirm()
        self.assertEqual(self.deliveries(order), {warehouse: {self.tea: (2, 2)}})

    def test_rules_that_list_their_warehouses_get_it_only_when_they_are_chosen(self):
        brand, hubei = self.rule("某品牌只从武汉", [self.wuhan]), self.rule("湖北", [self.wuhan])
        page = self.page()
        page.rule_ids.add(hubei)
        warehouse = self.env["stock.warehouse"].browse(page.save().action_add()["res_id"])
        self.assertEqual(brand.warehouse_line_ids.warehouse_id, self.wuhan)
        self.assertEqual(hubei.warehouse_line_ids.mapped("warehouse_id.name"), [self.wuhan.name, warehouse.name])

    def test_its_parcels_may_cost_what_those_of_another_cost(self):
        hubei = self.env["merchant.division"].search([("code", "=", "42")])
        self.env["merchant.freight.rate"].create(
            [
                {"warehouse_id": self.wuhan.id, "first_price": 5},
                {"warehouse_id": self.wuhan.id, "first_price": 3, "division_id": hubei.id},
            ]
        )
        warehouse = self.add(rates_of_id=self.wuhan)
        rates = self.env["merchant.freight.rate"].search([("warehouse_id", "=", warehouse.id)])
        self.assertEqual(sorted(rates.mapped("first_price")), [3, 5])

    def test_a_name_that_is_taken_says_so_even_of_an_archived_warehouse(self):
        self.chengdu.active = False
        with self.assertRaisesRegex(UserError, "perhaps archived"):
            self.add(name="成都仓")
        with self.assertRaisesRegex(UserError, "perhaps archived"):
            self.add(code="SCD")

    def test_short_names_are_proposed_free_ones(self):
        first = Form(self.env["merchant.source.warehouse"].with_user(self.owner)).code
        self.env["stock.warehouse"].create({"name": "占用", "code": first}).active = False
        self.assertNotEqual(Form(self.env["merchant.source.warehouse"].with_user(self.owner)).code, first)

    def test_only_owners_add_warehouses(self):
        hand = new_test_user(self.env, "hand-warehouse", groups="merchant_base.group_warehouse")
        with self.assertRaises(AccessError):
            self.env["merchant.source.warehouse"].with_user(hand).create({"name": "x", "code": "x", "address": "x"})
