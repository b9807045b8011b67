import random
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import SourcingCase


@tagged("post_install", "-at_install")
class TestGoods(SourcingCase):
    """Goods that stock Odoo treats in a way of its own: owned by others, in lots, bought to order, in odd units."""

    def ship(self, pickings):
        for picking in pickings:
            picking.move_ids.picked = True
            picking._action_done()

    def test_goods_on_consignment_are_promised_because_stock_odoo_reserves_them(self):
        self.rule(warehouses=[self.ningbo])
        owner = self.env["res.partner"].create({"name": "寄售商"})
        self.env["stock.quant"]._update_available_quantity(self.tea, self.ningbo.lot_stock_id, 5, owner_id=owner)
        order = self.order((self.tea, 3))
        order.action_confirm()
        self.assertEqual(self.deliveries(order), {self.ningbo: {self.tea: (3, 3)}})
        self.assertEqual(order.picking_ids.move_line_ids.owner_id, owner)
        late = self.order((self.tea, 3))
        late.action_confirm()
        self.assertEqual(late.merchant_source_state, "held")

    def lots(self, *pieces):
        """One lot after another, the first being the oldest."""
        self.tea.tracking = "lot"
        lots = self.env["stock.lot"].create(
            [{"name": f"批 {n}", "product_id": self.tea.id} for n in range(len(pieces))]
        )
        for age, (lot, count) in enumerate(zip(reversed(lots), reversed(pieces), strict=True)):
            self.env["stock.quant"]._update_available_quantity(
                self.tea, self.ningbo.lot_stock_id, count, lot_id=lot,
                in_date=fields.Datetime.now() - timedelta(days=age),
            )  # fmt: skip
        return lots

    def test_lots_leave_by_the_removal_strategy_of_their_category(self):
        self.rule(warehouses=[self.ningbo])
        first, second, _newest = self.lots(2, 2, 2)
        self.tea.categ_id.removal_strategy_id = self.env.ref("stock.removal_fifo")
        order = self.order((self.tea, 3))
        order.action_confirm()
        taken = {line.lot_id: line.quantity for line in order.picking_ids.move_line_ids}
        self.assertEqual(taken, {first: 2, second: 1})

    def supply(self, warehouse):
        """A route by which goods come from a supplier when somebody asks for them."""
        return self.env["stock.route"].create(
            {
                "name": "按需补货",
                "product_selectable": True,
                "rule_ids": [
                    (0, 0, {"name": "r", "action": "pull", "picking_type_id": warehouse.in_type_id.id,
                            "location_src_id": self.env.ref("stock.stock_location_suppliers").id,
                            "location_dest_id": warehouse.lot_stock_id.id})
                ],
            }
        )  # fmt: skip

    def test_what_is_supplied_to_order_takes_nothing_from_the_shelves(self):
        self.rule(warehouses=[self.ningbo])
        to_order = self.env.ref("stock.route_warehouse0_mto")
        to_order.active = True
        self.stock(tea={self.ningbo: 9}, pot={self.ningbo: 9})
        self.pot.route_ids = to_order | self.supply(self.ningbo)
        for steps in ("ship_only", "pick_ship", "pick_pack_ship"):
            with self.subTest(steps=steps):
                self.ningbo.delivery_steps = steps
                order = self.order((self.tea, 1), (self.pot, 1))
                tea, pot = order.order_line
                order.action_confirm()
                self.assertEqual(order.merchant_part_ids.line_id, tea)
                self.assertIn("make_to_order", pot.move_ids.mapped("procure_method"))
                self.assertEqual(pot.move_ids.move_orig_ids.location_id.usage, "supplier")
        self.assertEqual(
            self.env["merchant.sourcing.stock"]._free(self.ningbo, self.pot.ids)[self.ningbo.id, self.pot.id], 9
        )

    def test_an_order_of_nothing_from_the_shelves_keeps_its_warehouse(self):
        self.rule(warehouses=[self.ningbo])
        to_order = self.env.ref("stock.route_warehouse0_mto")
        to_order.active = True
        self.pot.route_ids = to_order | self.supply(self.wuhan)
        order = self.order((self.pot, 1), warehouse_id=self.wuhan.id)
        order.action_confirm()
        self.assertEqual((order.state, order.warehouse_id), ("sale", self.wuhan))
        self.assertFalse(order.merchant_part_ids)

    def test_an_order_to_ship_at_once_leaves_from_the_warehouse_that_has_it_all(self):
        self.rule(warehouses=[self.wuhan, self.ningbo], split="pieces")
        self.stock(tea={self.wuhan: 9, self.ningbo: 9}, pot={self.ningbo: 9})
        order = self.order((self.tea, 1), (self.pot, 1), picking_policy="one")
        order.action_confirm()
        self.assertEqual(self.deliveries(order), {self.ningbo: {self.tea: (1, 1), self.pot: (1, 1)}})
        self.assertEqual(len(order.picking_ids), 1)

    def test_quantities_in_other_units_are_planned_as_stock_odoo_moves_them(self):
        self.rule(split="pieces", on_short="hold")
        kilo, gram, pound = map(self.env.ref, ("uom.product_uom_kgm", "uom.product_uom_gram", "uom.product_uom_lb"))
        self.tea.uom_id = kilo
        self.stock(tea={self.wuhan: 1.37, self.ningbo: 2.11, self.chengdu: 60})
        dice = random.Random(8)
        for _number in range(12):
            order = self.order((self.tea, 1))
            order.order_line.write(
                {"product_uom_id": dice.choice((gram, pound)).id, "product_uom_qty": dice.randint(1, 99) / 7}
            )
            order.action_confirm()
            self.assertEqual(order.merchant_source_state, "sourced")
            planned = sum(order.merchant_part_ids.mapped("quantity"))
            moved = sum(order.picking_ids.move_ids.mapped("product_qty"))
            self.assertAlmostEqual(planned, moved, places=2)
            self.assertEqual(set(order.picking_ids.mapped("state")) - {"assigned"}, set())
            self.ship(order.picking_ids)
            line = order.order_line
            self.assertAlmostEqual(line.qty_delivered, line.product_uom_qty, delta=line.product_uom_qty / 50 + 5)

    def test_delivered_invoiced_and_returned_quantities_of_a_divided_line(self):
        self.tea.invoice_policy = "delivery"
        self.rule(split="pieces")
        self.stock(tea={self.wuhan: 3, self.ningbo: 2})
        order = self.order((self.tea, 5))
        order.action_confirm()
        first, second = order.picking_ids
        self.ship(first)
        line = order.order_line
        self.assertEqual((line.qty_delivered, line.qty_to_invoice), (3, 3))
        self.assertEqual(order.delivery_status, "partial")
        order._create_invoices().action_post()
        self.ship(second)
        self.assertEqual((line.qty_delivered, line.qty_invoiced, line.qty_to_invoice), (5, 3, 2))
        wizard = (
            self.env["stock.return.picking"].with_context(active_id=first.id, active_model="stock.picking").create({})
        )
        wizard.product_return_moves.write({"quantity": 1, "to_refund": True})
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        self.ship(back)
        self.assertEqual((line.qty_delivered, line.qty_to_invoice), (4, 1))
        self.assertEqual(back.location_dest_id, first.location_id)


@tagged("post_install", "-at_install")
class TestChanges(SourcingCase):
    """What happens to a plan when the world moves on."""

    def divided(self):
        self.rule(split="pieces")
        self.stock(tea={self.wuhan: 3, self.ningbo: 2})
        order = self.order((self.tea, 5))
        order.action_confirm()
        return order

    def test_stock_that_goes_between_plan_and_reservation_is_never_promised_twice(self):
        self.rule(warehouses=[self.wuhan, self.ningbo])
        self.stock(tea={self.wuhan: 2, self.ningbo: 2})
        engine = type(self.env["merchant.sourcing.engine"])
        store = engine._store

        def somebody_takes_it(self_, plans, cause):
            store(self_, plans, cause)
            self.env["stock.quant"]._update_available_quantity(self.tea, self.wuhan.lot_stock_id, -2)

        self.patch(engine, "_store", somebody_takes_it)
        order = self.order((self.tea, 2))
        order.action_confirm()
        self.assertEqual(self.deliveries(order), {self.wuhan: {self.tea: (2, 0)}})  # waits, nothing is reserved
        self.patch(engine, "_store", store)
        with self.enter_registry_test_mode():
            self.env.ref("merchant_sourcing.cron_resource").method_direct_trigger()
        order.invalidate_recordset()
        self.assertEqual(self.deliveries(order), {self.ningbo: {self.tea: (2, 2)}})

    def test_a_cancelled_delivery_is_no_longer_part_of_the_plan(self):
        order = self.divided()
        ningbo = order.picking_ids.filtered(lambda picking: picking.picking_type_id.warehouse_id == self.ningbo)
        ningbo.action_cancel()
        self.assertEqual(self.deliveries(order), {self.wuhan: {self.tea: (3, 3)}})
        self.stock(tea={self.chengdu: 9})
        self.env["stock.quant"]._update_available_quantity(self.tea, self.ningbo.lot_stock_id, -2)
        order.order_line.product_uom_qty = 6
        self.assertEqual(self.deliveries(order), {self.wuhan: {self.tea: (3, 3)}, self.chengdu: {self.tea: (3, 3)}})
        planned = {part.warehouse_id: part.quantity for part in order.merchant_part_ids}
        self.assertEqual(planned, {self.wuhan: 3, self.chengdu: 3})

    def test_twice_as_much_is_sourced_anew_and_not_asked_of_the_same_shelf(self):
        for steps in ("ship_only", "pick_ship", "pick_pack_ship"):
            with self.subTest(steps=steps):
                self.wuhan.delivery_steps = self.ningbo.delivery_steps = steps
                order = self.divided()
                self.env["stock.quant"]._update_available_quantity(self.tea, self.chengdu.lot_stock_id, 5)
                order.order_line.product_uom_qty = 10
                found = {place: row[self.tea] for place, row in self.deliveries(order).items()}
                self.assertEqual(found, {self.wuhan: (3, 3), self.ningbo: (2, 2), self.chengdu: (5, 5)})
                self.assertEqual(sum(order.merchant_part_ids.mapped("quantity")), 10)
                self.assertEqual(order.merchant_decision_ids.mapped("cause"), ["more", "confirm"])
                order._action_cancel()
                for warehouse in self.warehouses:
                    quants = self.env["stock.quant"]._gather(self.tea, warehouse.lot_stock_id)
                    quants.inventory_quantity = 0
                    quants.action_apply_inventory()

    def test_more_than_anybody_has_waits_and_promises_no_day(self):
        order = self.divided()
        self.assertTrue(order.merchant_ship_date)
        order.order_line.product_uom_qty = 9
        self.assertEqual(self.deliveries(order), {self.wuhan: {self.tea: (7, 3)}, self.ningbo: {self.tea: (2, 2)}})
        self.assertEqual((order.merchant_source_state, order.merchant_ship_date), ("backorder", False))
        kinds = {(part.warehouse_id, part.kind): part.quantity for part in order.merchant_part_ids}
        self.assertEqual(kinds, {(self.wuhan, "ship"): 3, (self.ningbo, "ship"): 2, (self.wuhan, "backorder"): 4})

    def test_a_rule_cannot_name_another_companys_warehouse(self):
        company = self.env["res.company"].create({"name": "别的公司"})
        other = self.env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
        with self.assertRaisesRegex(UserError, "companies|company"):
            self.rule(warehouses=[other])

    def test_when_all_warehouses_of_a_rule_are_archived_the_order_is_held_and_says_why(self):
        self.rule(warehouses=[self.chengdu], on_short="hold")
        self.stock(tea={self.wuhan: 5})
        self.chengdu.active = False
        order = self.order((self.tea, 1))
        order.action_confirm()
        self.assertEqual((order.state, order.merchant_source_state), ("draft", "held"))
        self.assertIn(["成都仓", "not in use"], [row[1:3] for row in order.merchant_source_why["table"]["rows"]])

    def test_a_negative_line_beside_a_good_one_does_not_matter(self):
        self.rule(warehouses=[self.ningbo])
        self.stock(tea={self.ningbo: 5})
        order = self.order((self.tea, 2), (self.tea, 0), (self.pot, -1))
        order.action_confirm()
        self.assertEqual(self.deliveries(order)[self.ningbo][self.tea], (2, 2))
        self.assertEqual(order.merchant_part_ids.line_id, order.order_line[0])
