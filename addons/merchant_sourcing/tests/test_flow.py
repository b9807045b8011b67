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
