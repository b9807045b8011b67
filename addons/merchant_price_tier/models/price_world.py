"""What a price starts from: products, units, costs and rates, read for a whole batch at once."""

from datetime import date as Date
from datetime import datetime, time, timedelta
from typing import NamedTuple

import pytz

from odoo import fields
from odoo.tools import SQL, float_round

from ..core.rule import Ask

# What is written by the ORM and not yet in the tables is written before products are read.
_READ = {
    "product.product": ("product_tmpl_id",),
    "product.template": ("categ_id", "list_price", "uom_id", "company_id", "merchant_brand_id"),
    "product.category": ("parent_path",),
    "product.template.attribute.value": ("price_extra",),
}


class Facts(NamedTuple):
    """A product as a price needs it; ``price`` is its sales price with extras, in its own unit and currency."""

    variant: int | None
    template: int
    categories: tuple
    brand: int | None
    price: float
    unit: int
    company: int | None
    tags: frozenset = frozenset()


class Wish(NamedTuple):
    """What is asked for: ``unit`` is a ``uom.uom`` record, or an empty one for the product's own; ``moment`` a date or
    datetime (UTC) of its own, or None for that of the whole question."""

    key: object
    product: object
    quantity: float
    unit: object
    moment: object = None


class World:
    """The side of a question that is not rules: see :class:`..core.pricer.Pricer`.

    :param products: a recordset of ``product.product`` or ``product.template``
    :param moment: date or datetime (UTC) the price is asked for
    """

    round_to = staticmethod(lambda amount, step: float_round(amount, precision_rounding=step))

    def __init__(self, products, moment):
        self.env, self.products, self.moment = products.env, products, moment
        self.facts = self._read_facts(products)
        self._costs, self._rates, self._units, self._currencies = {}, {}, {}, {}
        self._moments, self._spans = {}, {}

    @property
    def templates(self):
        return list({facts.template for facts in self.facts.values()})

    # -- the questions ----------------------------------------------------------------------------------------------

    def ask(self, wish, companies):
        """The question as the core takes it."""
        product = wish.product.id
        facts = self.facts[product]
        quantity, unit = wish.quantity, wish.unit.id or facts.unit
        if unit != facts.unit:
            own = self.env["uom.uom"].browse(facts.unit)
            quantity = wish.unit._compute_quantity(wish.quantity, own, raise_if_failure=False)
        key = wish.key, product
        moment = self._moments[key] = wish.moment or self.moment
        if moment not in self._spans:
            self._spans[moment] = self._span(moment)
        low, high = self._spans[moment]
        return Ask(
            key,
            facts.variant,
            facts.template,
            facts.categories,
            facts.brand,
            facts.tags,
            quantity,
            wish.quantity,
            unit,
            low,
            high,
            companies,
        )

    def _span(self, moment):
        """A moment as Odoo compares it: a whole second, or the user's whole day."""
        if isinstance(moment, datetime):
            low = moment.replace(microsecond=0)
            return low, low + timedelta(seconds=1)
        low = datetime.combine(moment, time.min)
        if self.env.tz != pytz.utc:
            low = self.env.tz.localize(low).astimezone(pytz.utc).replace(tzinfo=None)
        return low, low + timedelta(days=1)

    # -- what the core asks for -------------------------------------------------------------------------------------

    def list_price(self, ask, currency):
        facts = self.facts[ask.key[1]]
        source = self._company_currency(facts.company or _main_company(self.env))
        return self._in(facts.price, ask, source, currency)

    def cost(self, ask, currency):
        if not self._costs:
            self._costs = self.products._price_compute("standard_price", date=self.moment)
        facts = self.facts[ask.key[1]]
        source = self._company_currency(facts.company) or self.env.company.currency_id.id
        return self._in(self._costs[ask.key[1]], ask, source, currency)

    def rate(self, ask, source, target):
        """Units of ``target`` for one of ``source`` on the question's day."""
        if source == target:
            return 1.0
        key = source, target, self._moments[ask.key]
        if key not in self._rates:
            Currency = self.env["res.currency"]
            self._rates[key] = Currency._get_conversion_rate(
                Currency.browse(source), Currency.browse(target), self.env.company, self._moments[ask.key]
            )
        return self._rates[key]

    def unit(self, ask):
        """A function that takes a price per product unit to the asked unit."""
        own = self.facts[ask.key[1]].unit
        if (own, ask.unit) not in self._units:
            mine, asked = (self.env["uom.uom"].browse(number) for number in (own, ask.unit))
            self._units[own, ask.unit] = (
                (lambda price: price) if own == ask.unit else lambda price: mine._compute_price(price, asked)
            )
        return self._units[own, ask.unit]

    def _in(self, price, ask, source, currency):
        price = self.unit(ask)(price)
        if source == currency:
            return price
        return price * self.rate(ask, source, currency) if price else 0.0

    def _company_currency(self, company):
        if company not in self._currencies:
            # a shared product's currency is asked of another company's user, too, as Odoo does
            self._currencies[company] = company and self.env["res.company"].sudo().browse(company).currency_id.id
        return self._currencies[company]

    # -- reading ----------------------------------------------------------------------------------------------------

    def _read_facts(self, products):
        if products._name == "product.product" and all(isinstance(number, int) for number in products._ids):
            return self._of_variants(products)
        return {product.id: self._of_record(product) for product in products}

    def _of_variants(self, products):
        for model, names in _READ.items():
            self.env[model].flush_model(names)
        self.env.cr.execute(
            """
            SELECT p.id, t.id, c.parent_path, t.merchant_brand_id, t.list_price::float8, t.uom_id, t.company_id,
                   COALESCE((SELECT SUM(v.price_extra)::float8
                               FROM product_variant_combination link
                               JOIN product_template_attribute_value v
                                 ON v.id = link.product_template_attribute_value_id
                              WHERE link.product_product_id = p.id), 0)
              FROM product_product p
              JOIN product_template t ON t.id = p.product_tmpl_id
              LEFT JOIN product_category c ON c.id = t.categ_id
             WHERE p.id = ANY(%s)
            """,
            [list(products._ids)],
        )
        chosen = self.env.context.get("no_variant_attributes_price_extra", 0)
        paths, found = {None: ()}, {}
        for variant, template, path, brand, price, unit, company, extra in self.env.cr.fetchall():
            if path not in paths:
                paths[path] = tuple(int(each) for each in path.split("/") if each)
            price = (price or 0.0) + (extra + chosen)
            found[variant] = Facts(variant, template, paths[path], brand, price, unit, company)
        self._check_readable(products, found)
        return found

    def _check_readable(self, products, found):
        """Odoo's own check, asked only when another company's product, or none, is among them."""
        if len(found) < len(products):
            products.mapped("list_price")  # raises what Odoo raises for deleted ones
        if not self.env.su and {facts.company for facts in found.values()} - {None, *self.env.companies.ids}:
            products.check_access("read")

    def _of_record(self, product):
        """Templates, and records of a form that is being filled in."""
        template = product if product._name == "product.template" else product.product_tmpl_id
        variant = product
        if product is template:
            variant = template.product_variant_count == 1 and template.product_variant_id
        return Facts(
            variant._origin.id if variant else None,
            template._origin.id,
            tuple(int(each) for each in (product.categ_id.parent_path or "").split("/") if each),
            product.sudo().merchant_brand_id.id or None,  # who may not read brands is priced by them all the same
            (product.list_price or 0.0) + product._get_attributes_extra_price(),
            product.uom_id.id,
            product.company_id.id or None,
        )

    def read_tags(self):
        """Tags of template and variant; asked only when a list has rules of tags."""
        templates, variants = {}, {}
        self.env["product.template"].flush_model(["product_tag_ids"])
        self.env["product.product"].flush_model(["additional_product_tag_ids"])
        self.env.cr.execute(
            SQL(
                """
            SELECT 'template', product_template_id, product_tag_id FROM product_tag_product_template_rel
             WHERE product_template_id = ANY(%s)
             UNION ALL
            SELECT 'variant', product_product_id, product_tag_id FROM product_tag_product_product_rel
             WHERE product_product_id = ANY(%s)
            """,
                self.templates,
                [facts.variant for facts in self.facts.values() if facts.variant],
            )
        )
        for kind, owner, tag in self.env.cr.fetchall():
            (templates if kind == "template" else variants).setdefault(owner, set()).add(tag)
        for key, facts in self.facts.items():
            tags = templates.get(facts.template, set()) | variants.get(facts.variant, set())
            if tags:
                self.facts[key] = facts._replace(tags=frozenset(tags))


def _main_company(env):
    """Id of the company whose currency prices of shared products are in: asked once a transaction."""
    if "merchant_main_company" not in env.cr.cache:
        env.cr.cache["merchant_main_company"] = env["res.company"]._get_main_company().id
    return env.cr.cache["merchant_main_company"]


def moment_of(value):
    """A date or datetime of what Odoo's callers hand over as date: nothing, text, date or datetime."""
    if not value:
        return fields.Datetime.now()
    if isinstance(value, str):
        return fields.Datetime.to_datetime(value) if len(value) > 10 else fields.Date.to_date(value)
    return value if isinstance(value, Date) else fields.Datetime.now()
