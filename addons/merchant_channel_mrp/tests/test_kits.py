from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.merchant_channel.tests.common import MerchantCase


@tagged("post_install", "-at_install")
class TestKits(MerchantCase):
    """Kits sold on platforms leave as their parts, however many orders are confirmed together."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set = cls._new_product("HKT-SET")
        cls._new_kit(cls.set, {cls.tea: 2, cls.cup: 4})

    @classmethod
    def _new_kit(cls, product, parts):
        return cls.env["mrp.bom"].create(
            {
                "product_tmpl_id": product.product_tmpl_id.id,
                "type": "phantom",
                "company_id": cls.company.id,
                "bom_line_ids": [
                    Command.create({"product_id": part.id, "product_qty": pieces}) for part, pieces in parts.items()
                ],
            }
        )

    def _payload_of(self, number, *skus):
        lines = [self._line(str(index), sku, 1, "9.90") for index, sku in enumerate(skus)]
        return self._payload(buyer_id=f"k-{number}", lines=lines)

    def test_a_batch_of_kits_and_goods_is_reserved_by_its_parts(self):
        skus = [("HKT-SET", "HKT-CUP"), ("HKT-TEA",), ("HKT-SET",)]
        orders = self._take(*(self._payload_of(number, *each) for number, each in enumerate(skus)))
        parts = [
            sorted((move.product_id.default_code, move.quantity) for move in order.picking_ids.move_ids)
            for order in orders
        ]
        self.assertEqual(
            parts,
            [
                [("HKT-CUP", 1.0), ("HKT-CUP", 4.0), ("HKT-TEA", 2.0)],
                [("HKT-TEA", 1.0)],
                [("HKT-CUP", 4.0), ("HKT-TEA", 2.0)],
            ],
        )
        self.assertEqual(set(orders.picking_ids.mapped("state")), {"assigned"})

    def test_a_batch_finds_the_kits_that_stock_finds(self):
        variant = self._new_product("HKT-PAIR")
        self._new_kit(variant, {self.cup: 2}).product_id = variant
        products = self.tea | self.cup | self.set | variant
        Bom = self.env["mrp.bom"]
        stocks = {each: Bom._bom_find(each, company_id=self.company.id, bom_type="phantom")[each] for each in products}
        builder, batch = self.env["merchant.order.builder"], Bom.with_context(merchant_batch=True)
        with builder._batch():
            for each in products:
                ours = batch._bom_find(each, company_id=self.company.id, bom_type="phantom")[each]
                self.assertEqual(ours, stocks[each], each.default_code)

    def test_a_kit_made_between_two_batches_is_found(self):
        self._take(self._payload_of(1, "HKT-TEA"))
        self._new_kit(self.tea, {self.cup: 3})
        order = self._take(self._payload_of(2, "HKT-TEA"))
        self.assertEqual(order.picking_ids.move_ids.product_id, self.cup)

    def test_many_kits_ask_no_more_than_few(self):
        def queries(number):
            kits = [self._new_product(f"HKT-K{number}-{each}") for each in range(number)]
            for kit in kits:
                self._new_kit(kit, {self.tea: 1})
            self.env.flush_all()
            self.env.invalidate_all()
            products = self.env["product.product"].browse([kit.id for kit in kits])
            Bom = self.env["mrp.bom"].with_context(merchant_batch=True)
            before = self.cr.sql_log_count
            with self.env["merchant.order.builder"]._batch():
                for product in products:
                    self.assertTrue(Bom._bom_find(product, company_id=self.company.id, bom_type="phantom")[product])
            return self.cr.sql_log_count - before

        queries(2)
        self.assertLessEqual(queries(30), queries(3) + 1)
