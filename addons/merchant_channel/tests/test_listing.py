from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from .common import DAY, MerchantCase


@tagged("post_install", "-at_install")
class TestListing(MerchantCase):
    def _order_of(self, sku, **changes):
        return self._payload(lines=[self._line("1", sku, 1, "30.00", title="Mug, blue", **changes)])

    def _listing(self, platform_sku, shop=None):
        return self.env["merchant.listing"].search(
            [("shop_id", "=", (shop or self.shop).id), ("platform_sku", "=", platform_sku)]
        )

    def test_an_unknown_sku_waits_under_to_match_and_goes_on_when_it_is_matched(self):
        row = self._push(self._order_of("HKT-MUG"))
        self.assertHeld(row, "unknown_sku")
        self.assertIn("HKT-MUG", row.reason)
        listing = self._listing("HKT-MUG")
        self.assertRecordValues(listing, [{"state": "open", "title": "Mug, blue", "waiting_count": 1, "price": 30.0}])
        self.assertEqual(row.listing_ids, listing)
        self.assertEqual(self.shop.to_match_count, 1)
        with self._jobs():
            listing.product_id = self.cup
        self.assertEqual((listing.state, listing.matched_by), ("matched", "hand"))
        self.assertEqual((row.state, row.sale_order_id.state), ("done", "sale"))
        self.assertEqual(row.sale_order_id.order_line[0].product_id, self.cup)
        self.assertFalse(row.listing_ids)

    def test_an_order_waits_until_its_last_sku_is_matched(self):
        lines = [self._line("1", "HKT-X1", 1, "1.00"), self._line("2", "HKT-X2", 1, "2.00")]
        row = self._push(self._payload(lines=lines))
        for sku, state in (("HKT-X1", "held"), ("HKT-X2", "done")):
            with self._jobs():
                self._listing(sku).product_id = self.cup
            self.assertEqual(row.state, state)

    def test_codes_written_differently_are_the_same(self):
        for sku in ("hkt tea", "ＨＫＴ－ＴＥＡ", "HKT_TEA"):
            order = self._take(self._order_of(sku))
            self.assertEqual(order.order_line[0].product_id, self.tea)
            self.assertEqual(self._listing(sku).matched_by, "normalised")
        self._take(self._order_of("HKT-TEA"))
        self.assertEqual(self._listing("HKT-TEA").matched_by, "exact")

    def test_what_stands_for_charges_is_never_suggested(self):
        dropped = self.env.ref("merchant_channel.product_dropped")
        row = self._push(self._payload(lines=[self._line("1", "NOT-SHIPPED-2", 1, "9.00", title=dropped.name)]))
        self.assertEqual(row.listing_ids.sku, "NOT-SHIPPED-2")
        self.assertNotIn(dropped, row.listing_ids.suggestion_ids)

    def test_what_waits_in_an_archived_shop_is_nobodys_work(self):
        row = self._push(self._order_of("HKT-MUG"))
        self.shop.active = False
        for name, records in (("merchant_inbox_held_action", row), ("merchant_listing_open_action", row.listing_ids)):
            domain = safe_eval(self.env.ref(f"merchant_channel.{name}").domain)
            self.assertFalse(records.filtered_domain(domain), name)

    def test_a_product_that_is_deleted_leaves_its_listing_to_be_matched_again(self):
        for name in ("product", "template"):
            product = self._new_product(f"HKT-BRIEF-{name}")
            listing = self.env["merchant.listing"].create(
                {"shop_id": self.shop.id, "sku": name, "product_id": product.id}
            )
            listing.active = False
            self.assertEqual(listing.state, "matched")
            (product if name == "product" else product.product_tmpl_id).unlink()
            self.env.invalidate_all()
            self.assertRecordValues(listing, [{"product_id": False, "state": "open", "matched_by": False}])

    def test_a_barcode_will_do(self):
        self.tea.barcode = "6901234567892"
        self.assertEqual(self._take(self._order_of("6901234567892")).order_line[0].product_id, self.tea)

    def test_a_code_of_two_products_is_left_to_a_person(self):
        self._new_product("HKT.TEA")
        self.assertHeld(self._push(self._order_of("hkt tea")), "unknown_sku")
        self._new_product("HKT-TEA", barcode="HKT-TEA-2")
        self.assertHeld(self._push(self._order_of("HKT-TEA", platform_sku="new")), "unknown_sku")

    def test_another_companys_product_does_not_match(self):
        self._new_product("HKT-POT", company_id=self._new_company("Other").id, taxes=self.env["account.tax"])
        self.assertHeld(self._push(self._order_of("HKT-POT")), "unknown_sku")

    def test_the_platforms_id_counts_where_it_has_one(self):
        first = self._take(self._order_of("HKT-TEA", platform_sku="p-1"))
        renamed = self._take(self._order_of("RENAMED", platform_sku="p-1"))
        self.assertEqual(first.order_line[0].product_id, renamed.order_line[0].product_id)
        self.assertEqual(len(self._listing("p-1")), 1)

    def test_a_line_without_any_code_is_held_by_its_title(self):
        row = self._push(self._payload(lines=[self._line("1", "", 1, "30.00", title="Mug, blue")]))
        self.assertHeld(row, "unknown_sku")
        self.assertIn("Mug, blue", row.reason)

    def test_a_shop_may_make_products_for_what_it_does_not_know(self):
        self.shop.unknown_sku = "create"
        orders = self._take(self._order_of("HKT-NEW"), self._order_of("HKT-NEW"))
        product = orders.order_line.filtered("platform_line_ref").product_id
        self.assertRecordValues(
            product,
            [{"default_code": "HKT-NEW", "name": "Mug, blue", "is_storable": True, "company_id": self.company.id}],
        )
        self.assertEqual(self._listing("HKT-NEW").matched_by, "created")

    def test_suggestions_lead_to_the_product_in_two_clicks(self):
        row = self._push(self._order_of("HKT-TAE"))
        listing = self._listing("HKT-TAE")
        self.assertEqual(listing.suggestion_ids[:1], self.tea)
        with self._jobs():
            listing.action_accept_suggestion()
        self.assertEqual((listing.product_id, row.state), (self.tea, "done"))

    def test_without_any_likeness_a_person_has_to_choose(self):
        listing = self.env["merchant.listing"].create({"shop_id": self.shop.id, "sku": "ЖЖЖ", "title": "ЖЖЖЖЖ"})
        with self.assertRaisesRegex(UserError, "ЖЖЖ"):
            listing.action_accept_suggestion()

    def test_listings_are_matched_again_at_a_click(self):
        self._push(self._order_of("HKT-POT"))
        listing = self._listing("HKT-POT")
        self.assertEqual(listing.action_match()["params"]["type"], "warning")
        pot = self._new_product("HKT-POT")
        self.assertEqual(listing.action_match()["params"]["type"], "success")
        self.assertEqual((listing.product_id, listing.matched_by), (pot, "exact"))

    def test_a_listing_exists_once(self):
        values = {"shop_id": self.shop.id, "platform_sku": "p-1"}
        self.env["merchant.listing"].create(values)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self.env["merchant.listing"].create(values)

    def test_a_product_of_another_company_is_refused(self):
        foreign = self.env["product.product"].create({"name": "Else", "company_id": self._new_company("Other").id})
        listing = self.env["merchant.listing"].create({"shop_id": self.shop.id, "sku": "HKT-ELSE"})
        with self.assertRaises(UserError):
            listing.product_id = foreign

    def test_a_combo_cannot_be_shipped(self):
        combo = self.env["product.combo"].create(
            {
                "name": "Set",
                "company_id": self.company.id,
                "combo_item_ids": [Command.create({"product_id": self.cup.id})],
            }
        )
        product = self.env["product.product"].create(
            {"name": "Set", "type": "combo", "combo_ids": [Command.set(combo.ids)], "company_id": self.company.id}
        )
        with self.assertRaisesRegex(UserError, "kit"):
            self.env["merchant.listing"].create({"shop_id": self.shop.id, "sku": "SET", "product_id": product.id})

    def test_a_listing_made_by_hand_is_matched_by_hand(self):
        with Form(self.env["merchant.listing"]) as form:
            form.shop_id = self.shop
            form.sku = form.platform_sku = "HKT-TEA"
            form.product_id = self.tea
        self.assertRecordValues(form.record, [{"platform_sku": "HKT-TEA", "matched_by": "hand", "state": "matched"}])

    def _kit_order(self):
        """Three kits of two teas and a cup."""
        if "mrp.bom" not in self.env:
            self.skipTest("kits need the app Manufacturing")
        kit = self._new_product("HKT-KIT")
        self.env["mrp.bom"].create(
            {
                "product_tmpl_id": kit.product_tmpl_id.id,
                "type": "phantom",
                "company_id": self.company.id,
                "bom_line_ids": [
                    Command.create({"product_id": self.tea.id, "product_qty": 2}),
                    Command.create({"product_id": self.cup.id, "product_qty": 1}),
                ],
            }
        )
        return self._take(self._payload("W-KIT", lines=[self._line("1", "HKT-KIT", 3, "300.00")]))

    def test_a_kit_ships_its_parts(self):
        order = self._kit_order()
        self.assertEqual(order.picking_ids.state, "assigned")
        needed = {move.product_id: move.product_uom_qty for move in order.picking_ids.move_ids}
        self.assertEqual(needed, {self.tea: 6, self.cup: 3})
        self.assertEqual(order.amount_total, 308.0)

    def test_a_kit_of_which_a_part_left_is_not_cancelled_in_silence(self):
        order = self._kit_order()
        self._ship(order.picking_ids, {self.tea: 2})
        row = self._push(self._payload("W-KIT", status="closed", modified_at=DAY % 2))
        self.assertHeld(row, "closed_after_shipping")
        self.assertEqual(order.state, "sale")
