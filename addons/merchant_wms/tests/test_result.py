from odoo.tests import tagged

from odoo.addons.queue_job.tests.common import trap_jobs

from .common import WmsCase


@tagged("post_install", "-at_install")
class TestShipped(WmsCase):
    def test_a_parcel_validates_the_delivery_and_books_the_stock(self):
        picking = self._sent()
        row = self._shipped(picking)
        self.assertEqual(row.state, "done", row.reason)
        self.assertRecordValues(
            picking, [{"state": "done", "carrier_id": self.carrier.id, "carrier_tracking_ref": "SF100"}]
        )
        self.assertEqual(picking.move_ids.mapped("quantity"), [2, 1])
        self.assertEqual(self.tea.with_context(warehouse_id=self.warehouse.id).qty_available, 98)
        self.assertRecordValues(self._told(picking), [{"state": "shipped", "reason_code": False}])
        self.assertRecordValues(row, [{"picking_id": picking.id, "kind": "shipped", "summary": "SF SF100 × 3"}])

    def test_the_same_message_and_the_same_parcel_again_change_nothing(self):
        picking = self._sent()
        row = self._shipped(picking, ref="m-1")
        self._shipped(picking, ref="m-1")
        self.assertEqual(self.env["merchant.wms.message"].search_count([("ref", "=", "m-1")]), 1)
        again = self._shipped(picking, ref="m-2")
        self.assertEqual((row.state, again.state), ("done", "superseded"))
        other = self._shipped(picking, {"TEA": 1}, ref="m-3")
        self.assertHeld(other, "wms_parcel_differs")
        self.assertHeld(self._shipped(picking, tracking="SF999"), "wms_left_already")
        self.assertEqual(self.tea.with_context(warehouse_id=self.warehouse.id).qty_available, 98)

    def test_a_part_leaves_a_backorder_that_is_told_anew(self):
        picking = self._sent()
        self._shipped(picking, {"TEA": 1})
        self.assertEqual(picking.state, "done")
        rest = picking.backorder_ids
        self.assertEqual(sorted(rest.move_ids.mapped("product_uom_qty")), [1, 1])
        self.assertEqual(self._told(rest).state, "waiting")
        self._send()
        self.assertEqual([line["quantity"] for line in self.said[-1]["lines"]], ["1", "1"])
        self.assertNotEqual(self.said[-1]["key"], self.said[0]["key"])

    def test_a_part_whose_rest_follows_is_not_told_anew(self):
        picking = self._sent()
        key = self._told(picking).key
        self._shipped(picking, {"TEA": 1}, more=True)
        rest = picking.backorder_ids
        self.assertRecordValues(self._told(rest), [{"key": key, "state": "accepted"}])
        self._send()
        self.assertEqual(len(self.said), 1)
        last = self._shipped(rest, {"TEA": 1, "CUP": 1}, tracking="SF200")
        self.assertEqual((last.state, rest.state, rest.carrier_tracking_ref), ("done", "done", "SF200"))

    def test_several_numbers_the_first_is_the_parcels_the_others_are_noted(self):
        picking = self._sent()
        self._shipped(picking, tracking=["SF100", "SF101"])
        self.assertEqual(picking.carrier_tracking_ref, "SF100")
        self.assertTrue(picking.message_ids.filtered(lambda message: "SF101" in (message.body or "")))

    def test_what_does_not_fit_is_held_and_books_nothing(self):
        picking = self._sent()
        for quantities, facts, code in (
            ({"TEA": 3}, {}, "wms_more_than_asked"),
            ({"TEA": 2, "POT": 1}, {}, "wms_unknown_lines"),
            ({"TEA": 2}, {"carrier": "XX"}, "wms_unknown_carrier"),
            ({"TEA": 2}, {"key": "nobody"}, "wms_unknown_delivery"),
            ({"TEA": -1}, {}, "wms_quantity"),
            ({"TEA": 2}, {"at": "today"}, "wms_time"),
            ({"TEA": 2}, {"tracking": ""}, "wms_missing"),
        ):
            row = self._shipped(picking, quantities, **facts)
            self.assertHeld(row, code)
        self.assertEqual((picking.state, self._told(picking).state), ("assigned", "sent"))
        self.assertHeld(self._result("lost", picking), "wms_unknown_type")

    def test_mended_and_retried_it_goes(self):
        picking = self._sent()
        row = self._shipped(picking, carrier="ZTO")
        self.assertHeld(row, "wms_unknown_carrier")
        self.assertEqual(row.picking_id, picking, "what it is about is known")
        self.env["merchant.wms.carrier"].create({"wms_id": self.wms.id, "code": "zto", "carrier_id": self.carrier.id})
        with trap_jobs():
            row.action_retry()
        self.assertEqual((row.state, row.reason, picking.state), ("done", "", "done"))

    def test_a_parcel_of_a_delivery_that_was_taken_back_is_held(self):
        picking = self._sent()
        picking.action_cancel()
        self._commit()
        row = self._shipped(picking)
        self.assertHeld(row, "wms_taken_back")
        row.action_set_aside()
        self.assertEqual(row.state, "aside")
        self.assertIn(self.env.user.name, row.reason)

    def test_a_parcel_whose_delivery_somebody_validated_here_is_held(self):
        picking = self._sent()
        picking.move_ids.picked = True
        picking.button_validate()
        self._commit()
        self.assertHeld(self._shipped(picking), "wms_left_already")

    def test_goods_that_are_not_reserved_any_more_are_not_booked_below_nothing(self):
        picking = self._sent()
        picking.do_unreserve()
        quant = self.env["stock.quant"]._gather(self.tea, self.warehouse.lot_stock_id)
        self.env["stock.quant"]._update_available_quantity(self.tea, self.warehouse.lot_stock_id, -99)
        self._commit()
        row = self._shipped(picking)
        self.assertHeld(row, "wms_not_reserved")
        self.assertEqual(quant.quantity, 1)
        self._put(self.tea, 50)
        with trap_jobs():
            row.action_retry()
        self.assertEqual((row.state, picking.state), ("done", "done"))

    def test_a_result_that_overtakes_our_answer_is_not_overwritten_by_it(self):
        picking = self._deliver()

        def meanwhile():
            self._shipped(picking)
            return "W-1"

        self._send(meanwhile)
        self.assertEqual((picking.state, self._told(picking).state), ("done", "shipped"))
        self.assertEqual(self._told(picking).wms_ref, "W-1")

    def test_a_crash_holds_only_its_own_message(self):
        first, second = self._sent(), self._sent()
        book = self.registry["merchant.wms.result"]._book

        def crash(model, message, delivery, *args):
            if delivery.picking_id == first:
                raise KeyError(f"{138}{123}45678")
            return book(model, message, delivery, *args)

        self.patch(self.registry["merchant.wms.result"], "_book", crash)
        with self.assertLogs("odoo.addons.merchant_wms", "ERROR") as log:
            row = self._shipped(first)
        self.assertHeld(row, "crashed")
        self.assertNotIn("13812345678", row.reason + "".join(log.output))
        self.assertEqual(self._shipped(second).state, "done")


@tagged("post_install", "-at_install")
class TestLots(WmsCase):
    def setUp(self):
        super().setUp()
        self.pu = self._new_product("PU", tracking="lot")
        self.old, self.new = self._new_lot(self.pu, "2019"), self._new_lot(self.pu, "2024")
        self._put(self.pu, 5, self.old)
        self._put(self.pu, 5, self.new)

    def _parcel(self, picking, quantity, lots, **facts):
        lines = [{"sku": "PU", "quantity": quantity, "lots": [{"lot": lot, "quantity": q} for lot, q in lots.items()]}]
        return self._shipped(picking, lines=lines, **facts)

    def test_the_lots_that_left_are_booked_whatever_was_reserved(self):
        picking = self._sent({self.pu: 4})
        self.assertEqual(picking.move_line_ids.lot_id, self.old)
        row = self._parcel(picking, 4, {"2024": 3, "2019": 1})
        self.assertEqual(row.state, "done", row.reason)
        self.assertEqual({line.lot_id.name: line.quantity for line in picking.move_line_ids}, {"2024": 3, "2019": 1})
        lots = {self.old: 4, self.new: 2}
        for lot, left in lots.items():
            self.assertEqual(
                self.env["stock.quant"]._get_available_quantity(self.pu, self.warehouse.lot_stock_id, lot_id=lot), left
            )

    def test_lots_that_are_missing_wrong_or_unknown_are_held(self):
        picking = self._sent({self.pu: 4})
        self.assertHeld(self._shipped(picking, {"PU": 4}), "wms_lot_missing")
        self.assertHeld(self._parcel(picking, 4, {"2024": 3}), "wms_lots_differ")
        self.assertHeld(self._parcel(picking, 4, {"2031": 4}), "wms_lot_short")
        picking = self._sent({self.pu: 6})
        self.assertHeld(self._parcel(picking, 6, {"2024": 6}), "wms_lot_short")

    def test_a_part_of_the_lots(self):
        picking = self._sent({self.pu: 4})
        self._parcel(picking, 1, {"2024": 1})
        self.assertEqual(picking.state, "done")
        self.assertEqual(picking.backorder_ids.move_ids.product_uom_qty, 3)


@tagged("post_install", "-at_install")
class TestAnswers(WmsCase):
    def test_accepted_then_refused_then_an_older_word(self):
        picking = self._sent()
        told = self._told(picking)
        self._result("accepted", picking, hour=9)
        self.assertEqual(told.state, "accepted")
        self._result("refused", picking, hour=11, reason="缺货")
        self.assertEqual((told.state, told.reason_code), ("parked", "wms_refused"))
        self.assertIn("缺货", told.reason)
        late = self._result("accepted", picking, hour=10)
        self.assertEqual((late.state, told.state), ("superseded", "parked"))

    def test_after_the_parcel_nothing_else_counts(self):
        picking = self._sent()
        self._shipped(picking, hour=9)
        late = self._result("refused", picking, hour=12, reason="缺货")
        self.assertEqual((late.state, self._told(picking).state), ("superseded", "shipped"))

    def test_a_parcel_counts_even_when_it_comes_before_what_was_said_earlier(self):
        picking = self._sent()
        self._result("accepted", picking, hour=12)
        self.assertEqual(self._shipped(picking, hour=9).state, "done")

    def test_it_accepts_before_our_call_is_answered(self):
        picking = self._deliver()

        def meanwhile():
            self._result("accepted", picking)
            return "W-1"

        self._send(meanwhile)
        self.assertEqual(self._told(picking).state, "accepted")
