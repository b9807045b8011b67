from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import PublicationCase


@tagged("post_install", "-at_install")
class TestOversell(PublicationCase):
    """A line that cannot be reserved is found once and explained."""

    def _sell(self, pieces, minutes_ago=0, shop=None):
        at = (fields.Datetime.now() - timedelta(minutes=minutes_ago)).strftime("%Y-%m-%dT%H:%M:%S+00:00")
        lines = [self._line("1", "HKT-TEA", pieces, "100.00")]
        return self._take(self._payload(lines=lines, created_at=at, paid_at=at), shop=shop)

    def _look(self):
        self.env.flush_all()
        self.env["merchant.oversell"]._look()
        return self.env["merchant.oversell"].search([])

    def test_a_line_that_is_served_is_none(self):
        self._sell(5)
        self.assertFalse(self._look())

    def test_several_shops_offered_the_same_pieces(self):
        second = self._second_shop()
        self._new_listing(self.tea, second)
        self._send()
        self._send(second)
        self.cr.execute("UPDATE merchant_publication_push SET at = at - interval '1 hour'")
        self.env.invalidate_all()
        first = self._sell(80, 10)
        order = self._sell(70, 5, shop=second)
        found = self._look()
        self.assertRecordValues(
            found,
            [
                {
                    "sale_order_id": order.id,
                    "quantity": 50,
                    "cause": "promised_twice",
                    "state": "open",
                    "shop_id": second.id,
                }
            ],
        )
        self.assertEqual(found, self._look(), "found once")
        words = [row[1] for row in found.why["table"]["rows"]]
        self.assertIn("Second was told", words)
        self.assertIn(f"Tea House sold {first.platform_order_ref}", words)
        self._put(self.tea, 60)
        order.picking_ids.action_assign()
        self._look()
        self.assertEqual(found.state, "solved")

    def test_the_platform_was_never_told(self):
        self._sell(120)
        self.assertEqual(self._look().cause, "untold")

    def test_the_platform_sold_more_than_it_was_told(self):
        self._send()
        self.cr.execute("UPDATE merchant_publication_push SET at = at - interval '1 hour'")
        self.env.invalidate_all()
        self._sell(120)
        self.assertEqual(self._look().cause, "drift")

    def test_what_is_held_is_not_missing(self):
        order = self._sell(120)
        order.action_merchant_hold()
        self.assertFalse(self._look())
