import random
from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.tests import TransactionCase


def stock_answer(pricelist, products, quantity, **options):
    """What stock Odoo's own method says: rules searched and tried one after the other, in lists it leads to, too."""
    with patch.object(type(pricelist), "_merchant_answers", lambda self, products: False):
        return pricelist._compute_price_rule(products, quantity, **options)


class PriceCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.config.settings"].create({"group_product_pricelist": True}).execute()
        cls.company = cls.env.company
        cls.unit = cls.env.ref("uom.product_uom_unit")
        cls.dozen = cls.env.ref("uom.product_uom_dozen")
        cls.tea = cls.env["product.category"].create({"name": "Tea"})
        cls.green = cls.env["product.category"].create({"name": "Green", "parent_id": cls.tea.id})
        cls.longjing = cls.env["product.product"].create(
            {"name": "Longjing", "list_price": 100.0, "standard_price": 60.0, "categ_id": cls.green.id}
        )
        cls.customer = cls.env["res.partner"].create({"name": "Customer"})

    @classmethod
    def pricelist(cls, name="List", *rules, **vals):
        """A list with rules given as dicts."""
        return cls.env["product.pricelist"].create(
            {"name": name, "company_id": False, "item_ids": [(0, 0, rule) for rule in rules], **vals}
        )

    def price(self, pricelist, product=None, quantity=1.0, **options):
        return pricelist._get_product_price(product or self.longjing, quantity, **options)


class RandomWorld:
    """Products, lists and questions drawn at random, and everything stock Odoo's rules can say."""

    def __init__(self, env, seed, products=40):
        self.env, self.dice = env, random.Random(seed)
        self.now = datetime(2026, 11, 11, 0, 0, 0)
        self.currencies = (
            env["res.currency"].with_context(active_test=False).search([("name", "in", ("CNY", "USD", "EUR"))])
        )
        self.currencies.active = True
        env["res.currency.rate"].search([("currency_id", "in", self.currencies.ids)]).unlink()
        for currency, rate in zip(self.currencies - env.company.currency_id, (1.17, 7.31), strict=False):
            for day, factor in (("2020-01-01", 1), ("2026-11-10", 1.03)):
                env["res.currency.rate"].create({"name": day, "currency_id": currency.id, "rate": rate * factor})
        unit, dozen = env.ref("uom.product_uom_unit"), env.ref("uom.product_uom_dozen")
        self.units = (
            unit
            | dozen
            | env["uom.uom"].create({"name": "Pack of 7", "relative_factor": 7, "relative_uom_id": unit.id})
        )
        self.categories = self._categories()
        self.products = self._products(products)
        self.lists = env["product.pricelist"]

    def _categories(self):
        Category = self.env["product.category"]
        found = Category.create({"name": "Root"})
        for number in range(6):
            found |= Category.create({"name": f"C{number}", "parent_id": self.dice.choice(found).id})
        return found

    def _products(self, count):
        attribute = self.env["product.attribute"].create(
            {"name": "Size", "value_ids": [(0, 0, {"name": f"S{n}", "default_extra_price": n}) for n in range(3)]}
        )
        templates = self.env["product.template"].create(
            [
                {
                    "name": f"P{number}",
                    "list_price": self.dice.choice((0, 9.99, 100, round(self.dice.uniform(0, 500), 2))),
                    "categ_id": self.dice.choice(self.categories).id,
                    "uom_id": self.dice.choice(self.units).id,
                    "attribute_line_ids": [
                        (0, 0, {"attribute_id": attribute.id, "value_ids": [(6, 0, attribute.value_ids.ids)]})
                    ]
                    if number % 5 == 0
                    else [],
                }
                for number in range(count)
            ]
        )
        for product in templates.product_variant_ids:
            product.standard_price = self.dice.choice((0, round(self.dice.uniform(1, 300), 2)))
        return templates.product_variant_ids

    def add_list(self, rules=60):
        """A list whose rules may lean on the lists made before."""
        pricelist = self.env["product.pricelist"].create(
            {"name": f"L{len(self.lists)}", "currency_id": self.dice.choice(self.currencies).id, "company_id": False}
        )
        self.env["product.pricelist.item"].create([self.rule(pricelist) for _number in range(rules)])
        self.lists |= pricelist
        return pricelist

    def rule(self, pricelist):
        dice, product = self.dice, self.dice.choice(self.products)
        vals = {"pricelist_id": pricelist.id, "min_quantity": dice.choice((0, 0, 1, 2, 5, 12, 2.5, 100))}
        scope = dice.choice(("0_product_variant", "1_product", "2_product_category", "3_global"))
        vals["applied_on"] = scope
        if scope == "0_product_variant":
            vals["product_id"] = product.id
        elif scope == "1_product":
            vals["product_tmpl_id"] = product.product_tmpl_id.id
        elif scope == "2_product_category":
            vals.update(display_applied_on="2_product_category", categ_id=dice.choice(self.categories).id)
        start = self.moment()
        vals.update(
            dice.choice(
                (
                    {},
                    {"date_start": start},
                    {"date_end": start},
                    {"date_start": start, "date_end": start + timedelta(days=dice.randint(1, 20))},
                )
            )
        )
        return {**vals, **self.figures()}

    def figures(self):
        dice = self.dice
        base = {"base": dice.choice(("list_price", "standard_price"))}
        if self.lists and dice.random() < 0.4:
            base = {"base": "pricelist", "base_pricelist_id": dice.choice(self.lists).id}
        percent = round(dice.uniform(-20, 60), 2)
        return dice.choice(
            (
                {"compute_price": "fixed", "fixed_price": round(dice.uniform(0, 300), 2)},
                {"compute_price": "percentage", "percent_price": percent, **base},
                {
                    "compute_price": "formula",
                    **base,
                    "price_discount": percent,
                    "price_round": dice.choice((0, 0.05, 1, 10)),
                    "price_surcharge": dice.choice((0, -0.01, 3.5)),
                    **dice.choice(({}, {"price_max_margin": 5}, {"price_min_margin": 5, "price_max_margin": 50})),
                },
            )
        )

    def moment(self):
        return self.now + timedelta(seconds=self.dice.randint(-30, 30) * 43200)

    def quantity(self):
        return self.dice.choice((0, 0.5, 1, 2, 4.999, 5, 11, 12, 13, 99.99, 100, 1e6))
