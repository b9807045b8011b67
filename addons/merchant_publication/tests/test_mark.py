from odoo.fields import Command
from odoo.tests import tagged

from .common import PublicationCase


@tagged("post_install", "-at_install")
class TestMark(PublicationCase):
    """Whatever changes what is left to sell marks the product, in the same transaction."""

    def _marks(self):
        self.env.flush_all()
        self.cr.execute("SELECT product_id, warehouse_id FROM merchant_publication_mark")
        found = set(self.cr.fetchall())
        self.cr.execute("DELETE FROM merchant_publication_mark")
        return found

    def assertMarks(self, product, work, warehouse=None):
        self._marks()
        work()
        wanted = (product.id, (warehouse or self.warehouse).id)
        self.assertIn(wanted, self._marks())

    def _move(self, origin, goal, **values):
        return self.env["stock.move"].create(
            {
                "product_id": self.tea.id,
                "product_uom_qty": 5,
                "location_id": origin.id,
                "location_dest_id": goal.id,
                "company_id": self.company.id,
                **values,
            }
        )

    def test_stock_that_changes(self):
        self.assertMarks(self.tea, lambda: self._put(self.tea, 5))
        quant = self.env["stock.quant"].search([("product_id", "=", self.tea.id)], limit=1)
        self.assertMarks(self.tea, lambda: quant.write({"reserved_quantity": 3}))
        self.assertMarks(
            self.tea, lambda: self.cr.execute("UPDATE stock_quant SET quantity = 7 WHERE id = %s", quant.ids)
        )
        self.assertMarks(self.tea, lambda: self.cr.execute("DELETE FROM stock_quant WHERE id = %s", quant.ids))

    def test_what_does_not_change_what_is_left_marks_nothing(self):
        quant = self.env["stock.quant"].search([("product_id", "=", self.tea.id)], limit=1)
        self._marks()
        self.cr.execute("UPDATE stock_quant SET quantity = quantity, in_date = now() WHERE id = %s", quant.ids)
        self.assertFalse(self._marks())

    def test_a_receipt_and_its_date(self):
        supplier, stock = self.env.ref("stock.stock_location_suppliers"), self.warehouse.lot_stock_id
        move = self._move(supplier, stock)
        self.assertMarks(self.tea, move._action_confirm)
        self.assertMarks(self.tea, lambda: move.write({"date": "2030-01-01"}))
        self.assertMarks(self.tea, lambda: move.write({"product_uom_qty": 9}))
        self.assertMarks(self.tea, move._action_cancel)

    def test_an_order_that_waits_for_stock(self):
        customer, stock = self.env.ref("stock.stock_location_customers"), self.warehouse.lot_stock_id
        move = self._move(stock, customer, product_uom_qty=500)
        self.assertMarks(self.tea, move._action_confirm)
        self.assertMarks(self.tea, move._action_cancel)

    def test_a_shelf_that_moves_to_another_warehouse(self):
        away = self.env["stock.warehouse"].create({"name": "Away", "code": "AWY", "company_id": self.company.id})
        shelf = self.env["stock.location"].create({"name": "Shelf", "location_id": self.warehouse.lot_stock_id.id})
        self.env["stock.quant"]._update_available_quantity(self.tea, shelf, 5)
        self._marks()
        shelf.location_id = away.lot_stock_id
        self.assertIn((self.tea.id, None), self._marks())

    def test_listings_shops_rules_and_quotas(self):
        rule = self.env["merchant.publication.rule"].create({"name": "Half", "ratio": 50})
        quota = {"name": "11.11", "listing_id": self.tea_listing.id, "quantity": 5, "ends_at": "2099-01-01"}
        for work in (
            lambda: self.tea_listing.write({"publication_mode": "paused"}),
            lambda: self.tea_listing.write({"publication_rule_id": rule.id}),
            lambda: rule.write({"ratio": 60}),
            lambda: self.shop.write({"publication_shares": True}),
            lambda: self.shop.write({"warehouse_ids": [Command.clear()]}),
            lambda: self.env["merchant.publication.quota"].create(quota),
            lambda: self.tea_listing.write({"product_id": self.cup.id}),
        ):
            self._marks()
            work()
            self.assertIn((self.tea.id, None), self._marks())

    def test_a_mark_makes_nobody_wait(self):
        """Marks are only added: two that move the same product do not meet in the marks."""
        self.cr.execute(
            "SELECT conname FROM pg_constraint"
            " WHERE conrelid = 'merchant_publication_mark'::regclass AND contype != 'n'"
        )
        self.assertEqual([row[0] for row in self.cr.fetchall()], ["merchant_publication_mark_pkey"])

    def test_only_what_is_marked_is_worked_out(self):
        before = self._offer(self.cup_listing).wanted_at
        self._put(self.tea, 5)
        self.cr.execute("UPDATE merchant_publication SET wanted = -1 WHERE listing_id = %s", self.cup_listing.ids)
        self.env.invalidate_all()
        self.assertEqual(self._offered(), 105)
        self.assertEqual((self._offered(self.cup_listing), self._offer(self.cup_listing).wanted_at), (-1, before))

    def test_the_work_is_queued_once_at_commit(self):
        self._put(self.tea, 1)
        self._put(self.cup, 1)
        self.env.flush_all()
        self.cr.precommit.run()
        self._put(self.tea, 1)
        self.env.flush_all()
        self.cr.precommit.run()
        jobs = self.env["queue.job"].search([("identity_key", "=", "merchant-publication")])
        self.assertEqual(len(jobs), 1)
