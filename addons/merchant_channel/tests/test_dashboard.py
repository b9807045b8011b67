from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from odoo.addons.queue_job.tests.common import trap_jobs

from .common import MerchantCase


@tagged("post_install", "-at_install")
class TestDashboard(MerchantCase):
    def _board(self, user=None):
        self.env.invalidate_all()
        boards = self.env["merchant.dashboard"].with_user(user) if user else self.env["merchant.dashboard"]
        return boards.create({})

    def _payload_of_now(self, ref, **changes):
        paid = fields.Datetime.now() - timedelta(hours=3)
        return self._payload(ref, paid_at=paid.strftime("%Y-%m-%dT%H:%M:%S+00:00"), **changes)

    def setUp(self):
        super().setUp()
        self.env["merchant.shop"].search([("id", "!=", self.shop.id)]).active = False

    def test_it_counts_sales_work_and_what_waits(self):
        orders = self._take(self._payload_of_now("W-1"), self._payload_of_now("W-2"))
        orders.date_order = fields.Datetime.now()
        orders.picking_ids.scheduled_date = fields.Datetime.now() - timedelta(seconds=1)  # due today
        many = [self._line("1", "HKT-TEA", 500, "500.00")]
        short = self._take(self._payload_of_now("W-3", lines=many))
        short.date_order = fields.Datetime.now() - timedelta(days=1)
        short.picking_ids.scheduled_date = fields.Datetime.now() - timedelta(days=1)
        self.assertHeld(self._push(self._payload_of_now("W-4", total="1.00")), "amount_mismatch")
        orders[1].action_merchant_hold()
        board = self._board()
        self.assertRecordValues(
            board,
            [
                {
                    "order_count": 2,
                    "revenue": 448,
                    "held_count": 2,
                    "to_ship_count": 3,
                    "late_count": 1,
                    "short_count": 1,
                }
            ],
        )
        self.assertEqual(board.orders_chart["series"][0]["values"][-2:], [1, 2])
        self.assertEqual(board.revenue_chart["series"][0]["values"][-2:], [508, 448])
        self.assertEqual((board.shops_chart["labels"], board.shops_chart["series"][0]["values"]), (["Tea House"], [2]))
        self.assertAlmostEqual(board.touch_free, 200 / 3, places=3)
        unsaved = board.new({})  # as a page opened by its address has it
        self.assertEqual(unsaved.shops_chart, board.shops_chart)

    def test_the_time_to_ship_and_what_came_back(self):
        order = self._take(self._payload_of_now("W-1"))
        with trap_jobs():
            self._ship(order.picking_ids)
        board = self._board()
        self.assertAlmostEqual(board.hours_to_ship, 3, delta=0.1)
        self.assertEqual((board.touch_free, board.returned), (100, 0))

    def test_each_figure_opens_what_it_counts(self):
        order = self._take(self._payload_of_now("W-1"))
        row = self._push(self._payload_of_now("W-2", total="1.00"))
        board = self._board()
        for name, expected in {"orders": order, "held": row, "to_ship": order.picking_ids}.items():
            action = board.with_context(merchant_list=name).action_open()
            self.assertEqual(self.env[action["res_model"]].search(action["domain"]), expected, name)
        row.state = "done"
        self.assertEqual(board.with_context(merchant_list="held").action_open()["res_model"], "sale.order")

    def test_who_sees_one_shop_sees_its_figures_only(self):
        other = self._new_shop("Other", user_ids=[(6, 0, self._new_user("service").ids)])
        self._take(self._payload_of_now("W-1"), shop=other).date_order = fields.Datetime.now()
        board = self._board(self._new_user("clerk"))
        self.assertEqual((board.shop_ids.ids, board.order_count), (self.shop.ids, 0))
        self.assertEqual(self._board().order_count, 1)

    def test_it_opens_for_everybody_with_a_role_and_before_the_first_order(self):
        self._new_shop("Empty")
        for role in ("warehouse", "finance", "auditor", "owner"):
            action = self.env["merchant.dashboard"].with_user(self._new_user(role)).action_show()
            board = (
                self.env["merchant.dashboard"].with_user(self._new_user(f"{role}", login=f"again_{role}")).create({})
            )
            self.assertEqual(action["res_model"], "merchant.dashboard")
            self.assertFalse(board.orders_chart["series"])
            self.assertTrue(board.orders_chart["empty"])
