from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import PublicationCase


@tagged("post_install", "-at_install")
class TestOffer(PublicationCase):
    def _rule(self, **values):
        return self.env["merchant.publication.rule"].create({"name": "Rule", **values})

    def test_what_is_free_is_offered_and_explained(self):
        self._take(self._payload())
        row = self._offer()
        self.assertEqual((row.wanted, row.free, row.state), (98, 98, "waiting"))
        self.assertEqual(row.terms, [["on_hand", 100], ["reserved", -2]])
        self.assertEqual(row.why["steps"][0]["text"], "On hand in the shop's warehouses: 100")

    def test_the_offer_is_odoos_own_free_quantity(self):
        self._take(self._payload())
        self._put(self.tea, 7)
        free = self.tea.with_context(warehouse_id=self.warehouse.id).free_qty
        self.assertEqual(self._offered(), free)

    def test_the_listings_rule_goes_before_the_shops(self):
        self.shop.publication_rule_id = self._rule(ratio=50)
        self.assertEqual(self._offered(), 50)
        self.tea_listing.publication_rule_id = self._rule(name="Own", safety=10)
        self.assertEqual(self._offered(), 90)
        self.assertEqual(self._offered(self.cup_listing), 50)

    @mute_logger("odoo.sql_db")
    def test_numbers_that_make_no_sense_are_refused(self):
        for values in ({"ratio": 300}, {"ratio": -1}, {"minimum": -1}, {"maximum": -5}, {"incoming_days": 999}):
            with self.subTest(values), self.assertRaises(IntegrityError), self.cr.savepoint():
                self._rule(**values)
                self.env.flush_all()

    def test_a_negative_constant_never_leads_below_zero(self):
        self.shop.publication_rule_id = self._rule(constant=-130)
        row = self._offer()
        self.assertEqual(row.wanted, 0)
        self.assertIn(["below_zero", 30], row.terms)

    def test_orders_that_wait_for_stock_come_first(self):
        self._take(self._payload(lines=[self._line("1", "HKT-TEA", 130, "130.00")]))
        self.assertEqual(self._offered(), 0)
        self._put(self.tea, 50)
        self.assertEqual(self._offered(), 20)

    def test_unpaid_and_held_orders_are_left_out(self):
        self._push_order("W-1", status="unpaid", paid_at=None)
        self._push_order("W-2", receiver={})
        row = self._offer()
        self.assertEqual((row.wanted, dict(row.terms)["pending"]), (96, -4))
        self._push_order("W-1", status="paid", modified_at="2025-11-11T02:00:00+08:00")
        self.assertEqual(dict(self._offer().terms), {"on_hand": 100, "reserved": -2, "pending": -2})
        self._push_order("W-2", status="closed", modified_at="2025-11-11T02:00:00+08:00")
        self.assertEqual(dict(self._offer().terms), {"on_hand": 100, "reserved": -2})

    def _push_order(self, ref, **changes):
        self._push(self._payload(ref, **changes))

    def test_a_platform_that_keeps_unpaid_back_gets_them_on_top(self):
        self.shop.publication_withholds = True
        self._push_order("W-1", status="unpaid", paid_at=None)
        self.assertEqual(self._offered(), 100)

    def test_a_quotation_counts_until_it_is_confirmed_or_cancelled(self):
        self.shop.auto_confirm = False
        order = self._take(self._payload("W-1"))
        other = self._take(self._payload("W-2"))
        self.assertEqual(dict(self._offer().terms), {"on_hand": 100, "pending": -4})
        order.action_confirm()
        other._action_cancel()
        self.assertEqual(dict(self._offer().terms), {"on_hand": 100, "reserved": -2})

    def test_receipts_count_from_today_to_the_horizon(self):
        self.shop.publication_rule_id = self._rule(incoming_days=3)
        for days in (-2, 1, 9):
            self.env["stock.move"].create(
                {
                    "product_id": self.tea.id,
                    "product_uom_qty": 5,
                    "date": fields.Datetime.now() + timedelta(days=days),
                    "location_id": self.env.ref("stock.stock_location_suppliers").id,
                    "location_dest_id": self.warehouse.lot_stock_id.id,
                    "company_id": self.company.id,
                }
            )._action_confirm()
        self.assertEqual(self._offered(), 105)

    def test_a_delivery_in_two_steps_counts_once(self):
        self.warehouse.delivery_steps = "pick_ship"
        self._take(self._payload())
        self.assertEqual(self._offered(), 98)
        self._take(self._payload(lines=[self._line("1", "HKT-TEA", 110, "110.00")]))
        self.assertEqual(self._offered(), 0)
        self._put(self.tea, 20)
        self.assertEqual(self._offered(), 8)

    def test_several_shops_show_the_sum_of_their_promises(self):
        second = self._second_shop()
        listing = self._new_listing(self.tea, second)
        row = self._offer()
        self.assertEqual((row.wanted, self._offered(listing)), (100, 100))
        self.assertEqual((row.promised, row.above_stock), (200, True))
        self.assertIn(row, self.env["merchant.publication"].search([("above_stock", "=", True)]))
        (self.shop | second).publication_shares = True
        second.publication_weight = 3
        self.assertEqual((self._offered(), self._offered(listing)), (25, 75))
        self.assertEqual((row.promised, row.above_stock), (100, False))
        second.action_archive()
        self.assertEqual(self._offered(), 100)
        self.assertFalse(self._offer(listing))

    def test_only_the_shops_warehouses_count(self):
        away = self.env["stock.warehouse"].create({"name": "Away", "code": "AWY", "company_id": self.company.id})
        self.env["stock.quant"]._update_available_quantity(self.tea, away.lot_stock_id, 30)
        self.assertEqual(self._offered(), 100)
        self.shop.warehouse_ids = [Command.link(away.id)]
        self.assertEqual(self._offered(), 130)

    def test_pause_and_force(self):
        self.tea_listing.action_publication_pause()
        row = self._offer()
        self.assertEqual((row.state, row.reason_code, row.wanted), ("stopped", "listing_paused", 100))
        self.tea_listing.write({"publication_mode": "forced", "publication_forced": 7})
        row = self._offer()
        self.assertEqual((row.state, row.wanted), ("waiting", 7))

    def test_what_cannot_be_offered_says_why(self):
        unmatched = self.env["merchant.listing"].create({"shop_id": self.shop.id, "sku": "NOBODY"})
        service = self._new_listing(self._new_product("HKT-WRAP", is_storable=False, type="service"))
        for listing, code in ((unmatched, "no_product"), (service, "not_stored")):
            row = self._offer(listing)
            self.assertEqual((row.state, row.reason_code, row.wanted), ("stopped", code, 0))
            self.assertTrue(row.reason.endswith("."), row.reason)
        unmatched.product_id = self.cup
        self.assertEqual(self._offered(unmatched), 100)

    def test_two_listings_of_one_product_both_offer_it(self):
        twin = self._new_listing(self.tea, platform_sku="twin")
        self.assertEqual((self._offered(), self._offered(twin)), (100, 100))
        self.assertEqual(self._offer().promised, 200)

    def test_a_shop_that_does_not_publish_has_no_offers(self):
        self.shop.publishes = False
        self.assertFalse(self._offer())

    def test_a_quota_is_kept_for_its_listing_while_the_campaign_runs(self):
        second = self._second_shop()
        listing = self._new_listing(self.tea, second)
        now = fields.Datetime.now()
        quota = self.env["merchant.publication.quota"].create(
            {
                "name": "11.11",
                "listing_id": listing.id,
                "quantity": 30,
                "starts_at": now + timedelta(hours=1),
                "ends_at": now + timedelta(hours=2),
            }
        )
        self.assertEqual((quota.state, self._offered(), self._offered(listing)), ("planned", 100, 100))
        quota.starts_at = now - timedelta(hours=1)
        self.assertEqual((quota.state, self._offered(), self._offered(listing)), ("running", 70, 30))
        self._take(self._payload(), shop=second)
        self.assertEqual((quota.sold, quota.left), (0, 30), "ordered before the campaign began")
        self._take(self._payload(paid_at=now.strftime("%Y-%m-%dT%H:%M:%S+00:00")), shop=second)
        quota.invalidate_recordset()
        self.assertEqual((quota.sold, quota.left), (2, 28))
        self.assertEqual((self._offered(), self._offered(listing)), (68, 28))
        quota.ends_at = now
        self.assertEqual((quota.state, self._offered(), self._offered(listing)), ("over", 96, 96))

    def test_campaigns_of_one_listing_do_not_overlap(self):
        values = {"name": "A", "listing_id": self.tea_listing.id, "quantity": 3, "ends_at": "2099-01-01"}
        self.env["merchant.publication.quota"].create(values)
        with self.assertRaisesRegex(ValidationError, "already"):
            self.env["merchant.publication.quota"].create({**values, "name": "B"})

    def test_queries_do_not_grow_with_the_listings(self):
        def work_out(products):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["merchant.publication.calculator"]._refresh(dict.fromkeys(products.ids, fields.Datetime.now()))
            return self.env.cr.sql_log_count - before

        few = self.tea | self.cup
        many = self.env["product.product"]
        for number in range(30):
            many |= self._new_product(f"HKT-{number}", stock=3)
            self._new_listing(many[-1])
        self._catch_up()
        work_out(few)
        self.assertEqual(work_out(many), work_out(few))

    def test_the_reasons_of_many_cost_no_query_more_than_those_of_one(self):
        products = [self._new_product(f"HKT-W{number}", stock=5) for number in range(20)]
        rows = self._offer(self.tea_listing)
        for product in products:
            rows |= self._offer(self._new_listing(product))
        counts = []
        for some in (rows[:1], rows):
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            some.read(["why", "promised", "free", "above_stock"])
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 1, counts)

    def test_a_rule_of_another_company_is_refused(self):
        rule = self.env["merchant.publication.rule"].create({"name": "R", "company_id": self._new_company("Other").id})
        with self.assertRaises(UserError):
            self.tea_listing.publication_rule_id = rule

    def test_scripts_read_what_a_shop_offers(self):
        self._catch_up()
        shop = self.env["merchant.shop"].with_user(self._new_user("integration"))
        self.assertEqual(shop.publication_quantities("Tea House"), {"HKT-TEA": 100, "HKT-CUP": 100})
        self.assertEqual(shop.publication_quantities(self.shop.id, ["HKT-CUP"]), {"HKT-CUP": 100})


@tagged("post_install", "-at_install")
class TestShield(PublicationCase):
    def test_it_grows_with_sales_and_delay_and_goes_away(self):
        self._take(self._sold_now(10))
        self.shop.last_pull_at = fields.Datetime.now() - timedelta(minutes=self.shop.pull_interval + 3.8)
        self.env.flush_all()
        self._catch_up()
        self._update_shields()
        row = self._offer()
        self.assertAlmostEqual(self.shop.sync_delay, 4, delta=0.3)
        self.assertEqual(
            (row.shield, row.wanted), (8, 82), "10 pieces in 10 minutes, 4 minutes late, twice as much to be sure"
        )
        self.assertIn(["shield", -8], row.terms)
        self.cr.execute("UPDATE sale_order SET date_order = date_order - interval '1 hour'")
        seen = []
        for _minute in range(12):
            self._update_shields()
            seen.append(self._offer().shield)
        self.assertEqual((seen[0], seen[-1], self._offered()), (6, 0, 90))

    def test_it_has_a_limit_and_may_be_switched_off(self):
        self._take(self._sold_now(50))
        self.shop.last_pull_at = fields.Datetime.now() - timedelta(hours=1)
        self._catch_up()
        for limit in (7, 0):
            self.shop.publication_shield_limit = limit
            self.env.flush_all()
            self._update_shields()
            self.assertEqual(self._offer().shield, limit)

    def _sold_now(self, pieces):
        at = fields.Datetime.now().strftime("%Y-%m-%dT%H:%M:%S+00:00")
        return self._payload(lines=[self._line("1", "HKT-TEA", pieces, "100.00")], created_at=at, paid_at=at)

    def _update_shields(self):
        with self.enter_registry_test_mode():
            self.env["merchant.shop"]._update_shields()
        self.env.invalidate_all()
