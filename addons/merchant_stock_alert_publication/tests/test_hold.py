from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.merchant_publication.tests.common import PublicationCase


class HoldCase(PublicationCase):
    """Tea (100 pieces) is offered by a shop; at 100 the line is crossed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        thresholds = cls.env["merchant.stock.threshold"]
        thresholds.search([("company_id", "=", cls.company.id)]).unlink()
        thresholds.create(
            {"company_id": cls.company.id, "product_id": cls.tea.id, "method": "quantity", "quantity": 100}
        )

    def setUp(self):
        super().setUp()
        self._evaluate()
        self.alert = self.env["merchant.stock.alert"].search([("product_id", "=", self.tea.id)])

    def _evaluate(self):
        while self.env["merchant.stock.mark"]._evaluate_marks():
            pass
        self.env.invalidate_all()

    def _ask(self, user=None, **vals):
        alert = self.alert.with_user(user) if user else self.alert
        answer = alert.env["merchant.stock.answer"].browse(alert.action_limit_shops()["res_id"])
        answer.write(vals)
        return answer

    def _hold(self, quantity=None, user=None, **vals):
        answer = self._ask(user, **vals)
        if quantity is not None:
            answer.listing_ids.quantity = quantity
        answer.action_confirm()
        return self.env["merchant.stock.hold"].search([("ended_at", "=", False)])


@tagged("post_install", "-at_install")
class TestHold(HoldCase):
    def test_the_alert_says_what_shops_promise(self):
        self.assertEqual(self.alert.promised, 100)
        self.assertIn(["Tea House", "HKT-TEA", "100", ""], self.alert.promised_why["table"]["rows"])

    def test_it_says_what_it_will_do_before(self):
        answer = self._ask()
        self.assertRecordValues(answer.listing_ids, [{"offered": 100, "quantity": 50, "outcome": "from 100 to 50"}])
        self.assertIn("1", answer.plan)
        self.assertEqual(self._offered(), 100, "asking changes nothing")

    def test_the_listing_offers_less_and_says_why(self):
        self._hold(7)
        self.assertEqual(self._offered(), 7)
        self.assertIn("At most 7", str(self._offer().why))
        self.assertIn("At most 7", self.tea_listing.stock_hold_summary)
        self.assertEqual(self.alert.outcome, "limit")
        self.assertIn("from 100 to 7", str(self.alert.message_ids.mapped("body")))

    def test_it_never_offers_more_than_the_rule_does(self):
        self._hold(500)
        self.assertEqual(self._offered(), 100)
        self.tea_listing.write({"publication_mode": "forced", "publication_forced": 12})
        self.assertEqual(self._offered(), 12)

    def test_what_the_platform_withholds_itself_comes_on_top(self):
        self.shop.publication_withholds = True
        self.env["merchant.pending.sale"].create(
            {
                "shop_id": self.shop.id,
                "company_id": self.company.id,
                "order_ref": "U-1",
                "product_id": self.tea.id,
                "quantity": 3,
                "kind": "unpaid",
                "since": fields.Datetime.now(),
            }
        )
        self.tea_listing._mark_publication()
        self._hold(5)
        self.assertEqual(self._offered(), 8)

    def test_it_is_lifted_when_the_stock_is_back(self):
        self._hold(7)
        self._put(self.tea, 400)
        self._evaluate()
        self.assertEqual((self.alert.state, self._offered()), ("closed", 500))
        self.assertFalse(self.tea_listing.stock_hold_summary)

    def test_it_stays_when_it_is_to_be_lifted_by_hand(self):
        hold = self._hold(7, limit_lifts=False)
        self._put(self.tea, 400)
        self._evaluate()
        self.assertEqual(self._offered(), 7)
        hold.action_lift()
        self.assertEqual(self._offered(), 500)
        with self.assertRaises(UserError):
            hold.action_lift()

    def test_a_paused_listing_is_told_nothing_until_then(self):
        self._send()
        self._hold(limit_kind="pause")
        self._put(self.tea, -40)
        row = self._offer()
        self.assertEqual((row.state, row.reason_code, row.sent), ("stopped", "alert_paused", 100))
        self.assertIn("alert", row.reason)
        self.tea_listing.action_lift_stock_hold()
        self.assertEqual(self._offer().state, "waiting")

    def test_a_newer_one_takes_its_place(self):
        self._hold(7)
        self._hold(3)
        self.assertEqual(self._offered(), 3)
        self.assertEqual(len(self.env["merchant.stock.hold"].search([])), 2)

    def test_a_listing_that_is_left_out_keeps_its_offer(self):
        second = self._new_listing(self.tea, self._second_shop())
        self._catch_up()
        answer = self._ask()
        answer.listing_ids.filtered(lambda line: line.listing_id == second).unlink()
        answer.listing_ids.quantity = 1
        answer.action_confirm()
        self.assertEqual((self._offered(), self._offered(second)), (1, 100))

    def test_without_a_shop_it_says_so(self):
        self.shop.publishes = False
        self.env["merchant.publication.calculator"]._forget_gone()
        answer = self._ask()
        with self.assertRaises(UserError):
            answer.action_confirm()

    def test_a_shop_of_another_warehouse_is_left_alone(self):
        elsewhere = self.env["stock.warehouse"].create({"name": "HZ", "code": "HZ", "company_id": self.company.id})
        second = self._new_listing(self.tea, self._second_shop(warehouse_id=elsewhere.id))
        self._catch_up()
        self.assertNotIn(second, self._ask().listing_ids.listing_id)
        self.assertEqual(self.alert.promised, 100)


@tagged("post_install", "-at_install")
class TestHoldRights(HoldCase):
    def test_buyers_and_clerks_hold_back_and_lift(self):
        for role in ("buyer", "clerk"):
            user = self._new_user(role)
            hold = self._hold(5, user)
            self.assertEqual(self._offered(), 5)
            hold.with_user(user).action_lift()
            self.assertEqual(self._offered(), 100)

    def test_others_read_and_change_nothing(self):
        hold = self._hold(5)
        for role in ("warehouse", "service", "finance", "auditor"):
            user = self._new_user(role)
            self.assertTrue(hold.with_user(user).summary)
            with self.assertRaises(AccessError):
                hold.with_user(user).action_lift()

    def test_a_shop_that_one_may_not_see_is_only_a_sum(self):
        second = self._second_shop()
        self._new_listing(self.tea, second)
        self._catch_up()
        second.user_ids = [Command.set(self._new_user("clerk", login="second").ids)]
        buyer = self._new_user("buyer")
        alert = self.alert.with_user(buyer)
        self.assertEqual(alert.promised, 200)
        self.assertNotIn("Second", str(alert.promised_why))
        self.assertEqual(self._ask(buyer).listing_ids.shop_id, self.shop)

    def test_another_company_sees_nothing(self):
        hold = self._hold(5)
        other = self._new_company("Other")
        buyer = self._new_user("buyer", login="elsewhere")
        buyer.write({"company_ids": [Command.set(other.ids)], "company_id": other.id})
        holds = self.env["merchant.stock.hold"].with_user(buyer).with_context(allowed_company_ids=other.ids)
        self.assertFalse(holds.search([]))
        with self.assertRaises(AccessError):
            hold.with_user(buyer).with_context(allowed_company_ids=other.ids).action_lift()
