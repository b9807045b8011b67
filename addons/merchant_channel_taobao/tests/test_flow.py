from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from odoo.addons.queue_job.tests.common import trap_jobs

from .common import BUSY, SECRET, SESSION_OVER, TOKEN, TaobaoCase, error, trade, wall_clock

TID = 4100200300400500600


@tagged("post_install", "-at_install")
class TestOrdersFromTaobao(TaobaoCase):
    def test_a_paid_trade_becomes_a_reserved_order_to_the_fen(self):
        self.gateway.add(trade(TID, seller_memo="vip", seller_flag=1))
        self._pull()
        order = self._sold(str(TID), self.taobao)
        self.assertRecordValues(
            order,
            [
                {
                    "state": "sale",
                    "amount_total": 212.9,
                    "merchant_platform": "taobao",
                    "merchant_origin": "pull",
                    "merchant_seller_remark": "vip",
                    "platform_status": "paid",
                    "platform_status_text": "WAIT_SELLER_SEND_GOODS",
                    "platform_seller_discount": 25.0,
                }
            ],
        )
        self.assertEqual(order.order_line.mapped("platform_line_ref"), [f"{TID}1", f"{TID}2", False])
        self.assertEqual(order.picking_ids.state, "assigned")
        self.assertRecordValues(
            order.partner_shipping_id,
            [
                {
                    "merchant_masked": True,
                    "merchant_address_handle": "1oX9oaid",
                    "merchant_platform": "taobao",
                    "merchant_buyer_ref": "AAHk5d",
                    "state_id": self.env.ref("base.state_cn_ZJ").id,
                }
            ],
        )

    def test_an_unpaid_trade_is_none_until_it_is_paid(self):
        unpaid = {"status": "WAIT_BUYER_PAY", "pay_time": None}
        self.gateway.add(trade(TID, **unpaid))
        self._pull()
        self.assertFalse(self._sold(str(TID), self.taobao))
        self.gateway.add(trade(TID, modified=wall_clock(minutes=5)))
        self._pull()
        self.assertEqual(self._sold(str(TID), self.taobao).state, "sale")

    def test_a_garbled_trade_is_kept_and_the_others_go_on(self):
        self.gateway.add(trade(TID, payment="NaN"), trade(TID + 1))
        self._pull()
        rows = self.env["merchant.inbox"].search([("shop_id", "=", self.taobao.id)], order="order_ref")
        self.assertEqual(rows.mapped("state"), ["held", "done"])
        self.assertIn("payment", rows[0].reason)

    def test_a_session_that_ends_between_two_pages_stops_this_shop_only(self):
        other = self._new_shop(
            "Second Tmall",
            platform="taobao",
            app_key="2",
            app_secret=SECRET,
            session="other",
            pull_from=fields.Datetime.now() - timedelta(minutes=25),
            state="ready",
        )
        self.gateway.add(trade(TID), trade(TID + 1))
        self.gateway.answers["trade.fullinfo.get"] = [None, SESSION_OVER]
        self._pull()
        self.assertEqual((self.taobao.state, self.taobao.pulled_until), ("expired", False))
        self.assertEqual(self.taobao.order_count, 1)
        self.taobao, expired = other, self.taobao
        self.gateway.trades.clear()
        self.gateway.add(trade(TID + 2), trade(TID + 3))  # another seller's
        self._pull()
        self.assertEqual((other.state, expired.state), ("ready", "expired"))
        self.assertEqual(other.order_count, 2)

    def test_no_word_of_the_platform_shows_a_secret(self):
        self.gateway.answers["trades.sold.increment.get"] = error(25, "", f"wrong sign of {SECRET} {TOKEN}")
        self._pull()
        self.assertEqual(self.taobao.state, "error")
        for hidden in (SECRET, TOKEN):
            self.assertNotIn(hidden, self.taobao.last_error)

    def _changed(self, minutes, line=None, **changes):
        """The trade, its second line and itself changed so long ago, pulled."""
        newer = trade(TID, modified=wall_clock(minutes=minutes), **changes)
        newer["orders"]["order"][1].update(line or {})
        self.gateway.add(newer)
        self._pull()
        return self._sold(str(TID), self.taobao)

    def test_a_refund_holds_the_parcel_and_then_takes_its_line_out(self):
        order = self._changed(10)
        self._changed(8, {"refund_status": "WAIT_SELLER_AGREE", "refund_id": 77})
        self.assertEqual(order.merchant_hold_code, "refund_requested")
        self._changed(6, {"refund_status": "SUCCESS", "refund_id": 77, "status": "TRADE_CLOSED"})
        self.assertRecordValues(
            order,
            [{"merchant_hold_code": False, "amount_total": 183.0, "platform_refunded_total": 29.9, "state": "sale"}],
        )
        self.assertEqual(set(order.merchant_inbox_ids.mapped("state")), {"done"})
        open_moves = order.picking_ids.move_ids.filtered(lambda move: move.state == "assigned")
        self.assertEqual(open_moves.product_id, self.tea)

    def test_a_trade_closed_before_shipping_is_cancelled(self):
        order = self._changed(10)
        self._changed(8, status="TRADE_CLOSED")
        self.assertEqual((order.state, order.platform_status), ("cancel", "closed"))

    def test_a_buyer_who_moves_is_followed(self):
        order = self._changed(10)
        moved = self._changed(8, receiver_state="广东省", receiver_city="深圳市", oaid="2aa")
        self.assertEqual(moved, order)
        self.assertEqual(order.picking_ids.partner_id.merchant_address_handle, "2aa")

    def test_the_shops_listings_are_read_and_matched(self):
        self.taobao._pull_listings()
        self.assertRecordValues(
            self.taobao.listing_ids,
            [{"platform_sku": "491", "item_id": "61", "product_id": self.tea.id, "quantity": 9, "on_sale": True}],
        )


@tagged("post_install", "-at_install")
class TestNoticesToTaobao(TaobaoCase):
    def setUp(self):
        super().setUp()
        self.gateway.add(trade(TID))
        self._pull()
        self.order = self._sold(str(TID), self.taobao)

    def _ship_order(self, quantities=None):
        with trap_jobs():
            rest = self._ship(self.order.picking_ids, quantities)
        return self.order.merchant_notice_ids, rest

    def _again(self, notice):
        notice.next_try_at = fields.Datetime.now() - timedelta(seconds=1)
        self._notify()

    def _sent(self):
        return [form for method, form in self.gateway.calls if method == "logistics.offline.send"]

    def test_carrier_and_tracking_number_reach_the_platform(self):
        notice, _rest = self._ship_order()
        self._notify()
        self.assertEqual((notice.state, notice.answer), ("sent", "taobao.logistics.offline.send"))
        [form] = self._sent()
        self.assertEqual((form["company_code"], form["out_sid"]), ("SF", "SF100"))
        self.assertNotIn("is_split", form)

    def test_a_part_is_told_as_a_part(self):
        _notice, rest = self._ship_order({self.tea: 2})
        self._notify()
        with trap_jobs():
            self._ship(rest, tracking="SF200")
        self._notify()
        first, second = self._sent()
        self.assertEqual((first["sub_tid"], first["out_sid"]), (f"{TID}1", "SF100"))
        self.assertEqual(second["out_sid"], "SF200")
        self.assertEqual(set(self.order.merchant_notice_ids.mapped("state")), {"sent"})

    def test_an_answer_that_was_lost_after_the_effect_does_not_ship_twice(self):
        notice, _rest = self._ship_order()
        send = self.gateway._logistics_offline_send

        def lost(form):
            send(form)
            return OSError("connection reset")

        self.gateway._logistics_offline_send = lost
        self._notify()
        self.assertEqual((notice.state, notice.reason_code), ("waiting", "platform_later"))
        self._again(notice)
        self.assertEqual((notice.state, notice.answer), ("sent", "already known"))
        self.assertEqual(len(self._sent()), 1)

    def test_a_platform_that_is_down_is_told_later(self):
        notice, _rest = self._ship_order()
        self.gateway.answers["logistics.offline.send"] = [BUSY]
        self._notify()
        self.assertEqual(notice.state, "waiting")
        self._again(notice)
        self.assertEqual((notice.state, notice.attempts), ("sent", 2))

    def test_a_waybill_that_is_refused_is_parked_in_the_platforms_words(self):
        notice, _rest = self._ship_order()
        self.gateway.answers["logistics.offline.send"] = error(
            15, "isv.logistics-offline-service-error:CD07", "Remote service error"
        )
        self._notify()
        self.assertEqual(notice.state, "parked")
        self.assertIn("CD07", notice.reason)

    def test_our_own_shipment_coming_back_changes_nothing(self):
        self._ship_order()
        self._notify()
        self.gateway.trades[str(TID)]["modified"] = wall_clock(minutes=4)
        self._pull()
        self.assertRecordValues(
            self.order, [{"platform_status": "shipped", "merchant_hold_code": False, "state": "sale"}]
        )
        rows = self.order.merchant_inbox_ids
        self.assertEqual(set(rows.mapped("state")), {"done"})
