from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.merchant_publication.tests.common import PublicationCase


@tagged("post_install", "-at_install")
class TestKit(PublicationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set = cls._new_product("HKT-SET")
        cls.bom = cls._new_bom(cls.set, (cls.tea, 2), (cls.cup, 1))
        cls.set_listing = cls._new_listing(cls.set)

    @classmethod
    def _new_bom(cls, product, *parts, **values):
        return cls.env["mrp.bom"].create(
            {
                "product_tmpl_id": product.product_tmpl_id.id,
                "type": "phantom",
                "company_id": cls.company.id,
                "bom_line_ids": [
                    Command.create({"product_id": part.id, "product_qty": pieces}) for part, pieces in parts
                ],
                **values,
            }
        )

    def test_the_scarcest_part_decides_and_is_named(self):
        row = self._offer(self.set_listing)
        self.assertEqual((row.wanted, row.limit_product_id), (50, self.tea))
        self.assertEqual(row.terms, [["on_hand", 100], ["kit", -50]])
        self._put(self.cup, -70)
        row = self._offer(self.set_listing)
        self.assertEqual((row.wanted, row.limit_product_id), (30, self.cup))

    def test_it_is_odoos_own_free_quantity(self):
        self._take(self._payload(lines=[self._line("1", "HKT-SET", 3, "30.00")]))
        free = self.set.with_context(warehouse_id=self.warehouse.id).free_qty
        self.assertEqual((self._offered(self.set_listing), free), (47, 47))
        self.assertEqual((self._offered(), self._offered(self.cup_listing)), (94, 97))

    def test_a_change_of_the_parts_list_changes_the_offer(self):
        self._catch_up()
        self.bom.bom_line_ids[0].product_qty = 4
        self.assertEqual(self._offered(self.set_listing), 25)
        self.bom.bom_line_ids[0].unlink()
        self.assertEqual(self._offered(self.set_listing), 100)
        self.bom.action_archive()
        self.assertEqual(self._offered(self.set_listing), 0)

    def test_a_kit_without_parts_says_so(self):
        self.bom.bom_line_ids.unlink()
        row = self._offer(self.set_listing)
        self.assertEqual((row.state, row.reason_code), ("stopped", "no_parts"))

    def test_a_part_that_is_missing_offers_nothing(self):
        lid = self._new_product("HKT-LID")
        self.bom.write({"bom_line_ids": [Command.create({"product_id": lid.id, "product_qty": 1})]})
        row = self._offer(self.set_listing)
        self.assertEqual((row.wanted, row.limit_product_id), (0, lid))

    def test_kits_of_kits_and_kits_of_several(self):
        crate = self._new_product("HKT-CRATE")
        self._new_bom(crate, (self.set, 6), product_qty=2)
        listing = self._new_listing(crate)
        self.assertEqual(self._offered(listing), 16)
        self._put(self.tea, -40)
        self.assertEqual(self._offered(listing), 10)

    def test_kit_and_parts_divide_one_stock(self):
        self.shop.publication_shares = True
        rows = [self._offer(listing) for listing in (self.set_listing, self.tea_listing, self.cup_listing)]
        used_tea = 2 * rows[0].wanted + rows[1].wanted
        used_cups = rows[0].wanted + rows[2].wanted
        self.assertTrue(90 <= used_tea <= 100 and used_cups <= 100, (used_tea, used_cups))

    def test_a_held_kit_order_counts_against_its_parts(self):
        self._push(self._payload("W-1", receiver={}, lines=[self._line("1", "HKT-SET", 3, "30.00")]))
        self.assertEqual(
            (self._offered(), self._offered(self.cup_listing), self._offered(self.set_listing)), (94, 97, 47)
        )
