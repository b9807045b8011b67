from datetime import datetime

from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..core.pricer import Layer, PriceLoop, Pricer
from . import price_books
from .price_world import Wish, World, moment_of

# Methods of stock Odoo that are answered from memory as long as no other addon has its own.
RULE_METHODS = ("_get_applicable_rules", "_get_applicable_rules_domain")
ITEM_METHODS = ("_is_applicable_for", "_compute_price", "_compute_base_price")
PRODUCT_METHODS = ("_price_compute", "_get_attributes_extra_price")
KNOWN_ADDONS = ("product", "merchant_price_tier")


class ProductPricelist(models.Model):
    _inherit = "product.pricelist"

    merchant_level = fields.Selection(
        [("customer", "Customer"), ("channel", "Shop"), ("tier", "Tier"), ("company", "Company")],
        string="Prices For",
        tracking=True,
        help="Whose prices these are. A price list with a level takes part in the published order of precedence; "
        "without one it works as in stock Odoo.",
    )
    merchant_next_id = fields.Many2one(
        "product.pricelist",
        string="Falls Back To",
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
        help="Asked when this list has no price for a product, and for better quantity breaks.",
    )
    merchant_final = fields.Boolean(
        "Final",
        tracking=True,
        help="A price of this list is the last word: better quantity breaks of the lists it falls back to are hidden.",
    )
    merchant_partner_ids = fields.One2many(
        "res.partner", compute="_compute_merchant_partner_ids", string="Customers with this List"
    )
    merchant_rule_count = fields.Integer("Rules", compute="_compute_merchant_rule_count")

    def init(self):
        result = super().init()
        price_books.setup(self.env.cr)
        return result

    def write(self, vals):
        if "merchant_level" in vals:
            # a rule that is written meanwhile does not know yet that ties are refused: it has to be written again
            price_books.touch(self.env.cr, self.ids)
        return super().write(vals)

    @api.depends("name")
    def _compute_merchant_partner_ids(self):
        Partner = self.env["res.partner"]
        for pricelist in self:
            pricelist.merchant_partner_ids = Partner.search(
                [("specific_property_product_pricelist", "=", pricelist._origin.id), ("parent_id", "=", False)],
                limit=80,
            )

    @api.depends("item_ids")
    def _compute_merchant_rule_count(self):
        counts = dict(
            self.env["product.pricelist.item"]._read_group(
                [("pricelist_id", "in", self.ids)], ["pricelist_id"], ["__count"]
            )
        )
        for pricelist in self:
            pricelist.merchant_rule_count = counts.get(pricelist._origin, 0)

    @api.constrains("merchant_next_id", "merchant_level", "currency_id", "company_id")
    def _check_merchant_chain(self):
        for pricelist in self:
            following = pricelist.merchant_next_id
            if following and following.currency_id != pricelist.currency_id:
                raise ValidationError(
                    self.env._(
                        "%(list)s is in %(currency)s and cannot fall back to %(other)s in another currency: "
                        "choose a list in the same currency.",
                        list=pricelist.name,
                        currency=pricelist.currency_id.name,
                        other=following.name,
                    )
                )
            if following.company_id and following.company_id != pricelist.company_id:
                raise ValidationError(
                    self.env._(
                        "%(list)s cannot fall back to %(other)s, which belongs to another company.",
                        list=pricelist.name,
                        other=following.name,
                    )
                )
        self._check_merchant_loop()

    def _check_merchant_loop(self):
        """No list may lead back to itself, by falling back or by a rule that starts from another list's price."""
        if not self.ids:
            return
        self.env["product.pricelist.item"].flush_model(["base", "base_pricelist_id", "pricelist_id", "compute_price"])
        self.flush_model(["merchant_next_id"])
        rows = self.env.execute_query(
            SQL(
                """
            WITH RECURSIVE link AS (
                SELECT id AS source, merchant_next_id AS target FROM product_pricelist
                 WHERE merchant_next_id IS NOT NULL
                 UNION
                SELECT pricelist_id, base_pricelist_id FROM product_pricelist_item
                 WHERE base = 'pricelist' AND base_pricelist_id IS NOT NULL AND compute_price <> 'fixed'
            ), walk AS (
                SELECT source AS start, target, ARRAY[source, target] AS path FROM link WHERE source = ANY(%s)
                 UNION ALL
                SELECT walk.start, link.target, path || link.target
                  FROM walk JOIN link ON link.source = walk.target
                 WHERE NOT link.target = ANY(path[2:]) AND walk.target <> walk.start
            )
            SELECT path FROM walk WHERE target = start LIMIT 1
            """,
                self.ids,
            )
        )
        if rows:
            raise ValidationError(self._merchant_loop_sentence(rows[0][0]))

    def _merchant_loop_sentence(self, lists):
        return self.env._(
            "Price lists lead back to themselves: %(lists)s. Take one of these links away.",
            # the lists' names only, so that the sentence can be said to whoever prices
            lists=" → ".join(self.sudo().browse(lists).mapped("name")),
        )

    @api.model
    def _get_partner_pricelist_multi(self, partner_ids):
        """A list chosen for the customer, else his tier's, else Odoo's choice by country."""
        if not self.env["res.groups"]._is_feature_enabled("product.group_product_pricelist"):
            return super()._get_partner_pricelist_multi(partner_ids)
        # whoever prices may use the tier's list, whether or not he may read tiers
        partners = self.env["res.partner"].sudo().with_context(active_test=False).browse(partner_ids)
        tiered = {}
        for partner in partners:
            chosen = partner.specific_property_product_pricelist.filtered("active")
            if not chosen and (own := partner.merchant_tier_id.pricelist_id.filtered("active")):
                tiered[partner.id] = self.browse(own.id)
        others = super()._get_partner_pricelist_multi([number for number in partner_ids if number not in tiered])
        return {**others, **tiered}

    def _get_partner_pricelist_multi_search_domain_hook(self, company_id):
        """Lists of customers, shops and tiers are theirs alone: nobody gets one by default."""
        domain = super()._get_partner_pricelist_multi_search_domain_hook(company_id)
        return [*domain, ("merchant_level", "not in", ("customer", "channel", "tier"))]

    # -- prices -----------------------------------------------------------------------------------------------------

    def _compute_price_rule(
        self, products, quantity, *, currency=None, uom=None, date=False, compute_price=True, **kwargs
    ):
        """Odoo's door to all prices, answered from the rules in memory."""
        if not self or not products or not self._merchant_answers(products):
            return super()._compute_price_rule(
                products, quantity, currency=currency, uom=uom, date=date, compute_price=compute_price, **kwargs
            )
        self.ensure_one()
        no_unit = self.env["uom.uom"]
        wishes = [Wish(product.id, product, quantity, uom or no_unit) for product in products]
        return self._merchant_prices(wishes, currency=currency, date=date, compute_price=compute_price)

    def _merchant_prices(self, wishes, *, currency=None, date=False, compute_price=True):
        """Prices of many products and quantities in a fixed number of queries.

        :param wishes: list of :class:`Wish`; their products are of one model
        :param currency: ``res.currency`` of the prices, the list's by default
        :param date: date or datetime (UTC) the prices are asked for, now by default
        :return: ``{wish.key: (price, rule id or False)}``
        """
        self.ensure_one()
        currency = (currency or self.currency_id or self.env.company.currency_id).id
        pricer, asks = self._merchant_pricer(wishes, date)
        number, answers = self.id, {}
        with self._merchant_loops_explained():
            for wish, ask in zip(wishes, asks, strict=True):
                rule = pricer.choose(number, ask, currency)
                price = pricer.price(rule, ask, currency) if compute_price else 0.0
                answers[wish.key] = price, rule.id if rule else False
        return answers

    def _merchant_explain(self, wishes, *, currency=None, date=False):
        """Like :meth:`_merchant_prices`, with every rule that was looked at.

        :return: ``{wish.key: {"ask", "rule", "price", "list_price", "considered"}}``
        """
        self.ensure_one()
        currency = (currency or self.currency_id or self.env.company.currency_id).id
        pricer, asks = self._merchant_pricer(wishes, date)
        answers = {}
        with self._merchant_loops_explained():
            for wish, ask in zip(wishes, asks, strict=True):
                rule, price, considered = pricer.explain(self.id, ask, currency)
                answers[wish.key] = {
                    "ask": ask,
                    "rule": rule,
                    "price": price,
                    "list_price": pricer.price(None, ask, currency),
                    "considered": considered,
                }
        return answers

    def _merchant_breaks(self, wishes, *, date=False):
        """``{wish.key: [quantity]}``: from which quantities on, in the asked unit, the price may be another."""
        self.ensure_one()
        pricer, asks = self._merchant_pricer(wishes, date)
        with self._merchant_loops_explained():
            return {wish.key: sorted(pricer.breaks(self.id, ask)) for wish, ask in zip(wishes, asks, strict=True)}

    def _merchant_pricer(self, wishes, date):
        """``(Pricer, [Ask])``"""
        products = wishes[0].product.browse(list(dict.fromkeys(wish.product.id for wish in wishes)))
        world = World(products, moment_of(date))
        shelf = price_books.Shelf(self.env, world.templates)
        chains = self._merchant_open(shelf)
        if any(shelf.book(number).has_tags for number in shelf.opened):
            world.read_tags()
        companies = None
        if not self.env.su:  # rules of companies that the user does not see are none for him, as in Odoo
            companies = frozenset(self.env.companies.sudo().parent_ids.ids)
        return Pricer(chains.__getitem__, shelf.book, world), [world.ask(wish, companies) for wish in wishes]

    def _merchant_open(self, shelf):
        """Open the list's chain and every list that its prices start from; return ``{list id: chain}``."""
        chains, waiting = {}, {self.id}
        while waiting:
            # which price a price starts from is the list's business, not the asking user's
            chains.update((pricelist.id, pricelist._merchant_chain()) for pricelist in self.sudo().browse(waiting))
            shelf.prepare({layer.list for number in waiting for layer in chains[number]})
            waiting = {base for number in shelf.opened for base in shelf.book(number).bases} - chains.keys()
        return chains

    def _merchant_chain(self):
        """The lists to ask, narrowest first, as :class:`Layer` s."""
        # a list that is fallen back to answers also those who may not open it
        layers, pricelist, best = [], self.sudo(), self._merchant_best()
        while pricelist and pricelist.id not in [layer.list for layer in layers]:
            layers.append(Layer(pricelist.id, pricelist.currency_id.id, best, pricelist.merchant_final))
            pricelist = pricelist.merchant_level and pricelist.merchant_next_id._merchant_living()
        return tuple(layers)

    def _merchant_living(self):
        """This list, or the first behind it that is not archived."""
        pricelist = self
        while pricelist and not pricelist.active:
            pricelist = pricelist.merchant_next_id  # no loop: the database holds none
        return pricelist

    def _merchant_best(self):
        company = (self.company_id or self.env.company).sudo()
        return bool(self.merchant_level) and company.merchant_price_policy == "best"

    def _merchant_loops_explained(self):
        return _LoopsExplained(self)

    def _merchant_answers(self, products):
        """Ours is the answer unless another addon decides on rules or prices in a way of its own."""
        if self.merchant_level:
            return True
        return not self._merchant_foreign_methods(products._name)

    @api.model
    @tools.ormcache("product_model", cache="stable")
    def _merchant_foreign_methods(self, product_model):
        """Names of pricing methods that other addons have extended."""
        wanted = [("product.pricelist", RULE_METHODS), ("product.pricelist.item", ITEM_METHODS)]
        wanted.append((product_model, PRODUCT_METHODS))
        return tuple(
            name
            for model, names in wanted
            for name in names
            for cls in type(self.env[model]).__mro__
            if name in vars(cls) and getattr(cls, "_module", None) not in (None, *KNOWN_ADDONS)
        )

    def action_open_merchant_rules(self):
        """The list's rules, to search, group and edit."""
        action = self.env["ir.actions.act_window"]._for_xml_id("merchant_price_tier.product_pricelist_item_action")
        named = self.env._("Prices of %(list)s", list=self.name) if len(self) == 1 else action["name"]
        domain, context = [("pricelist_id", "in", self.ids)], {"default_pricelist_id": self[:1].id}
        return {**action, "name": named, "display_name": named, "domain": domain, "context": context}

    def action_export_merchant_sheet(self):
        """Download the lists' prices as a sheet."""
        Sheet = self.env["merchant.price.sheet"]
        attachment = self.env["ir.attachment"].create(
            {
                "name": f"{'-'.join(self.mapped('name'))[:60]}-{datetime.now():%Y%m%d}.xlsx",
                "raw": Sheet._export(self),
                "mimetype": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            }
        )
        return {"type": "ir.actions.act_url", "url": f"/web/content/{attachment.id}?download=true", "target": "self"}


class _LoopsExplained:
    """Says which lists lead back to themselves, in the user's language."""

    def __init__(self, pricelists):
        self._pricelists = pricelists

    def __enter__(self):
        return self

    def __exit__(self, kind, problem, _traceback):
        if isinstance(problem, PriceLoop):
            raise UserError(self._pricelists._merchant_loop_sentence(problem.lists)) from problem
        return False
