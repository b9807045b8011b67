from datetime import timedelta
from types import SimpleNamespace

from lxml import etree

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from odoo.addons.queue_job.tests.common import trap_jobs

from ..core.errors import Rejected, Retryable, Unauthorised
from .common import HOME, PlatformCase

NOTICE = "odoo.addons.merchant_channel.models.merchant_shipment_notice"


@tagged("post_install", "-at_install")
class TestNotice(PlatformCase):
    def setUp(self):
        super().setUp()
        self.order = self._take(self._payload("W-100"))
        self.picking = self.order.picking_ids

    def _send(self, *answers):
        """Let the job tell the platform, which answers so."""
        self.client.answers = list(answers)
        with self.enter_registry_test_mode():
            self.shop._send_notices()
        return self.order.merchant_notice_ids

    def _shipped(self, *answers, **ship):
        with trap_jobs():
            self._ship(self.picking, **ship)
        return self._send(*answers)

    def _due(self, notices):
        notices.next_try_at = fields.Datetime.now() - timedelta(seconds=1)

    def test_deliveries_are_found_by_the_number_on_the_parcel(self):
        picking = self._take(self._payload("W-4100200300")).picking_ids
        picking.carrier_tracking_ref = "SF4100"
        view = self.env.ref("stock.view_picking_internal_search")
        [first, *_others] = etree.fromstring(self.env["stock.picking"].get_view(view.id, "search")["arch"]).iter(
            "field"
        )
        for typed in ("4100200300", "SF4100", picking.name):
            domain = safe_eval(first.get("filter_domain"), {"self": typed})
            self.assertEqual(self.env["stock.picking"].search(domain), picking, typed)

    def test_an_empty_list_of_deliveries_says_what_it_is_for(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("merchant_channel.merchant_picking_action")
        self.assertIn("Nothing to ship", action["help"])
        stock = self.env["ir.actions.act_window"]._for_xml_id("stock.action_picking_tree_outgoing")
        self.assertNotIn("Nothing to ship", stock["help"])

    def test_a_delivery_that_left_is_told_once(self):
        with trap_jobs() as jobs:
            self._ship(self.picking)
            jobs.assert_enqueued_job(self.shop.sudo()._send_notices)
        notice = self._send()
        self.assertEqual(self.client.told, [("W-100", ["1", "2"], "SF", "SF100")])
        self.assertRecordValues(
            notice,
            [
                {
                    "state": "sent",
                    "attempts": 1,
                    "sent_carrier_code": "SF",
                    "sent_tracking_ref": "SF100",
                    "answer": "send",
                    "reason_code": False,
                    "picking_id": self.picking.id,
                }
            ],
        )
        self._send()
        self.assertEqual(len(self.client.told), 1)

    def test_a_parcel_and_the_rest_later_are_two_notices_of_their_lines(self):
        with trap_jobs():
            rest = self._ship(self.picking, {self.tea: 2})
            self._ship(rest, tracking="SF200")
        self._send()
        self.assertEqual(self.client.told, [("W-100", ["1"], "SF", "SF100"), ("W-100", ["2"], "SF", "SF200")])

    def test_a_line_that_leaves_in_two_parcels_is_told_once(self):
        with trap_jobs():
            rest = self._ship(self.picking, {self.tea: 1, self.cup: 1})
            self._ship(rest, tracking="SF200")
        self.assertEqual(self._send().mapped("line_refs"), [["1", "2"]])
        self.assertEqual(len(self.client.told), 1)

    def test_without_a_tracking_number_it_waits_and_goes_when_one_is_entered(self):
        notice = self._shipped(tracking=False)
        self.assertEqual((notice.state, notice.reason_code, notice.next_try_at), ("waiting", "no_tracking", False))
        self.assertIn("tracking number", notice.reason)
        self.assertFalse(self.client.told)
        with trap_jobs() as jobs:
            self.picking.carrier_tracking_ref = "SF300"
            jobs.assert_enqueued_job(self.shop.sudo()._send_notices)
        self.assertEqual((self._send().state, self.client.told[0][3]), ("sent", "SF300"))

    def test_without_a_carrier_or_its_code_it_waits_too(self):
        notice = self._shipped(carrier=False)
        self.assertEqual((notice.state, notice.reason_code), ("waiting", "no_carrier"))
        with trap_jobs():
            self.picking.carrier_id = self.env.ref("merchant_channel.carrier_zto")
        self._send()
        self.assertEqual(notice.reason_code, "no_carrier_code")
        self.assertIn("ZTO Express", notice.reason)
        with trap_jobs():
            self.picking.carrier_id = self.env.ref("merchant_channel.carrier_sf")
        self.assertEqual(self._send().state, "sent")

    def test_why_a_notice_waits_is_told_in_the_reader_s_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.company.partner_id.lang = "zh_CN"
        notice = self._shipped(Retryable("No answer from it (Timeout)", hint="no_answer", words="Timeout"))
        self.assertEqual(
            notice.with_context(lang="zh_CN").reason, "平台暂时无法接收，系统会自动重试：平台没有应答（Timeout）。"
        )

    def test_a_platform_that_is_down_is_asked_again_ever_more_rarely(self):
        waits = []
        notice = self._shipped(Retryable("busy", after=1))
        for _try in range(4):
            waits.append((notice.next_try_at - fields.Datetime.now()).total_seconds())
            self.assertEqual((notice.state, notice.reason_code), ("waiting", "platform_later"))
            self._due(notice)
            self._send(Retryable("busy", after=1))
        for wait, seconds in zip(waits, (60, 120, 240, 480), strict=True):
            self.assertAlmostEqual(wait, seconds, delta=10)
        self._due(notice)
        self.assertEqual(self._send().state, "sent")
        self.assertEqual(notice.attempts, 6)

    def test_a_notice_that_fails_is_a_trouble_of_its_shop_and_raises_the_alarm(self):
        self.shop.write({"error_limit": 2, "state": "ready", "last_pull_at": fields.Datetime.now()})
        notice = self._shipped(Retryable("no answer", uncertain=True))
        self._due(notice)
        self._send(Rejected("waybill is used", code="isv.used"))
        troubles = self.env["merchant.sync.trouble"].search([("shop_id", "=", self.shop.id)], order="id")
        self.assertEqual(
            [(each.work, each.kind, each.message) for each in troubles],
            [("notice", "unreachable", "no answer"), ("notice", "refused", "waybill is used (isv.used)")],
        )
        self.env.invalidate_all()
        with trap_jobs():
            self.env["merchant.shop"]._cron_heartbeat()
        self.assertEqual((self.shop.trouble_count, self.shop.alarm_ids.mapped("kind")), (2, ["errors"]))

    def test_what_only_a_person_can_complete_is_no_trouble_of_the_platform(self):
        self._shipped(tracking=False)
        self.assertFalse(self.env["merchant.sync.trouble"].search([("shop_id", "=", self.shop.id)]))

    def test_the_platforms_own_wait_is_respected(self):
        notice = self._shipped(Retryable("limit of the day", after=7200))
        self.assertAlmostEqual((notice.next_try_at - fields.Datetime.now()).total_seconds(), 7200, delta=10)
        self._send()
        self.assertEqual(len(self.client.told), 1, "not before its time")

    def test_a_lost_answer_is_asked_for_again_and_ships_once(self):
        notice = self._shipped(Retryable("no answer", uncertain=True))
        self._due(notice)
        self._send(SimpleNamespace(method="", skipped={}))
        self.assertEqual((notice.state, notice.answer), ("sent", "already known"))

    def test_what_the_platform_refuses_is_parked_until_a_person_retries(self):
        notice = self._shipped(Rejected("waybill is wrong", code="B150", request_id="r1"))
        self.assertEqual((notice.state, notice.reason_code), ("parked", "platform_refused"))
        self.assertIn("waybill is wrong (B150, r1)", notice.reason)
        self.assertEqual(self.shop.notice_count, 1)
        self._send()
        self.assertEqual(len(self.client.told), 1)
        with trap_jobs():
            self.picking.carrier_tracking_ref = "SF101"
        self.assertEqual(self._send().state, "sent")

    def _corrected(self, number, *answers):
        with trap_jobs():
            self.picking.carrier_tracking_ref = number
        return self._send(*answers)

    def test_a_number_put_right_afterwards_is_told_as_a_correction(self):
        self._shipped()
        notice = self._corrected("SF101")
        self.assertEqual((notice.state, notice.sent_tracking_ref, notice.reason_code), ("sent", "SF101", False))
        self.assertEqual((len(self.client.told), self.client.corrected), (2, ["SF101"]))
        self._corrected("SF101")
        self.assertEqual(len(self.client.told), 2)

    def test_a_number_put_right_before_it_was_told_is_no_correction(self):
        self._shipped(Retryable("busy"))
        self.assertEqual(self._corrected("SF101").state, "sent")
        self.assertFalse(self.client.corrected)

    def test_what_the_platform_may_have_heard_is_corrected(self):
        self._shipped(Retryable("no answer", uncertain=True))
        self._corrected("SF101")
        self.assertEqual(self.client.corrected, ["SF101"])

    def test_a_number_changed_during_the_call_is_told_after_it(self):
        def change_meanwhile(*_args):
            # as if by somebody else: nothing tells the notice
            self.env.cr.execute(
                "UPDATE stock_picking SET carrier_tracking_ref = 'SF101' WHERE id = %s", [self.picking.id]
            )
            self.picking.invalidate_recordset()
            self.client.ship = told
            return told("W-100", ["1", "2"], "SF", "SF100")

        told, self.client.ship = self.client.ship, change_meanwhile
        with trap_jobs():
            self._ship(self.picking)
        notice = self._send()
        self.assertEqual((notice.sent_tracking_ref, self.client.corrected), ("SF101", ["SF101"]))

    def test_a_platform_without_corrections_leaves_it_to_a_person(self):
        self._shipped()
        self.client.reship = None
        notice = self._corrected("SF101")
        self.assertEqual((notice.state, notice.reason_code), ("parked", "no_correction"))
        self.assertIn("SF100", notice.reason)
        notice.action_cancel()
        self.assertEqual((notice.state, notice.sent_tracking_ref, notice.reason), ("sent", "SF101", ""))

    def test_a_session_that_is_over_stops_the_shop_and_the_notice_waits(self):
        other = self._take(self._payload("W-200"))
        with trap_jobs():
            self._ship(other.picking_ids)
        notice = self._shipped(Unauthorised("session expired"))
        self.assertEqual(self.shop.state, "expired")
        self.assertIn("session expired", self.shop.last_error)
        self.assertEqual(len(self.client.told), 1, "nothing else is tried without a session")
        notices = notice | other.merchant_notice_ids
        self.assertIn("session_over", notices.mapped("reason_code"))
        with trap_jobs():
            self.shop.action_test()
        self._send()
        self.assertEqual(set(notices.mapped("state")), {"sent"}, "connected again, they go on by themselves")

    def test_a_crash_parks_only_its_own_notice(self):
        other = self._take(self._payload("W-200"))
        with trap_jobs():
            self._ship(other.picking_ids)
        with mute_logger(NOTICE):
            notice = self._shipped(KeyError("13800138000"))
        states = (other.merchant_notice_ids | notice).mapped("state")
        self.assertEqual(sorted(states), ["parked", "sent"])
        parked = (other.merchant_notice_ids | notice).filtered(lambda each: each.state == "parked")
        self.assertIn(f"notice-{parked.id}-1", parked.reason)
        self.assertNotIn(HOME["mobile"], parked.reason)

    def test_a_notice_that_died_with_its_process_is_taken_up_again(self):
        with trap_jobs():
            self._ship(self.picking)
        notice = self.order.merchant_notice_ids
        notice.write({"state": "sending", "sending_at": fields.Datetime.now()})
        self._send()
        self.assertEqual(notice.state, "sending", "somebody may still be at it")
        notice.sending_at = fields.Datetime.now() - timedelta(minutes=11)
        self.assertEqual(self._send().state, "sent")

    def test_a_notice_can_be_called_off_until_the_platform_knows(self):
        notice = self._shipped(Rejected("no"))
        notice.action_cancel()
        self.assertEqual((notice.state, notice.reason), ("cancelled", f"Called off by {self.env.user.name}."))
        notice.action_retry()
        self._send()
        self.assertEqual((notice.state, len(self.client.told)), ("cancelled", 1))

    def test_what_the_platform_knows_is_not_called_off(self):
        notice = self._shipped()
        with self.assertRaises(UserError):
            notice.action_cancel()

    def test_goods_that_come_back_or_in_are_not_told(self):
        self._shipped()
        wizard = self.env["stock.return.picking"].create({"picking_id": self.picking.id})
        wizard.product_return_moves.quantity = 1
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        with trap_jobs():
            self._ship(back)
        self.assertEqual(len(self._send()), 1)

    def test_orders_that_no_platform_sent_are_nobodys_business(self):
        copy = self.order.copy()
        copy.action_confirm()
        with trap_jobs() as jobs:
            self._ship(copy.picking_ids)
            jobs.assert_jobs_count(0)
        self.assertFalse(copy.merchant_notice_ids)
