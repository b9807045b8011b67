from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .common import StockAlertCase


@tagged("post_install", "-at_install")
class TestCrossing(StockAlertCase):
    def setUp(self):
        super().setUp()
        self.threshold(product_id=self.tea.id, method="quantity", quantity=5)
        self.put(20)
        self.evaluate()

    def test_shipping_below_the_line_opens_one_alert(self):
        self.assertFalse(self.alerts())
        self.sell(15)
        self.evaluate()
        alert = self.alerts()
        self.assertRecordValues(alert, [{"kind": "low", "measure": 5, "line": 5, "state": "open", "on_hand": 5}])
        self.assertIn("5", alert.summary)

    def test_it_is_not_repeated_while_it_is_open(self):
        self.sell(15)
        self.evaluate()
        first = self.alerts()
        self.sell(1)
        self.evaluate()
        self.assertEqual(self.alerts(), first)
        self.assertEqual(first.measure, 4)
        self.assertEqual(first.told, 1)

    def test_an_order_that_waits_takes_what_is_available(self):
        self.order(16)
        self.evaluate()
        self.assertRecordValues(self.position(), [{"on_hand": 20, "outgoing": 16, "available": 4, "low_level": 1}])

    def test_it_does_not_flap_at_the_line(self):
        self.sell(15)
        self.evaluate()
        self.put(0.5)
        self.evaluate()
        self.assertTrue(self.alerts(), "above the line, below the line to leave")
        self.put(0.5)
        self.evaluate()
        self.assertFalse(self.alerts())

    def test_stock_that_arrives_closes_it_and_its_history_stays(self):
        self.sell(15)
        self.evaluate()
        self.put(50)
        self.evaluate()
        self.assertRecordValues(self.alerts(closed=True), [{"state": "closed", "outcome": "none", "measure": 5}])
        self.assertTrue(self.alerts(closed=True).closed_at)

    def test_a_cancelled_order_closes_it(self):
        order = self.order(16)
        self.evaluate()
        self.assertTrue(self.alerts())
        order._action_cancel()
        self.evaluate()
        self.assertFalse(self.alerts())

    def test_orders_that_cannot_be_served_make_it_critical(self):
        self.order(15)
        self.order(10)
        self.evaluate()
        self.assertRecordValues(
            self.alerts(), [{"severity": "critical", "orders_at_risk": 1, "measure": -5, "state": "open"}]
        )

    def test_an_archived_product_closes_its_alerts(self):
        self.sell(15)
        self.evaluate()
        self.tea.action_archive()
        self.evaluate()
        self.assertFalse(self.alerts())
        self.assertFalse(self.position().active)

    def test_negative_stock_is_critical(self):
        self.threshold(kind="negative", method="quantity")
        self.put(-23)
        self.evaluate()
        self.assertEqual(set(self.alerts().mapped("kind")), {"low", "negative"})
        self.assertEqual(self.alerts().filtered(lambda a: a.kind == "negative").severity, "critical")

    def test_negative_stock_is_counted_where_it_lies(self):
        self.threshold(kind="negative", method="quantity")
        self.put(-23)
        self.put(8, warehouse=self.hangzhou)
        self.evaluate()
        action = self.alerts().filtered(lambda alert: alert.kind == "negative").action_count()
        quants = self.env[action["res_model"]].search(action["domain"])
        self.assertRecordValues(quants, [{"product_id": self.tea.id, "quantity": -3}])

    def test_the_channels_are_told_once(self):
        channel = self.env["merchant.notifier"].create(
            {"name": "仓库群", "kind": "inbox", "severity": "info", "company_id": self.company.id}
        )
        self.order(30)
        self.evaluate()
        self.order(1)
        self.evaluate()
        self.assertEqual(len(channel.notification_ids), 1)
        self.assertIn("茶", channel.notification_ids.subject)

    def test_a_channel_for_what_is_critical_is_told_when_it_gets_so_bad(self):
        channel = self.env["merchant.notifier"].create(
            {"name": "老板", "kind": "inbox", "severity": "critical", "company_id": self.company.id}
        )
        all_of_it = self.env["merchant.notifier"].create(
            {"name": "采购群", "kind": "inbox", "severity": "info", "company_id": self.company.id}
        )
        self.order(16)
        self.evaluate()
        self.assertFalse(channel.notification_ids)
        last = self.order(4)
        self.evaluate()
        self.assertEqual(channel.notification_ids.mapped("severity"), ["critical"])
        last._action_cancel()
        self.evaluate()
        self.order(4)
        self.evaluate()
        self.assertRecordValues(self.alerts(), [{"severity": "critical", "told": 1}])
        self.assertEqual(len(channel.notification_ids), 1, "to and fro is told once")
        self.assertEqual(len(all_of_it.notification_ids), 1, "who was told is not told again")

    def test_what_is_snoozed_gets_worse_in_silence(self):
        channel = self.env["merchant.notifier"].create(
            {"name": "老板", "kind": "inbox", "severity": "critical", "company_id": self.company.id}
        )
        self.order(16)
        self.evaluate()
        self.alerts()._snooze(fields.Date.today() + timedelta(days=9))
        self.order(4)
        self.evaluate()
        self.assertRecordValues(self.alerts(), [{"severity": "critical", "told": 1}])
        self.assertFalse(channel.notification_ids)

    def test_what_is_over_before_the_digest_is_not_told(self):
        values = {"kind": "inbox", "severity": "info", "company_id": self.company.id, "digest": True}
        channel = self.env["merchant.notifier"].create({"name": "日报", **values})
        self.sell(16)
        self.evaluate()
        self.assertEqual(channel.notification_ids.state, "waiting")
        self.put(500)
        self.evaluate()
        self.assertEqual(channel.notification_ids.state, "dropped")

    def test_a_closed_alert_says_how_it_stood_not_how_it_is_now(self):
        self.sell(16)
        self.evaluate()
        self.put(500)
        self.evaluate()
        closed = self.alerts(closed=True)
        self.assertIn("4", closed.summary)
        self.assertNotIn("504", closed.summary)

    def test_a_channel_of_another_warehouse_is_not_told(self):
        channel = self.env["merchant.notifier"].create(
            {
                "name": "杭州群",
                "kind": "inbox",
                "severity": "info",
                "company_id": self.company.id,
                "stock_warehouse_ids": self.hangzhou.ids,
            }
        )
        self.order(30)
        self.evaluate()
        self.assertFalse(channel.notification_ids)


@tagged("post_install", "-at_install")
class TestHandling(StockAlertCase):
    def setUp(self):
        super().setUp()
        self.threshold(method="quantity", quantity=5)
        self.put(5)
        self.order(7)
        self.evaluate()
        self.alert = self.alerts()

    def test_taking_it_up_names_me(self):
        self.assertTrue(self.alert.action_take(), "XML-RPC cannot say None")
        self.assertRecordValues(self.alert, [{"state": "taken", "user_id": self.env.uid}])

    def test_what_was_handed_to_another_is_mine_when_i_take_it_up(self):
        colleague = new_test_user(self.env, "colleague", groups="merchant_base.group_buyer")
        self.alert.user_id = colleague
        self.alert.action_take()
        self.assertRecordValues(self.alert, [{"state": "taken", "user_id": self.env.uid}])

    def test_what_a_colleague_took_up_stays_theirs(self):
        colleague = new_test_user(self.env, "colleague", groups="merchant_base.group_buyer")
        self.alert.write({"user_id": colleague.id, "state": "taken"})
        self.alert.action_take()
        self.assertEqual(self.alert.user_id, colleague)

    def test_a_snoozed_alert_comes_back_on_its_day(self):
        today = self.env["merchant.stock.figures"]._today(self.company)
        self.alert._snooze(today + timedelta(days=3))
        self.env["merchant.stock.alert"]._wake_and_escalate()
        self.assertEqual(self.alert.state, "snoozed")
        self.alert.snooze_until = today
        self.env["merchant.stock.alert"]._wake_and_escalate()
        self.assertRecordValues(self.alert, [{"state": "open", "told": 2, "snooze_until": False}])

    def test_it_is_not_snoozed_into_the_past(self):
        with self.assertRaises(UserError):
            self.alert._snooze(fields.Date.today() - timedelta(days=1))

    def test_what_nobody_takes_up_is_escalated_once(self):
        self.alert.opened_at = fields.Datetime.now() - timedelta(hours=25)
        alerts = self.env["merchant.stock.alert"]
        alerts._wake_and_escalate()
        alerts._wake_and_escalate()
        self.assertTrue(self.alert.escalated_at)
        self.assertEqual(self.alert.told, 2)

    def test_a_channel_may_be_told_only_of_what_is_escalated(self):
        values = {"kind": "inbox", "severity": "info", "company_id": self.company.id, "lang": "en_US"}
        boss = self.env["merchant.notifier"].create({"name": "boss", "stock_escalated": True, **values})
        self.put(-3)
        self.order(1, self.make_product("新茶"))
        self.evaluate()
        self.assertFalse(boss.notification_ids)
        self.alert.opened_at = fields.Datetime.now() - timedelta(hours=25)
        self.env["merchant.stock.alert"]._wake_and_escalate()
        self.assertEqual(boss.notification_ids.mapped("res_id"), self.alert.ids)
        self.assertIn("Nobody took it up", boss.notification_ids.subject)

    def test_what_somebody_took_up_is_not_escalated(self):
        self.alert.action_take()
        self.alert.opened_at = fields.Datetime.now() - timedelta(hours=25)
        self.env["merchant.stock.alert"]._wake_and_escalate()
        self.assertFalse(self.alert.escalated_at)

    def test_it_closes_by_itself_while_snoozed(self):
        self.alert._snooze(fields.Date.today() + timedelta(days=9))
        self.put(100)
        self.evaluate()
        self.assertEqual(self.alert.state, "closed")
        with self.assertRaises(UserError):
            self.alert.action_take()


@tagged("post_install", "-at_install")
class TestMarks(StockAlertCase):
    def test_work_that_is_rolled_back_leaves_no_alert(self):
        self.threshold(method="quantity", quantity=5)
        self.put(20)
        self.evaluate()
        savepoint = self.env.cr.savepoint(flush=False)
        self.order(18)
        self.env.flush_all()
        savepoint.rollback()
        savepoint.close(rollback=False)
        self.env.invalidate_all(flush=False)
        self.evaluate()
        self.assertFalse(self.alerts())

    def test_one_insert_marks_many(self):
        self.put(20)
        self.evaluate()
        self.marks._mark((self.tea.id, warehouse.id) for warehouse in self.wuhan | self.hangzhou)
        with self.assertQueryCount(1):  # the marks and the trigger of the evaluation
            self.marks._write_marks()

    def test_the_full_pass_repairs_what_was_missed(self):
        self.threshold(method="quantity", quantity=5)
        self.put(20)
        self.evaluate()
        self.order(18)
        self.env.flush_all()
        self.env.cr.precommit.data.clear()
        self.evaluate()
        self.assertFalse(self.alerts())
        self.marks._evaluate_everything(self.company)
        self.assertTrue(self.alerts())

    def test_what_was_archived_is_watched_when_it_comes_back(self):
        product = self.make_product("旧茶", active=False)
        self.put(5, product)
        self.evaluate()
        self.assertFalse(self.position(product))
        product.active = True
        self.evaluate()
        self.assertEqual(self.position(product).on_hand, 5)
