import psycopg2

from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from .common import PriceCase


@tagged("post_install", "-at_install")
class TestRule(PriceCase):
    """What is refused where it is entered; stock Odoo's own lists keep their freedom."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vip = cls.pricelist("VIP", merchant_level="tier")
        cls.goods = {"applied_on": "1_product", "product_tmpl_id": cls.longjing.product_tmpl_id.id}

    def rule(self, pricelist=None, **vals):
        return self.env["product.pricelist.item"].create({"pricelist_id": (pricelist or self.vip).id, **vals})

    def assertRefused(self, sentence, **vals):
        with self.assertRaisesRegex(ValidationError, sentence), self.env.cr.savepoint():
            self.rule(**vals)

    def test_figures_that_cannot_be_meant(self):
        self.assertRefused("cannot be negative", fixed_price=-1)
        self.assertRefused("cannot be negative", fixed_price=1, min_quantity=-1)
        self.assertRefused("surely a slip", fixed_price=1, min_quantity=1e12)
        self.assertRefused("more than 100 %", compute_price="percentage", percent_price=101)
        self.assertRefused("more than 100 %", compute_price="formula", price_discount=101)
        self.assertRefused("Choose the brand or tag", applied_on="2x_brand", fixed_price=1)

    def test_nothing_gives_many_goods_away(self):
        """An untouched new rule means a price of 0 for everything, and a browser saves it when its tab is closed."""
        self.assertRefused("would give all these goods away", fixed_price=0)
        self.assertRefused("give all these goods away", applied_on="2_product_category", categ_id=self.tea.id)
        self.assertEqual(self.rule(**self.goods, fixed_price=0).fixed_price, 0)
        self.rule(self.pricelist("Stock"), fixed_price=0)

    def test_a_rule_made_by_itself_asks_for_its_list(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("merchant_price_tier.product_pricelist_item_action")
        Rule = self.env["product.pricelist.item"].with_context(safe_eval(action["context"]))
        with self.assertRaisesRegex(AssertionError, "pricelist_id is a required field"):
            Form(Rule).save()
        opened = self.vip.action_open_merchant_rules()
        with Form(Rule.with_context(opened["context"])) as form:
            form.fixed_price = 5
        self.assertEqual(form.record.pricelist_id, self.vip)
        with Form(self.vip) as form, form.item_ids.new() as rule:
            rule.min_quantity, rule.fixed_price = 7, 4
        self.assertEqual(self.vip.item_ids.mapped("min_quantity"), [7, 0])

    def test_a_break_of_0_means_any_quantity(self):
        self.rule(**self.goods, fixed_price=5, min_quantity=0)
        self.assertEqual(self.price(self.vip, quantity=0.5), 5.0)

    def test_an_archived_product_is_not_priced(self):
        self.longjing.product_tmpl_id.active = False
        self.assertRefused("is archived", **self.goods, fixed_price=5)

    def test_a_price_on_a_missing_cost_is_refused(self):
        self.longjing.standard_price = 0
        on_cost = {"compute_price": "formula", "base": "standard_price", "price_discount": -20}
        self.assertRefused("has no cost", **self.goods, **on_cost)
        self.longjing.standard_price = 60
        self.rule(**self.goods, **on_cost)
        self.assertEqual(self.price(self.vip), 72.0)

    def test_a_cost_in_a_currency_without_a_rate_is_refused(self):
        currency = self.env["res.currency"].create({"name": "XTS", "symbol": "x"})
        foreign = self.pricelist("Foreign", merchant_level="tier", currency_id=currency.id)
        on_cost = {"compute_price": "formula", "base": "standard_price", "price_discount": -20}
        with self.assertRaisesRegex(ValidationError, "XTS has no rate"), self.env.cr.savepoint():
            self.rule(foreign, **self.goods, **on_cost)
        with self.assertRaisesRegex(ValidationError, "XTS has no rate"), self.env.cr.savepoint():
            self.rule(foreign, compute_price="percentage", percent_price=10)
        self.env["res.currency.rate"].create({"currency_id": currency.id, "rate": 2, "name": "2020-01-01"})
        self.rule(foreign, **self.goods, **on_cost)
        self.assertEqual(self.price(foreign), 144.0)

    def test_two_rules_of_one_rank_cannot_hold_at_one_moment(self):
        first = self.rule(**self.goods, fixed_price=5, date_end="2026-11-10 23:59:59")
        self.rule(**self.goods, fixed_price=6, date_start="2026-11-11 00:00:00")
        self.rule(**self.goods, fixed_price=4, min_quantity=10)
        self.rule(fixed_price=7)
        for vals in ({"date_start": "2026-11-01"}, {}, {"date_start": "2026-11-12", "date_end": "2026-11-13"}):
            with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.Error), self.env.cr.savepoint():
                self.rule(**self.goods, fixed_price=5, **vals)
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.Error), self.env.cr.savepoint():
            first.date_end = False
            self.env.flush_all()
        plain = self.pricelist("Plain")
        self.assertTrue(self.rule(plain, fixed_price=5) | self.rule(plain, fixed_price=6))

    def test_a_list_of_ties_cannot_be_given_a_level(self):
        plain = self.pricelist("Plain", {"fixed_price": 5}, {"fixed_price": 6})
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.Error), self.env.cr.savepoint():
            plain.merchant_level = "tier"
            self.env.flush_all()

    def test_a_changed_rule_is_seen_by_the_next_price(self):
        rule = self.rule(**self.goods, fixed_price=5)
        self.assertEqual(self.price(self.vip), 5.0)
        rule.fixed_price = 6
        self.assertEqual(self.price(self.vip), 6.0)
        self.env.flush_all()
        self.env.cr.execute("UPDATE product_pricelist_item SET fixed_price = 7 WHERE id = %s", [rule.id])
        self.assertEqual(self.price(self.vip), 7.0, "a script's own SQL, too")
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self.env.cr.execute("UPDATE product_pricelist_item SET fixed_price = 8 WHERE id = %s", [rule.id])
            self.assertEqual(self.price(self.vip), 8.0)
            raise ZeroDivisionError
        self.assertEqual(self.price(self.vip), 7.0)
        rule.unlink()
        self.assertEqual(self.price(self.vip), 100.0)

    def test_a_changed_product_is_seen_by_the_next_price(self):
        self.rule(compute_price="percentage", percent_price=10)
        self.assertEqual(self.price(self.vip), 90.0)
        self.longjing.list_price = 200
        self.assertEqual(self.price(self.vip), 180.0)
