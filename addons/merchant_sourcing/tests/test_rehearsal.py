from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.merchant_sourcing.models import merchant_sourcing_rehearsal

from .common import SourcingCase

UNTOUCHED = (
    "sale_order", "sale_order_line", "stock_picking", "stock_move", "stock_move_line", "stock_quant",
    "merchant_sourcing_decision", "merchant_sourcing_part",
)  # fmt: skip


@tagged("post_install", "-at_install")
class TestRehearsal(SourcingCase):
    def days(self, orders=3):
        """Orders that left from 武汉, and rules to be rehearsed that would ship them from 宁波."""
        self.stock(tea={self.wuhan: 10, self.ningbo: 10})
        self.orders = self.env["sale.order"].union(
            *(self.order((self.tea, 2), warehouse_id=self.wuhan.id) for _number in range(orders))
        )
        self.orders.action_confirm()
        self.orders[0].picking_ids.move_ids.picked = True
        self.orders[0].picking_ids._action_done()
        self.rule(warehouses=[self.ningbo], live=False)
        self.env["merchant.freight.rate"].create(
            [
                {"warehouse_id": self.wuhan.id, "first_price": 12, "step_price": 5},
                {"warehouse_id": self.ningbo.id, "first_price": 8, "step_price": 2, "transit_days": 1},
            ]
        )
        rehearsal = self.env["merchant.sourcing.rehearsal"].browse(self.ruleset.action_rehearse()["res_id"])
        rehearsal.date_to = fields.Date.today() + timedelta(days=1)
        return rehearsal

    def prints(self):
        """The content of every row that a rehearsal must not touch."""
        self.env.flush_all()
        found = {}
        for table in UNTOUCHED:
            content = SQL("SELECT count(*), sum(hashtext(t::text)::bigint) FROM %s t", SQL.identifier(table))
            found[table] = self.env.execute_query(content)
        return found

    def test_a_rehearsal_shows_before_and_after_and_writes_nothing_else(self):
        rehearsal = self.days()
        before = self.prints()
        rehearsal.action_play()
        self.assertEqual(self.prints(), before)
        self.assertEqual(rehearsal.state, "done")
        mine = rehearsal.change_ids.filtered(lambda change: change.order_id in self.orders)
        self.assertEqual(mine.mapped("before"), ["武汉仓"] * 3)
        self.assertEqual(mine.mapped("after"), ["宁波仓"] * 3)
        self.assertEqual(set(mine.mapped("freight")), {-4.0})
        self.assertIn("宁波仓", str(rehearsal.figures_html))
        self.assertTrue(mine[0].why["summary"])

    def by_job(self, rehearsal):
        self.patch(merchant_sourcing_rehearsal, "AT_ONCE", 1)
        rehearsal.action_play()
        self.assertEqual((rehearsal.state, rehearsal.progress), ("playing", 0))
        return rehearsal

    def run_job(self):
        with self.enter_registry_test_mode():
            self.env.ref("merchant_sourcing.cron_rehearse").method_direct_trigger()
        self.env.invalidate_all()

    def test_many_orders_are_played_by_a_job_that_tells_how_far_it_is(self):
        rehearsal = self.by_job(self.days())
        told = []
        model = type(rehearsal)
        tell = model._tell
        self.patch(model, "_tell", lambda self_, percent: told.append(percent) or tell(self_, percent))
        self.run_job()
        self.assertEqual((rehearsal.state, rehearsal.progress), ("done", 100))
        self.assertGreaterEqual(len(rehearsal.change_ids), 3)
        self.assertEqual(told, sorted(told))
        self.assertGreaterEqual(len(told), 3)

    def test_a_play_can_be_stopped_at_any_time_and_keeps_nothing(self):
        rehearsal = self.by_job(self.days())
        model = type(rehearsal)
        tell = model._tell

        def stopped_halfway(self_, percent):
            if percent > 50:  # noqa: PLR2004
                rehearsal.action_stop()
                rehearsal.flush_recordset()
            tell(self_, percent)

        self.patch(model, "_tell", stopped_halfway)
        self.run_job()
        self.assertEqual((rehearsal.state, len(rehearsal.change_ids)), ("stopped", 0))
        self.patch(model, "_tell", tell)
        rehearsal.action_play()
        self.run_job()
        self.assertEqual(rehearsal.state, "done")

    def test_what_goes_wrong_in_the_job_stands_on_the_rehearsal(self):
        rehearsal = self.by_job(self.days())

        def broken(*_args):
            raise ZeroDivisionError

        self.patch(type(rehearsal), "_stock_of_the_days", broken)
        with mute_logger("odoo.addons.merchant_sourcing.models.merchant_sourcing_rehearsal"):
            self.run_job()
        self.assertEqual(rehearsal.state, "stopped")
        self.assertTrue(rehearsal.error)
        self.assertNotIn("ZeroDivision", rehearsal.error)

    def test_days_without_orders_say_so(self):
        rehearsal = self.days()
        rehearsal.write({"date_from": "2001-01-01", "date_to": "2001-01-02"})
        with self.assertRaisesRegex(UserError, "No confirmed order"):
            rehearsal.action_play()

    def test_an_addon_can_add_a_ranking(self):
        engine = type(self.env["merchant.sourcing.engine"])
        self.patch(
            engine,
            "_rankings",
            lambda _self: {"parcels": lambda world, order, wants, warehouse, place: -warehouse + 10**6},
        )
        self.rule()
        self.stock(tea={self.wuhan: 5, self.chengdu: 5})
        order = self.order((self.tea, 1))
        order.action_confirm()
        self.assertEqual(order.warehouse_id, self.chengdu)
