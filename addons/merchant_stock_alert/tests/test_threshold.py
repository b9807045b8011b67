from psycopg2 import IntegrityError

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import StockAlertCase


@tagged("post_install", "-at_install")
class TestThreshold(StockAlertCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        categories = cls.env["product.category"]
        cls.drinks = categories.create({"name": "饮品"})
        cls.teas = categories.create({"name": "茶", "parent_id": cls.drinks.id})
        cls.tea.categ_id = cls.teas

    def applies(self):
        self.evaluate()
        return self.position().low_rule_id

    def test_the_narrowest_scope_wins(self):
        self.put(9)
        wider = [
            {},
            {"warehouse_id": self.wuhan.id},
            {"categ_id": self.drinks.id},
            {"categ_id": self.teas.id},
            {"categ_id": self.teas.id, "warehouse_id": self.wuhan.id},
            {"product_id": self.tea.id},
            {"product_id": self.tea.id, "warehouse_id": self.wuhan.id},
        ]
        for scope in wider:
            rule = self.threshold(method="quantity", quantity=1, **scope)
            self.assertEqual(self.applies(), rule)
        for scope in reversed(wider[1:]):
            self.applies().unlink()
            wanted = {
                "product_id": False,
                "categ_id": False,
                "warehouse_id": False,
                **wider[wider.index(scope) - 1],
            }
            self.assertRecordValues(self.applies(), [wanted])

    def test_one_of_another_warehouse_does_not_apply(self):
        self.put(9)
        self.threshold(method="quantity", warehouse_id=self.hangzhou.id)
        self.assertFalse(self.applies())

    def test_a_class_narrows(self):
        self.put(9)
        general = self.threshold(method="quantity", quantity=1)
        narrow = self.threshold(method="quantity", quantity=1, abc="C")
        self.assertEqual(self.applies(), general)
        self.env["merchant.stock.figures"]._classify(
            self.company, self.env["merchant.stock.figures"]._today(self.company)
        )
        self.marks._mark([(self.tea.id, self.wuhan.id)])
        self.assertEqual(self.applies(), narrow)

    def test_a_new_line_alerts_at_once(self):
        self.put(9)
        self.evaluate()
        self.threshold(method="quantity", quantity=10)
        self.evaluate()
        self.assertTrue(self.alerts())

    def test_archiving_it_closes_its_alerts(self):
        self.put(9)
        rule = self.threshold(method="quantity", quantity=10)
        self.evaluate()
        rule.action_archive()
        self.evaluate()
        self.assertFalse(self.alerts())

    def test_the_same_scope_is_not_set_twice(self):
        self.threshold(product_id=self.tea.id)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.threshold(product_id=self.tea.id)
            self.env.flush_all()

    def test_a_product_that_has_its_own_line_is_shown_that_one(self):
        self.put(9)
        self.evaluate()
        self.assertFalse(self.position().action_add_threshold()["res_id"])
        self.threshold(product_id=self.tea.id)
        self.assertFalse(self.position().action_add_threshold()["res_id"], "that is one for every warehouse")
        mine = self.threshold(product_id=self.tea.id, warehouse_id=self.wuhan.id)
        self.assertEqual(self.position().action_add_threshold()["res_id"], mine.id)

    def test_a_product_has_neither_category_nor_class(self):
        with self.assertRaises(ValidationError):
            self.threshold(product_id=self.tea.id, abc="A")

    def test_a_new_company_has_thresholds(self):
        company = self.env["res.company"].create({"name": "新店"})
        found = self.thresholds.search([("company_id", "=", company.id)])
        self.assertEqual(set(found.mapped("kind")), {"low", "over", "slow", "expiring", "negative"})

    def test_it_says_where_it_applies_and_why(self):
        self.put(9)
        rule = self.threshold(method="quantity", quantity=10)
        self.evaluate()
        self.assertEqual(rule.position_count, 1)
        self.assertIn("10", str(self.position().why))
