from datetime import datetime

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import PriceCase


@tagged("post_install", "-at_install")
class TestList(PriceCase):
    """Lists of levels, asked one after the other."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.general = cls.pricelist(
            "General",
            {"compute_price": "percentage", "percent_price": 10, "min_quantity": 50},
            merchant_level="company",
        )
        goods = {"applied_on": "1_product", "product_tmpl_id": cls.longjing.product_tmpl_id.id}
        cls.vip = cls.pricelist(
            "VIP", {**goods, "fixed_price": 95.0}, merchant_level="tier", merchant_next_id=cls.general.id
        )
        cls.own = cls.pricelist("Own", merchant_level="customer", merchant_next_id=cls.vip.id)

    def test_the_narrowest_list_with_a_price_wins(self):
        self.assertEqual(self.price(self.own), 95.0)
        self.env["product.pricelist.item"].create({"pricelist_id": self.own.id, "fixed_price": 99.0})
        self.assertEqual(self.price(self.own), 99.0)

    def test_best_for_the_customer_when_the_company_says_so(self):
        self.env["product.pricelist.item"].create({"pricelist_id": self.own.id, "fixed_price": 99.0})
        self.company.merchant_price_policy = "best"
        self.assertEqual(self.price(self.own), 95.0)

    def test_a_customers_list_does_not_hide_a_better_quantity_break(self):
        self.assertEqual(self.price(self.own, quantity=49), 95.0)
        self.assertEqual(self.price(self.own, quantity=50), 90.0)
        self.vip.merchant_final = True
        self.assertEqual(self.price(self.own, quantity=50), 95.0)

    def test_without_any_rule_the_sales_price_counts(self):
        self.assertEqual(self.price(self.general), 100.0)

    def test_an_archived_list_is_passed_over(self):
        self.vip.active = False
        self.assertEqual(self.price(self.own), 100.0)
        self.assertEqual(self.price(self.own, quantity=50), 90.0, "the list behind it is asked")

    def test_stock_odoos_way_of_asking_with_a_rule_gives_the_same_price(self):
        price, rule = self.own._get_product_price_rule(self.longjing, 50.0)
        rule = self.env["product.pricelist.item"].browse(rule)
        now = datetime.now()
        self.assertEqual(rule._compute_price(self.longjing, 50.0, self.unit, date=now), price)

    def test_brands_tags_units_and_endings(self):
        brand = self.env["merchant.brand"].create({"name": "Brand"})
        tag = self.env["product.tag"].create({"name": "Gift"})
        rules = self.env["product.pricelist.item"].create(
            [
                {"merchant_tag_id": tag.id, "fixed_price": 80.0},
                {"merchant_brand_id": brand.id, "compute_price": "formula", "price_discount": 7.3,
                 "merchant_ending": "0.9"},
                {"applied_on": "1_product", "product_tmpl_id": self.longjing.product_tmpl_id.id, "fixed_price": 1000.0,
                 "merchant_uom_id": self.dozen.id, "min_quantity": 2},
            ]
        )  # fmt: skip
        general = self.pricelist("All", merchant_level="company")
        rules.pricelist_id = general
        self.assertEqual(rules[0].applied_on, "2y_tag")
        self.assertEqual(self.price(general), 100.0)
        self.longjing.product_tag_ids = tag
        self.assertEqual(self.price(general), 80.0)
        self.longjing.merchant_brand_id = brand
        self.assertEqual(self.price(general), 92.9)
        self.assertAlmostEqual(self.price(general, quantity=1, uom=self.dozen), 1112.9, 6)
        self.assertEqual(self.price(general, quantity=2, uom=self.dozen), 1000.0)
        for quantity, uom in ((1, self.unit), (2, self.dozen)):
            price, rule = general._get_product_price_rule(self.longjing, quantity, uom=uom)
            rule = self.env["product.pricelist.item"].browse(rule)
            self.assertEqual(rule._compute_price(self.longjing, quantity, uom, date=datetime.now()), price)
        self.assertIn("Gift", rules[0].name)

    def test_a_variants_own_tag_counts_for_that_variant(self):
        tag = self.env["product.tag"].create({"name": "Gift"})
        general = self.pricelist("All", {"merchant_tag_id": tag.id, "fixed_price": 80.0}, merchant_level="company")
        self.longjing.additional_product_tag_ids = tag
        self.assertEqual(self.price(general), 80.0)

    def test_a_base_list_with_tags_is_asked_rightly(self):
        tag = self.env["product.tag"].create({"name": "Gift"})
        base = self.pricelist("Base", {"merchant_tag_id": tag.id, "fixed_price": 80.0})
        self.longjing.product_tag_ids = tag
        leaning = {
            "compute_price": "percentage",
            "percent_price": 50,
            "base": "pricelist",
            "base_pricelist_id": base.id,
        }
        self.assertEqual(self.price(self.pricelist("Leaning", leaning)), 40.0)

    # -- what is refused --------------------------------------------------------------------------------------------

    def test_a_list_cannot_lead_back_to_itself(self):
        with self.assertRaisesRegex(ValidationError, "General → Own|Own → VIP|VIP → General|→"):
            self.general.merchant_next_id = self.own
        leaning = {"compute_price": "percentage", "base": "pricelist", "base_pricelist_id": self.own.id}
        with self.assertRaises(ValidationError):
            self.env["product.pricelist.item"].create({"pricelist_id": self.general.id, **leaning})

    def test_a_chain_keeps_to_one_currency_and_company(self):
        other = (
            self.env["res.currency"]
            .with_context(active_test=False)
            .search([("id", "!=", self.general.currency_id.id)], limit=1)
        )
        with self.assertRaises(ValidationError):
            self.pricelist("X", merchant_level="customer", currency_id=other.id, merchant_next_id=self.general.id)
        company = self.env["res.company"].create({"name": "Other", "currency_id": self.general.currency_id.id})
        theirs = self.pricelist("Theirs", merchant_level="company", company_id=company.id)
        with self.assertRaises(ValidationError):
            self.pricelist("Y", merchant_level="customer", merchant_next_id=theirs.id)
