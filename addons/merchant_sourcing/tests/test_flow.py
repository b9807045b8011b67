from odoo.tests import tagged

from .common import SourcingCase


@tagged("post_install", "-at_install")
class TestFlow(SourcingCase):
    """The plan, the reservation and the delivery name the same warehouse."""

    def test_without_rules_orders_stay_as_stock_odoo_has_them(self):
        self.stock(tea={self.ningbo: 5})
        order = self.order((self.tea, 2), warehouse_id=self.wuhan.id)
        order.action_confirm()
        self.assertEqual((order.warehouse_id, order.merchant_source_state), (self.wuhan, False))

    def test_hubei_from_wuhan_the_rest_from_the_nearest(self):
        self.rule("湖北", [self.wuhan], division_ids=[(6, 0, self.province("42").ids)])
        self.rule("其余", ranking="nearest")
        self.stock(tea={self.wuhan: 5, self.ningbo: 5, self.chengdu: 5})
        orders = self.order((self.tea, 2), partner=self.hubei_buyer) | self.order((self.tea, 2))
        orders.action_confirm()
        self.assertEqual(orders.mapped("warehouse_id"), self.wuhan | self.ningbo)
        for order in orders:
            self.assertEqual(self.deliveries(order), {order.warehouse_id: {self.tea: (2, 2)}})
            self.assertEqual(order.order_line.warehouse_id, order.warehouse_id)
            self.assertEqual(order.merchant_source_state, "sourced")
        self.assertIn("武汉仓", orders[0].merchant_source_why["summary"])

    def province(self, code):
        return self.env["merchant.division"].search([("code", "=", code)])

    def test_an_order_over_two_warehouses_has_two_reserved_deliveries(self):
        self.rule(split="pieces")
        self.stock(tea={self.wuhan: 3, self.ningbo: 2}, pot={self.ningbo: 1})
        order = self.order((self.tea, 5), (self.pot, 1))
        order.action_confirm()
        self.assertEqual(
            self.deliveries(order),
            {self.wuhan: {self.tea: (3, 3)}, self.ningbo: {self.tea: (2, 2), self.pot: (1, 1)}},
        )
        self.assertEqual(len(order.picking_ids), 2)
        for picking in order.picking_ids:
            picking.move_ids.picked = True
            picking._action_done()
        self.assertEqual(order.order_line.mapped("qty_delivered"), [5, 1])
        self.assertEqual(order.delivery_status, "full")
        order._create_invoices()
        self.assertEqual(order.order_line.mapped("qty_invoiced"), [5, 1])


@tagged("post_install", "-at_install")
class TestConditions(SourcingCase):
    """Each condition of a rule, on an order that fulfils it and on one that does not."""

    def test_every_condition_is_asked_of_the_order(self):
        self.stock(tea={self.wuhan: 99, self.ningbo: 99})
        team = self.env["crm.team"].create({"name": "直播"})
        tag = self.env["res.partner.category"].create({"name": "老客"})
        goods_tag = self.env["product.tag"].create({"name": "品牌 X"})
        outer = self.env["product.category"].create({"name": "外"})
        inner = self.env["product.category"].create({"name": "内", "parent_id": outer.id})
        prices = self.env["product.pricelist"].create({"name": "批发"})
        service = self.env["product.product"].create({"name": "快递", "type": "service"})
        carrier = self.env["delivery.carrier"].create({"name": "快递", "product_id": service.id})
        chain = self.address("连锁", "SH", "上海市")
        branch = self.env["res.partner"].create({"name": "门店", "parent_id": chain.id})
        abroad = self.env["res.partner"].create({"name": "A", "country_id": self.env.ref("base.jp").id})
        regions = {code: self.env["merchant.division"].search([("code", "=", code)]) for code in ("4", "42", "420106")}
        rule = self.rule("条件", [self.ningbo])
        self.rule("其余", [self.wuhan])
        in_hubei = {"partner": self.hubei_buyer}
        for condition, order, goods in (
            ({"division_ids": regions["4"]}, in_hubei, {}),
            ({"division_ids": regions["42"]}, in_hubei, {}),
            ({"division_ids": regions["420106"]}, in_hubei, {}),
            ({"country_ids": self.env.ref("base.jp")}, {"partner": abroad}, {}),
            ({"team_ids": team}, {"team_id": team.id}, {}),
            ({"partner_ids": chain}, {"partner": branch}, {}),
            ({"partner_tag_ids": tag}, in_hubei, {}),
            ({"pricelist_ids": prices}, {"pricelist_id": prices.id}, {}),
            ({"carrier_ids": carrier}, {"carrier_id": carrier.id}, {}),
            ({"category_ids": outer}, {}, {"categ_id": inner.id}),
            ({"product_tag_ids": goods_tag}, {}, {"product_tag_ids": [(6, 0, goods_tag.ids)]}),
            ({"weight_min": 1.5}, {"pieces": 3}, {}),
            ({"amount_min": 30}, {"pieces": 3}, {}),
        ):
            with self.subTest(condition=condition):
                self.hubei_buyer.category_id = tag
                values = {
                    name: [(6, 0, value.ids)] if name.endswith("_ids") else value for name, value in condition.items()
                }
                rule.write(values)
                plain = self.order((self.tea, 1))
                plain.action_confirm()
                self.tea.write(goods)
                fits = self.order((self.tea, order.pop("pieces", 1)), **order)
                fits.action_confirm()
                self.assertEqual((plain.warehouse_id, fits.warehouse_id), (self.wuhan, self.ningbo), condition)
                rule.write({name: [(5,)] if name.endswith("_ids") else 0 for name in condition})
