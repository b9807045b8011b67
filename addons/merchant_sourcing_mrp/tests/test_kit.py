from odoo.tests import tagged

from odoo.addons.merchant_sourcing.tests.common import SourcingCase


@tagged("post_install", "-at_install")
class TestKit(SourcingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set = cls.env["product.product"].create({"name": "茶具套装", "is_storable": True, "list_price": 30})
        cls.env["mrp.bom"].create(
            {
                "product_tmpl_id": cls.set.product_tmpl_id.id,
                "type": "phantom",
                "bom_line_ids": [
                    (0, 0, {"product_id": cls.pot.id, "product_qty": 1}),
                    (0, 0, {"product_id": cls.cup.id, "product_qty": 6}),
                ],
            }
        )
        cls.rule(split="lines")

    def test_a_kit_leaves_from_where_all_its_parts_are(self):
        self.stock(pot={self.wuhan: 5, self.ningbo: 5}, cup={self.wuhan: 11, self.ningbo: 12})
        order = self.order((self.set, 2))
        order.action_confirm()
        self.assertEqual(self.deliveries(order), {self.ningbo: {self.pot: (2, 2), self.cup: (12, 12)}})

    def test_parts_leave_from_several_warehouses_and_count_as_kits_when_all_are_there(self):
        self.stock(pot={self.wuhan: 2}, cup={self.ningbo: 12})
        order = self.order((self.set, 2), (self.pot, 0))
        order.action_confirm()
        self.assertEqual(self.deliveries(order), {self.wuhan: {self.pot: (2, 2)}, self.ningbo: {self.cup: (12, 12)}})
        first, second = order.picking_ids
        first.move_ids.picked = True
        first._action_done()
        self.assertEqual(order.order_line[0].qty_delivered, 0)
        second.move_ids.picked = True
        second._action_done()
        self.assertEqual(order.order_line[0].qty_delivered, 2)

    def test_who_wants_parts_and_kits_shares_the_stock(self):
        self.stock(pot={self.wuhan: 2}, cup={self.wuhan: 12})
        order = self.order((self.set, 2), (self.cup, 1))
        order.action_confirm()
        self.assertEqual((order.state, order.merchant_source_state), ("draft", "held"))
