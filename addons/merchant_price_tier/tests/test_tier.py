from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import format_date

from .common import PriceCase


@tagged("post_install", "-at_install")
class TestTier(PriceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Tier = cls.env["merchant.price.tier"]
        cls.retail, cls.vip, cls.contract = Tier.create(
            [{"name": "Retail"}, {"name": "VIP", "sequence": 20}, {"name": "Contract", "sequence": 30}]
        )
        goods = {"applied_on": "1_product", "product_tmpl_id": cls.longjing.product_tmpl_id.id}
        for tier, price in ((cls.retail, 100), (cls.vip, 90), (cls.contract, 80)):
            cls.env["product.pricelist.item"].create(
                {"pricelist_id": tier.pricelist_id.id, **goods, "fixed_price": price}
            )

    def order(self, partner=None, quantity=1, **vals):
        line = {"product_id": self.longjing.id, "product_uom_qty": quantity, "tax_ids": [(6, 0, [])]}
        return self.env["sale.order"].create(
            {"partner_id": (partner or self.customer).id, "order_line": [(0, 0, line)], **vals}
        )

    def test_three_customers_pay_three_prices_for_the_same_goods(self):
        customers = self.env["res.partner"].create(
            [{"name": tier.name} for tier in (self.retail, self.vip, self.contract)]
        )
        for customer, tier in zip(customers, (self.retail, self.vip, self.contract), strict=True):
            customer.merchant_tier_id = tier
        self.assertEqual([self.order(customer).order_line.price_unit for customer in customers], [100, 90, 80])

    def test_a_new_tier_is_above_the_others_and_has_no_customers(self):
        with Form(self.env["merchant.price.tier"]) as form:
            self.assertEqual((form.partner_count, form.sequence), (0, 40))
            form.name = "Partners"

    def test_a_tier_with_customers_is_not_deleted_from_under_them(self):
        self.customer.merchant_tier_id = self.vip
        with self.assertRaisesRegex(UserError, r"VIP has customers \(1\)"):
            self.vip.unlink()
        self.vip.action_archive()
        self.assertEqual(self.order().order_line.price_unit, 90)
        self.customer.merchant_tier_id = False
        self.vip.unlink()

    def test_changing_the_tier_changes_new_orders_only(self):
        self.customer.merchant_tier_id = self.vip
        quotation = self.order()
        self.customer.merchant_tier_id = self.contract
        self.assertEqual((quotation.order_line.price_unit, quotation.merchant_tier_id), (90, self.vip))
        quotation.order_line.product_uom_qty = 3
        self.assertEqual(quotation.order_line.price_unit, 90)
        self.assertEqual(self.order().order_line.price_unit, 80)

    def test_contacts_and_addresses_have_the_customers_tier(self):
        contact = self.env["res.partner"].create({"name": "Contact", "parent_id": self.customer.id})
        self.customer.merchant_tier_id = self.vip
        self.assertEqual(contact.merchant_tier_id, self.vip)
        late = self.env["res.partner"].create({"name": "Late", "parent_id": self.customer.id})
        self.assertEqual(late.merchant_tier_id, self.vip)
        self.assertEqual(self.order(late).order_line.price_unit, 90)

    def test_the_list_follows_the_tier_unless_another_was_chosen(self):
        self.customer.merchant_tier_id = self.vip
        self.assertEqual(self.customer.property_product_pricelist, self.vip.pricelist_id)
        special = self.pricelist("Special")
        self.customer.property_product_pricelist = special
        self.customer.merchant_tier_id = self.contract
        self.assertEqual(self.customer.property_product_pricelist, special)
        self.customer.property_product_pricelist = self.contract.pricelist_id
        self.assertFalse(self.customer.specific_property_product_pricelist)

    def test_nobody_gets_a_tiers_list_by_default(self):
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        self.env["product.pricelist"].search([("merchant_level", "=", False)]).active = False
        self.assertFalse(stranger.property_product_pricelist.merchant_level)
        self.assertEqual(self.order(stranger).order_line.price_unit, 100)

    def test_a_customers_own_price_comes_before_the_tiers(self):
        self.customer.merchant_tier_id = self.vip
        own = self.customer._merchant_own_list()
        self.assertEqual(own.merchant_next_id, self.vip.pricelist_id)
        self.assertEqual(self.order().order_line.price_unit, 90)
        self.env["product.pricelist.item"].create({"pricelist_id": own.id, "fixed_price": 85})
        self.assertEqual(self.order().order_line.price_unit, 85)
        self.customer.merchant_tier_id = self.contract
        self.assertEqual(own.merchant_next_id, self.contract.pricelist_id)
        self.assertEqual(self.customer.action_merchant_own_prices()["domain"], [("pricelist_id", "in", own.ids)])

    def test_every_change_is_written_down(self):
        self.customer.merchant_tier_id = self.retail
        self.customer.with_context(import_file=True).merchant_tier_id = self.vip
        self.assertRecordValues(
            self.customer.merchant_tier_change_ids.sorted("id"),
            [
                {"old_tier_id": False, "new_tier_id": self.retail.id, "reason": "hand"},
                {"old_tier_id": self.retail.id, "new_tier_id": self.vip.id, "reason": "import"},
            ],
        )

    def test_tiers_come_in_by_import(self):
        result = (
            self.env["res.partner"]
            .with_context(import_file=True)
            .load(["name", "merchant_tier_id"], [["Imported", "VIP"], ["Wrong", "No such tier"]])
        )
        self.assertEqual(result["messages"][0]["rows"], {"from": 1, "to": 1})
        self.env["res.partner"].with_context(import_file=True).load(["name", "merchant_tier_id"], [["Imported", "VIP"]])
        imported = self.env["res.partner"].search([("name", "=", "Imported")])
        self.assertEqual(imported.merchant_tier_id, self.vip)
        self.assertEqual(imported.merchant_tier_change_ids.reason, "import")

    def test_tiers_of_companies_are_apart(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.customer.merchant_tier_id = self.vip
        self.assertFalse(self.customer.with_company(other).merchant_tier_id)
        theirs = self.env["merchant.price.tier"].with_company(other).create({"name": "VIP", "company_id": other.id})
        self.customer.with_company(other).merchant_tier_id = theirs
        self.assertEqual(self.customer.merchant_tier_id, self.vip)

    # -- earned -----------------------------------------------------------------------------------------------------

    def earned(self):
        self.vip.write({"is_earned": True, "min_spend": 500, "grace_days": 10})
        self.contract.write({"is_earned": True, "min_spend": 5000, "min_orders": 2, "grace_days": 10})

    def test_a_customer_rises_by_what_he_buys_and_falls_after_the_grace(self):
        self.earned()
        self.order(quantity=5).action_confirm()
        today = fields.Date.today()
        Tier = self.env["merchant.price.tier"]
        self.assertEqual(Tier._review(self.company, today), self.customer)
        self.assertEqual(self.customer.merchant_tier_id, self.vip)
        change = self.customer.merchant_tier_change_ids
        self.assertEqual((change.reason, change.spend, change.order_count), ("earned", 500, 1))
        self.assertFalse(Tier._review(self.company, today))
        later = today + timedelta(days=400)
        Tier._review(self.company, later)
        self.assertEqual((self.customer.merchant_tier_id, self.customer.merchant_below_since), (self.vip, later))
        Tier._review(self.company, later + timedelta(days=9))
        self.assertEqual(self.customer.merchant_tier_id, self.vip)
        Tier._review(self.company, later + timedelta(days=10))
        self.assertFalse(self.customer.merchant_tier_id)
        self.assertEqual(self.customer.merchant_tier_change_ids.sorted("id")[-1].reason, "lost")

    def test_what_is_missing_to_the_next_tier_is_told(self):
        self.earned()
        self.order(quantity=6).action_confirm()
        self.customer.merchant_tier_id = self.vip
        why = self.customer.merchant_tier_why
        self.assertIn("Contract", why["summary"])
        self.assertEqual([step["state"] for step in why["steps"]], ["bad", "bad"])
        self.assertIn("600.00", why["steps"][0]["text"])

    def test_on_review_dates_alone_customers_go_down(self):
        self.earned()
        today = fields.Date.to_date("2026-11-11")
        self.vip.write({"review_every": "quarter", "next_review": "2027-01-01"})
        self.customer.merchant_tier_id = self.vip
        review = self.env["merchant.price.tier"]._review
        for day in (today, today + timedelta(days=40)):
            review(self.company, day)
        self.assertEqual(self.customer.merchant_tier_id, self.vip, "the grace is over, the review date has not come")
        texts = [step["text"] for step in self.customer.merchant_tier_why["steps"]]
        day = format_date(self.env, fields.Date.to_date("2027-01-01"))
        self.assertIn(f"Next review of the present tier: {day}", texts)
        late = fields.Date.to_date("2027-01-03")  # the job did not run on the first
        review(self.company, late)
        self.assertFalse(self.customer.merchant_tier_id)
        self.assertEqual(self.vip.next_review, fields.Date.to_date("2027-04-01"))

    def test_a_customer_rises_on_any_day(self):
        self.earned()
        self.vip.write({"review_every": "year", "next_review": "2099-01-01"})
        self.order(quantity=5).action_confirm()
        told = self.env["merchant.price.tier"].search([("is_earned", "=", True)]).action_review()
        self.assertIn("tier changed: 1", told["params"]["message"])
        self.assertEqual(self.customer.merchant_tier_id, self.vip)

    def test_orders_count_for_a_tier_and_either_figure_where_one_is_enough(self):
        self.vip.write({"is_earned": True, "min_orders": 2, "min_spend": 9999})
        for _number in range(2):
            self.order().action_confirm()
        review = self.env["merchant.price.tier"]._review
        review(self.company)
        self.assertFalse(self.customer.merchant_tier_id)
        self.vip.is_any = True
        review(self.company)
        self.assertEqual(self.customer.merchant_tier_id, self.vip)

    def test_hand_given_tiers_are_left_alone(self):
        self.earned()
        self.customer.merchant_tier_id = self.retail
        self.order(quantity=6).action_confirm()
        self.env["merchant.price.tier"]._review(self.company)
        self.assertEqual(self.customer.merchant_tier_id, self.retail)
        self.customer.write({"merchant_tier_id": False, "merchant_tier_fixed": True})
        self.env["merchant.price.tier"]._review(self.company)
        self.assertFalse(self.customer.merchant_tier_id)

    def test_margin_counts_what_the_goods_cost(self):
        self.vip.write({"is_earned": True, "min_margin": 200})
        self.order(quantity=4).action_confirm()
        self.env["merchant.price.tier"]._review(self.company)
        self.assertFalse(self.customer.merchant_tier_id)
        self.order(quantity=1).action_confirm()
        self.env["merchant.price.tier"]._review(self.company)
        self.assertEqual(self.customer.merchant_tier_id, self.vip)

    def test_a_tier_that_asks_for_nothing_is_refused(self):
        with self.assertRaises(ValidationError):
            self.vip.is_earned = True

    def test_the_review_asks_as_many_questions_for_many_customers(self):
        self.earned()
        self.order(quantity=1).action_confirm()
        self.env["merchant.price.tier"]._review(self.company)
        self.env.flush_all()
        with self.assertQueryCount(15):
            self.env["merchant.price.tier"]._review(self.company)
