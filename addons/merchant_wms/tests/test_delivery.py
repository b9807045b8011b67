from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.queue_job.tests.common import trap_jobs

from ..core.outbound import Declined, Stranger
from .common import WmsCase, later

ROWS = "odoo.addons.merchant_wms.models.merchant_wms_delivery"


@tagged("post_install", "-at_install")
class TestDelivery(WmsCase):
    def _due(self, row):
        row.next_try_at = fields.Datetime.now() - timedelta(seconds=1)
        self.wms.down_until = False

    def test_a_delivery_that_becomes_ready_is_told_once(self):
        picking = self._deliver()
        row = self._told(picking)
        self.assertRecordValues(row, [{"state": "waiting", "wish": "ship", "wms_id": self.wms.id, "version": 1}])
        self.assertTrue(self.jobs)
        self._send()
        [said] = self.said
        self.assertEqual((said["type"], said["key"], said["version"]), ("delivery", row.key, 1))
        self.assertEqual([(line["sku"], line["quantity"]) for line in said["lines"]], [("TEA", "2"), ("CUP", "1")])
        self.assertEqual((said["delivery"], said["order"]), (picking.name, "S1"))
        self.assertEqual(said["receiver"]["name"], "张*", "as it was given")
        self.assertRecordValues(row, [{"state": "sent", "told_version": 1, "wms_ref": "W-1", "attempts": 1}])
        picking.action_assign()
        self._commit()
        self._send()
        self.assertEqual(len(self.said), 1)
        self.assertTrue(self.wms.last_good_at)

    def test_what_is_not_ready_is_not_told_before_it_is(self):
        picking = self._deliver({self.tea: 150})
        self.assertFalse(self._told(picking), "part of it only")
        self._put(self.tea, 60)
        picking.action_assign()
        self._commit()
        self.assertEqual(self._told(picking).state, "waiting")

    def test_a_rolled_back_transaction_tells_nobody(self):
        try:
            with self.env.cr.savepoint():
                self._deliver()
                raise ZeroDivisionError
        except ZeroDivisionError:
            self._commit()
        self.assertFalse(self.env["merchant.wms.delivery"].search([("wms_id", "=", self.wms.id)]))

    def test_another_warehouse_an_incoming_parcel_and_an_archived_system_are_nobodys_business(self):
        self.wms.active = False
        picking = self._deliver()
        self.assertFalse(self._told(picking))
        self.wms.active = True
        self.wms.warehouse_ids = False
        self.assertFalse(self._told(self._deliver()))

    def test_a_warehouse_that_is_handed_over_takes_what_is_ready(self):
        self.wms.warehouse_ids = False
        picking = self._deliver()
        self.warehouse.merchant_wms_id = self.wms
        self._commit()
        self.assertEqual(self._told(picking).state, "waiting")

    def test_a_warehouse_that_picks_by_steps_is_not_handed_over(self):
        with self.assertRaisesRegex(ValidationError, "1 step"):
            self.warehouse.delivery_steps = "pick_ship"

    def test_a_lost_answer_is_followed_by_the_same_words(self):
        row = self._told(self._deliver())
        waits = []
        for _try in range(3):
            self._send(later("no answer in time"))
            self.assertEqual((row.state, row.reason_code), ("waiting", "wms_later"))
            waits.append(round((row.next_try_at - fields.Datetime.now()).total_seconds(), -1))
            self._due(row)
        self.assertEqual(waits, [30, 60, 120])
        self._send()
        self.assertEqual(row.state, "sent")
        self.assertEqual(len({str(said) for said in self.said}), 1, "the same key, version and content each time")

    def test_a_system_that_is_down_is_not_asked_for_every_delivery(self):
        rows = [self._told(self._deliver({self.tea: 1})) for _each in range(6)]
        self._send(*[later() for _each in rows])
        self.assertEqual(len(self.said), 3)
        self.assertTrue(self.wms.down_until > fields.Datetime.now())
        self.assertIn("HTTP 500", self.wms.last_error)
        self.assertFalse(self.env["merchant.wms.delivery"]._systems_with_work() & self.wms)
        self.answers = []
        self.wms.action_test()
        self._send()
        self.assertEqual([row.state for row in rows].count("sent"), 3, "those that had not been tried go at once")

    def test_a_wrong_secret_stops_everything_and_parks_nothing(self):
        rows = [self._told(self._deliver({self.tea: 1})) for _each in range(2)]
        self._send(Stranger("HTTP 401"))
        self.assertEqual((len(self.said), rows[0].state, rows[0].reason_code), (1, "waiting", "wms_stranger"))
        self.assertIn("app key and secret", rows[0].reason)
        self.wms._heard()
        self._send()
        self.assertEqual({row.state for row in rows}, {"sent"})

    def test_what_it_refuses_waits_for_a_person(self):
        row = self._told(self._deliver())
        self._send(Declined("no such product (E7)"))
        self.assertEqual((row.state, row.reason_code), ("parked", "wms_refused"))
        self.assertIn("no such product (E7)", row.reason)
        self._send()
        self.assertEqual(len(self.said), 1)
        with trap_jobs():
            row.action_retry()
        self._send()
        self.assertEqual((row.state, len(self.said)), ("sent", 2))

    def test_told_again_it_says_what_is_so_now(self):
        picking = self._deliver()
        self._send(Declined("no such city"))
        self.buyer.city = "杭州市"
        with trap_jobs():
            self._told(picking).action_retry()
        self._send()
        self.assertEqual(
            [(said["version"], said["receiver"]["city"]) for said in self.said], [(1, "武汉市"), (2, "杭州市")]
        )
        self.assertRecordValues(self._told(picking), [{"state": "sent", "told_version": 2}])

    def test_a_product_without_a_code_is_named(self):
        self.tea.default_code = False
        row = self._told(self._deliver())
        self._send()
        self.assertEqual((row.state, row.reason_code, self.said), ("parked", "wms_no_code", []))
        self.assertIn("Tea", row.reason)
        self.tea.default_code = "TEA"
        with trap_jobs():
            row.action_retry()
        self._send()
        self.assertEqual(row.state, "sent")

    def test_a_crash_parks_only_its_own_delivery(self):
        first, second = self._told(self._deliver()), self._told(self._deliver())
        original = self.registry["stock.picking"]._merchant_wms_receiver

        def crash(picking):
            if picking == first.picking_id:
                raise KeyError(f"{138}{123}45678")
            return original(picking)

        with mute_logger(ROWS):
            self.patch(self.registry["stock.picking"], "_merchant_wms_receiver", crash)
            self._send()
        self.assertEqual((first.state, first.reason_code, second.state), ("parked", "crashed", "sent"))
        self.assertNotIn("13812345678", first.reason)

    def test_paused_nothing_is_sent(self):
        row = self._told(self._deliver())
        self.wms.action_pause()
        self._send()
        self.assertFalse(self.said)
        with trap_jobs():
            self.wms.action_resume()
        self._send()
        self.assertEqual(row.state, "sent")

    def test_a_call_that_died_with_its_process_is_taken_up_again(self):
        row = self._told(self._deliver())
        row.write({"state": "sending", "sending_at": fields.Datetime.now()})
        self._send()
        self.assertFalse(self.said, "somebody may still be at it")
        row.sending_at = fields.Datetime.now() - timedelta(minutes=11)
        self._send()
        self.assertEqual(row.state, "sent")


@tagged("post_install", "-at_install")
class TestChange(WmsCase):
    def test_a_smaller_quantity_is_told_under_the_same_key(self):
        picking = self._sent()
        row = self._told(picking)
        picking.move_ids[0].product_uom_qty = 1
        self._commit()
        self.assertRecordValues(row, [{"state": "waiting", "version": 2, "told_version": 1}])
        self._send()
        self.assertEqual((self.said[1]["key"], self.said[1]["version"]), (row.key, 2))
        self.assertEqual([line["quantity"] for line in self.said[1]["lines"]], ["1", "1"])
        self.assertRecordValues(row, [{"state": "sent", "told_version": 2}])

    def test_a_bigger_quantity_is_told_when_it_is_there(self):
        picking = self._sent({self.tea: 60})
        picking.move_ids.product_uom_qty = 150
        self._commit()
        self.assertEqual(self._told(picking).version, 1)
        self._put(self.tea, 60)
        picking.action_assign()
        self._commit()
        self._send()
        self.assertEqual(self.said[1]["lines"][0]["quantity"], "150")

    def test_goods_that_are_let_go_of_here_are_not_taken_back_there(self):
        picking = self._sent()
        picking.do_unreserve()
        self._commit()
        self.assertRecordValues(self._told(picking), [{"state": "sent", "version": 1}])

    def test_a_change_before_it_was_told_is_no_change(self):
        picking = self._deliver()
        picking.move_ids[0].product_uom_qty = 1
        self._commit()
        self._send()
        self.assertEqual(len(self.said), 1)
        self.assertEqual(self.said[0]["lines"][0]["quantity"], "1")

    def test_a_change_during_the_call_is_told_after_it(self):
        picking = self._deliver()
        row = self._told(picking)

        def meanwhile():
            # as if by somebody else
            self.env.cr.execute("UPDATE merchant_wms_delivery SET version = 2 WHERE id = %s", [row.id])
            return "W-1"

        self._send(meanwhile)
        self.assertEqual([said["version"] for said in self.said], [1, 2])
        self.assertRecordValues(row, [{"state": "sent", "told_version": 2}])

    def test_a_change_it_does_not_take_waits_for_a_person(self):
        picking = self._sent()
        picking.move_ids[0].product_uom_qty = 1
        self._commit()
        self._send(Declined("已打包 (PACKED)"))
        row = self._told(picking)
        self.assertEqual((row.state, row.reason_code), ("parked", "wms_change_refused"))
        row.action_settle()
        self.assertEqual((row.state, row.reason_code), ("accepted", "wms_arranged"))

    def test_a_new_address_is_told(self):
        picking = self._sent()
        picking.partner_id = self.env["res.partner"].create({"name": "李*", "city": "杭州市"})
        self._commit()
        self._send()
        self.assertEqual(self.said[1]["receiver"]["city"], "杭州市")


@tagged("post_install", "-at_install")
class TestCancel(WmsCase):
    def test_what_was_never_told_is_called_off_in_silence(self):
        picking = self._deliver()
        picking.action_cancel()
        self._commit()
        self._send()
        self.assertEqual((self._told(picking).state, self.said), ("cancelled", []))

    def test_what_was_told_is_taken_back(self):
        picking = self._sent()
        picking.action_cancel()
        self._commit()
        self._send()
        self.assertEqual(
            self.said[1],
            {"type": "cancel", "key": self._told(picking).key, "version": 2, "delivery": picking.name},
        )
        self.assertEqual(self._told(picking).state, "cancelled")

    def test_what_may_have_been_heard_is_taken_back_too(self):
        picking = self._deliver()
        self._send(later("no answer in time"))
        picking.action_cancel()
        self._commit()
        self._send()
        self.assertEqual([said["type"] for said in self.said], ["delivery", "cancel"])

    def test_what_is_packed_already_waits_for_a_person(self):
        picking = self._sent()
        picking.action_cancel()
        self._commit()
        self._send(Declined("已打包 (PACKED)"))
        row = self._told(picking)
        self.assertEqual((row.state, row.reason_code), ("parked", "wms_cancel_refused"))
        self.assertIn("已打包", row.reason)
        row.action_settle()
        self.assertEqual(row.state, "cancelled")

    def test_what_was_told_is_not_deleted(self):
        picking = self._sent()
        with self.assertRaisesRegex(UserError, "cancel it instead"):
            picking.unlink()
        untold = self._deliver()
        untold.unlink()

    def test_what_a_person_validates_here_is_not_asked_for_again(self):
        picking = self._sent()
        picking.move_ids.picked = True
        picking.button_validate()
        self._commit()
        row = self._told(picking)
        self.assertEqual((row.state, row.reason_code), ("shipped", "wms_done_here"))
        self._send()
        self.assertEqual(len(self.said), 1)


@tagged("post_install", "-at_install")
class TestLate(WmsCase):
    def test_the_responsible_is_reminded_once_until_it_answers(self):
        picking = self._sent()
        row = self._told(picking)
        self._long_ago(row)
        self.env["merchant.wms"]._cron_hour()
        self.env["merchant.wms"]._cron_hour()
        self.assertTrue(row.is_late)
        self.assertEqual(self.wms.late_count, 1)
        self.assertEqual(len(self.wms.activity_ids), 1)
        self.assertIn("1", self.wms.activity_ids.summary)
        self._shipped(picking)
        self.env["merchant.wms"]._cron_hour()
        self.assertFalse(self.wms.activity_ids)
        self.assertFalse(row.is_late)

    def test_what_could_not_even_be_told_is_late_too_what_needs_a_person_is_on_its_own_list(self):
        row = self._told(self._deliver())
        self._send(later())
        self._long_ago(row)
        self.assertEqual(self.wms.late_count, 1)
        row.state = "parked"
        self.assertFalse(row.is_late)
        self.assertFalse(self.env["merchant.wms.delivery"].search([("is_late", "=", True)]) & row)

    def _long_ago(self, row):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE merchant_wms_delivery SET create_date = create_date - interval '25 hours',"
            " told_at = told_at - interval '25 hours' WHERE id = %s",
            [row.id],
        )
        self.env.invalidate_all()

    def test_the_work_of_many_deliveries_is_looked_at_together(self):
        def queries(count):
            pickings = self.env["stock.picking"].union(
                *(self._deliver({self.tea: 1}, assign=False) for _each in range(count))
            )
            pickings.action_assign()
            self.env.flush_all()
            self.env["merchant.wms.delivery"].search([("picking_id", "in", pickings.ids)]).unlink()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["merchant.wms.delivery"]._mark(pickings.ids)
            self._commit()
            self.assertEqual(len(self._told_all(pickings)), count)
            return self.env.cr.sql_log_count - before

        few, many = queries(2), queries(12)
        self.assertLess(many - few, 12, "not one for each")

    def _told_all(self, pickings):
        return self.env["merchant.wms.delivery"].search([("picking_id", "in", pickings.ids)])
