from odoo.tests import tagged

from odoo.addons.merchant_sourcing.tests.common import SourcingCase


@tagged("post_install", "-at_install")
class TestShop(SourcingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.ref("base.CNY").active = True
        cls.shop = cls.env["merchant.shop"].create(
            {
                "name": "天猫店",
                "warehouse_id": cls.wuhan.id,
                "warehouse_ids": [(6, 0, (cls.wuhan | cls.ningbo).ids)],
                "pricelist_id": cls.env["product.pricelist"]
                .create({"name": "Yuan", "currency_id": cls.env.ref("base.CNY").id})
                .id,
            }
        )
        cls.tea.default_code = "SRC-TEA"

    def hand_in(self, number, pieces=1, province="上海市", city="上海市", district="浦东新区"):
        payload = {
            "order_id": f"S-{number}",
            "status": "paid",
            "paid_at": "2026-11-11T00:00:03+08:00",
            "buyer_id": f"b{number}",
            "receiver": {"name": "王", "mobile": "13800000000", "province": province, "city": city,
                         "district": district, "address": "一路 1 号"},
            "lines": [{"line_id": "1", "sku": "SRC-TEA", "title": "茶", "quantity": pieces, "price": "10.00",
                       "paid_amount": f"{pieces * 10:.2f}"}],
        }  # fmt: skip
        return self.shop._identify(payload)[0]

    def process(self, *payloads):
        from odoo.addons.queue_job.tests.common import trap_jobs

        with trap_jobs():
            self.env["merchant.inbox"]._store(self.shop, list(payloads), "push")
        while self.env["merchant.inbox"]._process_shop(self.shop):
            pass
        refs = [payload[0] for payload in payloads]
        return self.env["sale.order"].search([("platform_order_ref", "in", refs)], order="platform_order_ref")

    def test_platform_orders_are_sourced_together_before_they_are_confirmed(self):
        self.rule("店铺", [self.ningbo, self.wuhan], shop_ids=[(6, 0, self.shop.ids)])
        self.stock(tea={self.ningbo: 3, self.wuhan: 5})
        orders = self.process(*(self.hand_in(number, 2) for number in range(3)))
        self.assertEqual(orders.mapped("state"), ["sale"] * 3)
        self.assertEqual(orders.mapped("warehouse_id.name"), ["宁波仓", "武汉仓"])
        self.assertEqual(set(orders.picking_ids.mapped("state")), {"assigned"})

    def test_the_shop_is_a_condition(self):
        other = self.shop.copy({"name": "别的店"})
        self.rule("别的店", [self.chengdu], shop_ids=[(6, 0, other.ids)], on_short="hold")
        self.stock(tea={self.wuhan: 5})
        [order] = self.process(self.hand_in(1))
        self.assertEqual((order.merchant_source_state, order.warehouse_id), ("unruled", self.wuhan))

    def test_only_serving_warehouses_are_asked(self):
        self.rule()
        self.stock(tea={self.chengdu: 5})
        [order] = self.process(self.hand_in(1))
        self.assertEqual((order.state, order.merchant_hold_code), ("draft", "no_warehouse"))
        self.assertTrue(order.merchant_hold_reason)

    def test_goods_came_and_a_click_releases_what_was_held(self):
        self.rule()
        first, second = self.process(self.hand_in(1), self.hand_in(2))
        self.assertEqual({first.state, second.state}, {"draft"})
        self.stock(tea={self.ningbo: 1})
        (first | second).action_merchant_release()
        self.assertEqual(sorted((first | second).mapped("state")), ["draft", "sale"])

    def test_a_buyer_who_moves_is_served_from_elsewhere(self):
        hubei = self.env["merchant.division"].search([("code", "=", "42")])
        self.rule("湖北", [self.wuhan], division_ids=[(6, 0, hubei.ids)])
        self.rule("其余", [self.ningbo])
        self.stock(tea={self.wuhan: 5, self.ningbo: 5})
        [order] = self.process(self.hand_in(1))
        self.assertEqual(order.warehouse_id, self.ningbo)
        address = self.address("王", "HB", "武汉市江汉区")
        order._merchant_readdress(None, address)
        self.assertEqual(self.deliveries(order), {self.wuhan: {self.tea: (1, 1)}})

    def test_a_new_warehouse_serves_the_shops_that_are_chosen(self):
        self.rule()
        page = self.env["merchant.source.warehouse"].create(
            {"name": "西安仓", "code": "SXA", "address": "陕西省西安市雁塔区", "shop_ids": [(6, 0, self.shop.ids)]}
        )
        warehouse = self.env["stock.warehouse"].browse(page.action_add()["res_id"])
        self.assertIn(warehouse, self.shop.warehouse_ids)
        self.env["stock.quant"]._update_available_quantity(self.tea, warehouse.lot_stock_id, 2)
        [order] = self.process(self.hand_in(1))
        self.assertEqual(self.deliveries(order), {warehouse: {self.tea: (1, 1)}})
