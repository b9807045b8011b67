import random

from psycopg2 import IntegrityError

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.merchant_publication.tests.common import PublicationCase


class ShopLineCase(PublicationCase):
    """Tea and cups (100 pieces each) are offered by the shop “Tea House”."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.thresholds = cls.env["merchant.stock.threshold"]
        cls.thresholds.search([("company_id", "=", cls.company.id)]).unlink()

    @classmethod
    def line(cls, quantity, **scope):
        return cls.thresholds.create({"company_id": cls.company.id, "kind": "shop", "quantity": quantity, **scope})

    def alerts(self, listing=None, closed=False):
        """What is open (or was) after everything marked was worked out."""
        self._evaluate()
        listing = listing or self.tea_listing
        states = ["closed"] if closed else ["open", "taken", "snoozed"]
        return self.env["merchant.stock.alert"].search(
            [("kind", "=", "shop"), ("listing_id", "=", listing.id), ("state", "in", states)]
        )

    def _evaluate(self):
        self._catch_up()
        self.env["merchant.stock.mark"]._write_marks()
        while self.env["merchant.stock.mark"]._evaluate_marks():
            pass
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestShopLine(ShopLineCase):
    def test_one_alert_until_the_shop_can_sell_more_again(self):
        line = self.line(10, shop_id=self.shop.id)
        self.assertFalse(self.alerts())
        self._put(self.tea, -91)
        alert = self.alerts()
        self.assertRecordValues(
            alert,
            [
                {
                    "shop_id": self.shop.id,
                    "measure": 9,
                    "line": 10,
                    "severity": "warning",
                    "threshold_id": line.id,
                    "told": 1,
                }
            ],
        )
        self.assertIn("Tea House can sell 9 more", alert.summary)
        self.assertIn("Tea House", alert.display_name)
        self._put(self.tea, -3)
        self.assertEqual((self.alerts(), alert.measure, alert.told), (alert, 6, 1))
        self._put(self.tea, 5)
        self.assertTrue(self.alerts(), "11: above the line, below the line to leave")
        self._put(self.tea, 1)
        self.assertFalse(self.alerts())
        self.assertTrue(alert.closed_at)
        self._put(self.tea, -12)
        again = self.alerts()
        self.assertRecordValues(again, [{"severity": "critical", "measure": 0}])
        self.assertIn("nothing left", again.summary)

    def test_a_channel_for_what_is_critical_is_told_when_a_shop_sells_out(self):
        channel = self.env["merchant.notifier"].create(
            {"name": "Boss", "kind": "inbox", "severity": "critical", "company_id": self.company.id}
        )
        self.line(10, shop_id=self.shop.id)
        self._put(self.tea, -95)
        self.alerts()
        self.assertFalse(channel.notification_ids)
        self._put(self.tea, -5)
        self.assertRecordValues(self.alerts(), [{"severity": "critical", "told": 1}])
        self.assertEqual(len(channel.notification_ids), 1)

    def test_the_narrowest_line_applies(self):
        (self.tea | self.cup).categ_id = self.env["product.category"].create({"name": "Tea"})
        self.line(200)
        self.assertTrue(self.alerts())
        category = self.line(20, categ_id=self.tea.categ_id.id)
        self.assertFalse(self.alerts())
        self.line(150, shop_id=self.shop.id, categ_id=self.tea.categ_id.id)
        self.assertEqual(self.alerts().line, 150)
        self.line(300, shop_id=self.shop.id, product_id=self.tea.id)
        self.assertEqual((self.alerts().line, self.alerts(self.cup_listing).line), (300, 150))
        self.assertEqual(category.position_count, 0)

    def test_each_shop_has_its_own_alert(self):
        second = self._new_listing(self.tea, self._second_shop())
        self.line(100, shop_id=second.shop_id.id)
        self.assertFalse(self.alerts())
        self.assertEqual(self.alerts(second).shop_id.name, "Second")
        self.line(100, shop_id=self.shop.id)
        self.assertTrue(self.alerts())
        self.assertNotEqual(self.alerts(), self.alerts(second))

    def test_what_is_promised_elsewhere_counts_where_the_stock_is_divided(self):
        second = self._second_shop(publication_shares=True)
        self._new_listing(self.tea, second)
        self.shop.publication_shares = True
        self.line(50, shop_id=self.shop.id)
        self.assertRecordValues(self.alerts(), [{"measure": 50}])

    def test_a_shop_that_does_not_publish_is_held_against_its_warehouses(self):
        self.shop.publishes = False
        self.line(10, shop_id=self.shop.id)
        self.assertFalse(self.alerts())
        self._put(self.tea, -92)
        self.assertRecordValues(self.alerts(), [{"measure": 8}])
        elsewhere = self.env["stock.warehouse"].create({"name": "HZ", "code": "HZ", "company_id": self.company.id})
        self.shop.warehouse_ids = self.shop.warehouse_id | elsewhere
        self.env["stock.quant"]._update_available_quantity(self.tea, elsewhere.lot_stock_id, 40)
        self.assertFalse(self.alerts())

    def test_it_counts_what_an_alert_holds_back(self):
        """Who lowers an offer because of an alert is not told that it is low."""
        self.line(10, shop_id=self.shop.id)
        self.thresholds.create(
            {"company_id": self.company.id, "product_id": self.tea.id, "method": "quantity", "quantity": 100}
        )
        self._evaluate()
        low = self.env["merchant.stock.alert"].search([("product_id", "=", self.tea.id), ("kind", "=", "low")])
        self.env["merchant.stock.hold"].create({"alert_id": low.id, "listing_id": self.tea_listing.id, "quantity": 3})
        self.assertEqual(self._offered(), 3)
        self.assertFalse(self.alerts())

    def test_what_is_set_by_hand_paused_or_archived_is_no_shortage(self):
        self.line(100, shop_id=self.shop.id)
        for values in (
            {"publication_mode": "paused"},
            {"publication_mode": "forced"},
            {"on_sale": False},
            {"active": False},
        ):
            before = {name: self.tea_listing[name] for name in values}
            self.assertTrue(self.alerts(), values)
            self.tea_listing.write(values)
            self.assertFalse(self.alerts(), values)
            self.tea_listing.write(before)

    def test_a_line_that_is_removed_closes_its_alerts(self):
        line = self.line(100)
        self.assertTrue(self.alerts())
        line.action_archive()
        self.assertFalse(self.alerts())
        self.assertTrue(self.alerts(closed=True))

    def test_work_that_is_rolled_back_leaves_no_alert(self):
        self.line(10)
        self._evaluate()
        savepoint = self.env.cr.savepoint(flush=False)
        self._put(self.tea, -95)
        self.env.flush_all()
        savepoint.rollback()
        savepoint.close(rollback=False)
        self.env.invalidate_all(flush=False)
        self.assertFalse(self.alerts())

    def test_the_pass_over_everything_repairs_what_was_missed(self):
        self.line(10)
        self._put(self.tea, -95)
        self._catch_up()
        self._evaluate()
        self.env.cr.execute("DELETE FROM merchant_stock_alert WHERE kind = 'shop'")
        self.env["merchant.stock.mark"]._evaluate_everything(self.company)
        self.assertTrue(self.alerts())

    def test_a_channel_of_another_shop_is_not_told(self):
        second = self._second_shop()
        values = {"kind": "inbox", "severity": "info", "company_id": self.company.id}
        mine, other = self.env["merchant.notifier"].create(
            [
                {"name": "tea", "stock_shop_ids": self.shop.ids, **values},
                {"name": "second", "stock_shop_ids": second.ids, **values},
            ]
        )
        self.line(100, shop_id=self.shop.id, product_id=self.tea.id)
        self.assertTrue(self.alerts())
        self.assertEqual((len(mine.notification_ids), len(other.notification_ids)), (1, 0))
        self.assertIn("Tea House", mine.notification_ids.subject)

    def test_the_listing_and_the_line_show_it(self):
        line = self.line(100, shop_id=self.shop.id)
        self.assertTrue(self.alerts())
        self.assertIn("can sell 100", self.tea_listing.stock_alert_summary)
        self.assertEqual(line.position_count, 2)
        self.assertCountEqual(line.action_view_positions()["domain"][0][2], self.shop.listing_ids.ids)
        self.assertIn("100 units", line.display_name)
        self.assertEqual(self.tea_listing.action_view_stock_alert()["res_id"], self.alerts().id)
        self.assertIn("Offers 100", self.alerts().offer_why["summary"])

    def test_it_is_bought_and_fetched_from_the_alert(self):
        self.line(100, product_id=self.tea.id)
        answer = self.env["merchant.stock.answer"].browse(self.alerts().action_purchase()["res_id"])
        self.assertEqual(answer.line_ids.product_id, self.tea)

    def test_a_line_says_what_is_wrong_with_it(self):
        with self.assertRaises(ValidationError):
            self.line(5, warehouse_id=self.shop.warehouse_id.id)
        with self.assertRaises(ValidationError):
            self.thresholds.create({"company_id": self.company.id, "kind": "low", "shop_id": self.shop.id})
        self.line(5, shop_id=self.shop.id)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.line(6, shop_id=self.shop.id)

    def test_queries_do_not_grow_with_the_listings(self):
        self.line(1000)

        def queries(count):
            products = self.env["product.product"].create(
                [{"name": f"G{count}-{n}", "default_code": f"G{count}-{n}", "is_storable": True} for n in range(count)]
            )
            for product in products:
                self._new_listing(product)
                self._put(product, 5)
            self._evaluate()
            condition_rows = self.env["merchant.listing"].search([("product_id", "in", products.ids)])
            self.env.cr.execute("DELETE FROM merchant_stock_alert WHERE listing_id = ANY(%s)", (condition_rows.ids,))
            self.env.invalidate_all()
            return self._queries_of_a_look(condition_rows)

        self.env["merchant.notifier"].search([]).active = False
        queries(1)
        self.assertEqual(queries(3), queries(30))

    def _queries_of_a_look(self, listings):
        before = self.env.cr.sql_log_count
        self.env["merchant.stock.shop.watch"]._look(SQL("listing.id = ANY(%s)", listings.ids))
        return self.env.cr.sql_log_count - before


@tagged("post_install", "-at_install")
class TestEqualToTheReference(ShopLineCase):
    def test_random_histories(self):
        """After any history an alert is open where, and only where, the plain rule says so."""
        dice = random.Random(6)
        second = self._second_shop()
        listings = self.tea_listing | self.cup_listing | self._new_listing(self.tea, second)
        self.line(30, shop_id=self.shop.id)
        self.line(60, product_id=self.tea.id)
        wanted = dict.fromkeys(listings, False)
        for _step in range(25):
            product = dice.choice((self.tea, self.cup))
            on_hand = product.with_context(warehouse_id=self.shop.warehouse_id.id).qty_available
            self._put(product, dice.randint(-int(on_hand), 60))
            self._evaluate()
            for listing in listings:
                line = 60 if listing.product_id == self.tea else 30
                units = self._offered(listing)
                wanted[listing] = units <= line or (wanted[listing] and units < line * 1.2)
                self.assertEqual(len(self.alerts(listing)), wanted[listing], (listing.display_name, units, line))


@tagged("post_install", "-at_install")
class TestShopLineRights(ShopLineCase):
    def test_an_alert_of_a_shop_that_one_may_not_see_is_not_seen(self):
        self.line(100, shop_id=self.shop.id)
        alert = self.alerts()
        self.shop.user_ids = [Command.set(self._new_user("clerk", login="mine").ids)]
        buyer = self._new_user("buyer")
        self.assertFalse(alert.with_user(buyer).search([("id", "=", alert.id)]))
        self.assertFalse(self.thresholds.with_user(buyer).search([("shop_id", "=", self.shop.id)]))

    def test_a_buyer_sets_a_line_from_the_listing(self):
        buyer = self._new_user("buyer")
        action = self.tea_listing.with_user(buyer).action_add_stock_line()
        line = self.thresholds.with_user(buyer).with_context(**action["context"]).create({"quantity": 100})
        self.assertRecordValues(line, [{"kind": "shop", "shop_id": self.shop.id, "product_id": self.tea.id}])
        self.assertTrue(self.alerts())
