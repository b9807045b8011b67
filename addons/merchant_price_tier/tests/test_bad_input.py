import base64
import io

import openpyxl
import psycopg2

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_order import OrderCase

SLIP = "surely a slip"
HUGE = 1e12
# what is entered, what is said to it in English and in Chinese
TABLE = (
    ("a second price for the same days", "has a rule for the same goods", "已有同一商品、数量和单位的规则"),
    ("a period that overlaps in a sheet", "overlaps another price", "重叠"),
    ("a quantity break below 0", "cannot be negative: enter 0 for any quantity", "任意数量请填 0"),
    ("a negative price", "cannot be negative: enter 0 or more", "价格不能为负"),
    ("a negative price in a sheet", "cannot be negative", "不能为负"),
    ("a discount above 100 %", "more than 100 %", "100"),
    ("a list that falls back to itself", "lead back to themselves", "循环引用"),
    ("a list whose prices start from its own", "lead back to themselves", "循环引用"),
    ("an archived product", "is archived: bring it back", "已归档"),
    ("an archived product in a sheet", "is archived: bring it back", "已归档"),
    ("a price on a missing cost", "has no cost", "商品没有成本"),
    ("a price on a missing cost, for all goods", "the product has none. Enter the cost", "请录入成本"),
    ("a cost in a currency without a rate", "has no rate: enter one", "没有汇率"),
    ("text for a number in a sheet", "This is no number", "不是数字"),
    ("1e12 pieces in a rule", SLIP, "笔误"),
    ("1e12 pieces in a sheet", SLIP, "笔误"),
    ("1e12 pieces on an order", SLIP, "笔误"),
    ("1e12 pieces in a price check", SLIP, "笔误"),
    ("a product without any price", "The price is 0", "价格为 0"),
    ("a brand's rule without a brand", "Choose the brand or tag", "请选择"),
)


@tagged("post_install", "-at_install")
class TestBadInput(OrderCase):
    """Whatever is wrong is refused or explained where it is entered, in the user's language."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.list = cls.vip.pricelist_id
        cls.goods = {"applied_on": "1_product", "product_tmpl_id": cls.longjing.product_tmpl_id.id}
        cls.on_cost = {"compute_price": "formula", "base": "standard_price", "price_markup": 20}
        cls.longjing.default_code = "LJ"
        cls.bare, cls.gone = cls.env["product.product"].create(
            [{"name": "Bare", "list_price": 0}, {"name": "Gone", "default_code": "GONE"}]
        )
        cls.gone.action_archive()

    def test_each_is_answered_with_a_sentence(self):
        answers = self.entries()
        self.assertEqual(sorted(answers), sorted(name for name, *_sentences in TABLE))
        for name, english, chinese in TABLE:
            for lang, wanted in (("en_US", english), ("zh_CN", chinese)):
                with self.subTest(name, lang=lang):
                    self.assertIn(wanted, self.told(answers[name], lang))

    def told(self, enter, lang):
        """What the user is told; whatever was entered is taken back."""
        savepoint = self.env.cr.savepoint()
        env = self.env(context={**self.env.context, "lang": lang})
        try:
            with mute_logger("odoo.sql_db"):
                said = enter(env)
                env.flush_all()
            return str(said)
        except (UserError, ValidationError) as refusal:
            return str(refusal)
        except psycopg2.IntegrityError as refusal:
            savepoint.rollback()
            return env["product.pricelist.item"]._sql_error_to_message(refusal)
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all()

    def entries(self):
        """``{what: function(env) -> what is said, if it is not refused}``"""
        general = self.pricelist("General", merchant_level="company", company_id=self.company.id)
        self.list.merchant_next_id = general
        currency = self.env["res.currency"].create({"name": "XTS", "symbol": "x"})
        foreign = self.pricelist("Foreign", merchant_level="tier", currency_id=currency.id)
        puer = self.env["product.product"].create({"name": "No cost", "list_price": 9}).product_tmpl_id
        of_puer = {"applied_on": "1_product", "product_tmpl_id": puer.id}
        leaning = {"compute_price": "percentage", "base": "pricelist", "base_pricelist_id": self.list.id}
        of_gone = {"applied_on": "1_product", "product_tmpl_id": self.gone.product_tmpl_id.id}
        return {
            "a second price for the same days": self.new_rule(**self.goods, fixed_price=5, date_start="2026-11-11"),
            "a period that overlaps in a sheet": self.sheet("LJ", 0, 5, "2026-11-11"),
            "a quantity break below 0": self.new_rule(fixed_price=5, min_quantity=-1),
            "a negative price": self.new_rule(fixed_price=-5),
            "a negative price in a sheet": self.sheet("LJ", 0, -5),
            "a discount above 100 %": self.new_rule(compute_price="percentage", percent_price=101),
            "a list that falls back to itself": lambda env: general.with_env(env).write(
                {"merchant_next_id": self.list.id}
            ),
            "a list whose prices start from its own": self.new_rule(general, **leaning),
            "an archived product": self.new_rule(**of_gone, fixed_price=5),
            "an archived product in a sheet": self.sheet("GONE", 0, 5),
            "a price on a missing cost": self.new_rule(**of_puer, **self.on_cost),
            "a price on a missing cost, for all goods": self.priced_on_cost,
            "a cost in a currency without a rate": self.new_rule(foreign, **self.goods, **self.on_cost),
            "text for a number in a sheet": self.sheet("LJ", 0, "cheap"),
            "1e12 pieces in a rule": self.new_rule(fixed_price=5, min_quantity=HUGE),
            "1e12 pieces in a sheet": self.sheet("LJ", HUGE, 5),
            "1e12 pieces on an order": lambda env: self.order(HUGE, env=env).action_confirm(),
            "1e12 pieces in a price check": lambda env: env["merchant.price.check"].explain(
                self.longjing.id, HUGE, self.customer.id
            ),
            "a product without any price": lambda env: (
                self.order(env=env, product_id=self.bare.id).order_line.merchant_floor_text
            ),
            "a brand's rule without a brand": self.new_rule(applied_on="2x_brand", fixed_price=5),
        }

    def new_rule(self, pricelist=None, **vals):
        vals = {"pricelist_id": (pricelist or self.list).id, **vals}
        return lambda env: env["product.pricelist.item"].create(vals)

    def priced_on_cost(self, env):
        env["product.pricelist.item"].create({"pricelist_id": self.list.id, **self.on_cost})
        return env["merchant.price.check"].explain(self.bare.id, 1, self.customer.id)["steps"]

    def sheet(self, code, quantity, price, start=None):
        book = openpyxl.Workbook()
        book.active.append(["货号", "起订量", "价格", "开始"])
        book.active.append([code, quantity, price, start])
        stream = io.BytesIO()
        book.save(stream)
        vals = {"file": base64.b64encode(stream.getvalue()), "pricelist_id": self.list.id}

        def enter(env):
            sheet = env["merchant.price.sheet"].create(vals)
            sheet.action_check()
            problem = sheet.problem_ids
            self.assertEqual(problem.mapped("row"), [2])
            return f"{problem.column}: {problem.reason}"

        return enter

    def test_a_break_of_0_holds_for_any_quantity(self):
        self.env["product.pricelist.item"].create({"pricelist_id": self.list.id, "fixed_price": 5, "min_quantity": 0})
        self.assertEqual(self.price(self.list, self.bare, quantity=0.5), 5)
