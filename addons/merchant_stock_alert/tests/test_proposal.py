from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import StockAlertCase


@tagged("post_install", "-at_install")
class TestProposal(StockAlertCase):
    def setUp(self):
        super().setUp()
        self.put(200)
        for ago in range(1, 11):
            self.sell(10, ago=ago)
        self.evaluate()
        wizard = self.env["merchant.stock.propose"].create({"review": 10})
        wizard.action_propose()
        self.proposal = self.env["merchant.stock.proposal"].search([("product_id", "=", self.tea.id)])

    def test_it_is_worked_out_from_sales(self):
        self.assertRecordValues(self.proposal, [{"daily": 10, "lead_days": 7, "minimum": 70, "maximum": 170}])

    def test_accepted_as_a_threshold(self):
        self.proposal.minimum = 80
        self.proposal.action_accept_thresholds()
        self.evaluate()
        self.assertRecordValues(self.position(), [{"low_line": 80}])
        with self.assertRaises(UserError):
            self.proposal.action_accept_thresholds()

    def test_accepted_as_a_reordering_rule(self):
        self.proposal.action_accept_orderpoints()
        rule = self.env["stock.warehouse.orderpoint"].search([("product_id", "=", self.tea.id)])
        self.assertRecordValues(rule, [{"product_min_qty": 70, "product_max_qty": 170, "trigger": "manual"}])

    def test_accepting_is_undone(self):
        for accept in ("action_accept_orderpoints", "action_accept_thresholds"):
            getattr(self.proposal, accept)()
            self.proposal.action_undo()
            self.assertEqual(self.proposal.state, "open")
        self.assertFalse(self.env["stock.warehouse.orderpoint"].search([("product_id", "=", self.tea.id)]))
        self.assertFalse(self.thresholds.search([("product_id", "=", self.tea.id)]))

    def test_undoing_gives_back_what_there_was(self):
        line = self.threshold(product_id=self.tea.id, warehouse_id=self.wuhan.id, method="days", days=3)
        rule = self.env["stock.warehouse.orderpoint"].create(
            {"product_id": self.tea.id, "warehouse_id": self.wuhan.id, "product_min_qty": 4, "product_max_qty": 9}
        )
        self.proposal.action_accept_thresholds()
        self.proposal.action_undo()
        self.assertRecordValues(line, [{"method": "days", "days": 3, "quantity": 0}])
        self.proposal.action_accept_orderpoints()
        self.assertEqual(rule.product_min_qty, 70)
        self.proposal.action_undo()
        self.assertRecordValues(rule, [{"product_min_qty": 4, "product_max_qty": 9}])

    def _propose_again(self):
        self.env["merchant.stock.propose"].create({"review": 20}).action_propose()
        return self.env["merchant.stock.proposal"].search(
            [("product_id", "=", self.tea.id), ("state", "=", "open"), ("warehouse_id", "=", self.wuhan.id)]
        )

    def test_an_archived_rule_comes_back_and_goes_again(self):
        """Odoo has one rule for each product and place: an archived one would refuse the whole selection."""
        rule = self.env["stock.warehouse.orderpoint"].create(
            {"product_id": self.tea.id, "warehouse_id": self.wuhan.id, "product_min_qty": 4, "product_max_qty": 9}
        )
        rule.action_archive()
        self.proposal.action_accept_orderpoints()
        self.assertRecordValues(rule, [{"active": True, "product_min_qty": 70, "product_max_qty": 170}])
        self.assertEqual(self.proposal.orderpoint_id, rule)
        self.proposal.action_undo()
        self.assertRecordValues(rule, [{"active": False, "product_min_qty": 4, "product_max_qty": 9}])

    def test_an_accepted_proposal_leads_to_its_rule(self):
        self.proposal.action_accept_orderpoints()
        self.assertEqual(self.proposal.orderpoint_id.product_min_qty, 70)
        self.proposal.action_undo()
        self.assertFalse(self.proposal.orderpoint_id)

    def test_what_somebody_changed_since_is_left_as_it_is(self):
        self.proposal.action_accept_orderpoints()
        self.proposal.orderpoint_id.product_min_qty = 99
        with self.assertRaises(UserError) as caught:
            self.proposal.action_undo()
        self.assertIn(self.tea.name, caught.exception.args[0])
        self.assertRecordValues(self.proposal.orderpoint_id, [{"product_min_qty": 99}])
        again = self._propose_again()
        again.action_drop()
        warning = (self.proposal + again).action_undo()
        self.assertEqual(warning["params"]["type"], "warning")
        self.assertEqual(self.proposal.state, "accepted")
        self.assertEqual(again.state, "open")

    def test_two_for_the_same_are_undone_the_last_first(self):
        self.proposal.action_accept_thresholds()
        again = self._propose_again()
        again.minimum = 80
        again.action_accept_thresholds()
        (self.proposal + again).action_undo()
        self.assertFalse(self.thresholds.search([("product_id", "=", self.tea.id)]))
        self.assertEqual((self.proposal + again).mapped("state"), ["dropped", "open"])

    def test_undone_while_a_newer_one_waits_it_is_dropped(self):
        self.proposal.action_accept_thresholds()
        again = self._propose_again()
        self.proposal.action_undo()
        self.assertEqual((self.proposal + again).mapped("state"), ["dropped", "open"])

    def test_queries_of_undoing_do_not_grow_with_the_proposals(self):
        def queries(accept, count):
            goods = [self.make_product(f"{accept} {count} {number}") for number in range(count)]
            for product in goods:
                self.put(200, product)
                self.sell(10, product, ago=1)
            self.evaluate()
            self.env["merchant.stock.propose"].create({"review": 10}).action_propose()
            proposals = self.env["merchant.stock.proposal"].search(
                [("product_id", "in", [product.id for product in goods]), ("state", "=", "open")]
            )
            self.assertEqual(len(proposals), count)
            getattr(proposals, accept)()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            proposals.action_undo()
            self.env.flush_all()
            self.assertEqual(set(proposals.mapped("state")), {"open"})
            return self.env.cr.sql_log_count - before

        for accept in ("action_accept_thresholds", "action_accept_orderpoints"):
            queries(accept, 2)  # warms what is read once
            self.assertEqual(queries(accept, 2), queries(accept, 12), accept)

    def test_what_was_dropped_is_taken_up_again(self):
        self.proposal.action_drop()
        self.proposal.action_undo()
        self.assertEqual(self.proposal.state, "open")
        with self.assertRaises(UserError):
            self.proposal.action_undo()

    def test_proposing_again_replaces_what_is_not_decided(self):
        self.env["merchant.stock.propose"].create({"review": 20}).action_propose()
        self.assertFalse(self.proposal.exists())

    def test_a_service_level_of_95_is_not_taken_for_almost_all(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.env["merchant.stock.propose"].create({"service": 95})

    def test_nothing_sold_is_said(self):
        other = self.make_product("新品")
        self.put(5, other)
        self.evaluate()
        wizard = self.env["merchant.stock.propose"].create({"position_ids": self.position(other).ids})
        with self.assertRaises(UserError):
            wizard.action_propose()
