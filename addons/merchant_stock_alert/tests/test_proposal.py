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
