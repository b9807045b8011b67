from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..core import rule as core

RANKINGS = [
    ("given", "The order of the list"),
    ("nearest", "Nearest to the receiver"),
    ("quickest", "Soonest at the receiver"),
    ("parcels", "Fewest parcels"),
    ("freight", "Lowest freight"),
    ("fullest", "Most free stock"),
    ("longest", "Longest cover"),
    ("mix", "A mix, in yuan"),
]


class MerchantSourcingRule(models.Model):
    """For which orders, which warehouses are asked, how they are ranked and what is allowed. The first rule that fits
    decides; one that passes on lets the next ones try."""

    _name = "merchant.sourcing.rule"
    _description = "Sourcing Rule"
    _order = "ruleset_id, sequence, id"
    _check_company_auto = True

    ruleset_id = fields.Many2one("merchant.sourcing.ruleset", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="ruleset_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    # for which orders
    division_ids = fields.Many2many(
        "merchant.division", string="Regions", help="Macro-regions, provinces, cities or districts of the receiver."
    )
    country_ids = fields.Many2many("res.country", string="Countries")
    team_ids = fields.Many2many("crm.team", string="Sales Teams")
    partner_ids = fields.Many2many("res.partner", string="Customers")
    partner_tag_ids = fields.Many2many("res.partner.category", string="Customer Tags")
    pricelist_ids = fields.Many2many("product.pricelist", string="Price Lists")
    carrier_ids = fields.Many2many("delivery.carrier", string="Carriers")
    product_ids = fields.Many2many("product.product", string="Products")
    category_ids = fields.Many2many("product.category", string="Product Categories")
    product_tag_ids = fields.Many2many("product.tag", string="Product Tags")
    weight_min = fields.Float("Weight From (kg)", digits="Stock Weight")
    weight_max = fields.Float("Weight Up To (kg)", digits="Stock Weight")
    amount_min = fields.Monetary("Amount From")
    amount_max = fields.Monetary("Amount Up To")
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_from = fields.Date("From")
    date_to = fields.Date("Until")
    # who is asked, and in which order
    warehouse_line_ids = fields.One2many(
        "merchant.sourcing.rule.warehouse",
        "rule_id",
        string="Warehouses",
        copy=True,
        help="Which warehouses may serve, in this order; none named means all of the company, in their own order.",
    )
    warehouse_ids = fields.Many2many("stock.warehouse", compute="_compute_warehouse_ids", string="Asked")
    ranking = fields.Selection(RANKINGS, required=True, default="parcels")
    mix_parcel = fields.Float("A Parcel More", default=3.0, help="What one parcel more is worth avoiding, in yuan.")
    mix_freight = fields.Float("Freight, Times", default=1.0)
    mix_distance = fields.Float("Every 100 km", default=0.5)
    mix_day = fields.Float("Every Day Later", default=1.0)
    # what is allowed
    split = fields.Selection(
        [
            ("whole", "Whole orders only"),
            ("lines", "Lines may leave from several warehouses"),
            ("pieces", "A line too may be divided"),
        ],
        required=True,
        default="lines",
        string="Splitting",
    )
    max_parcels = fields.Integer("At Most (parcels)", help="0 for any number.")
    max_days = fields.Integer(
        "Ships Within (days)", default=-1, help="Warehouses that cannot ship so soon are left out; -1 for any time."
    )
    on_short = fields.Selection(
        [
            ("next", "Let the next rules try"),
            ("backorder", "Ship what is there, the rest follows"),
            ("route", "Have the missing lines supplied another way"),
            ("hold", "Hold the order for a person"),
        ],
        required=True,
        default="next",
        string="When They Cannot",
    )
    backorder_warehouse_id = fields.Many2one(
        "stock.warehouse", string="The Rest From", check_company=True, help="Empty: the best ranked warehouse."
    )
    route_id = fields.Many2one(
        "stock.route",
        string="Supplied By",
        check_company=True,
        domain="[('sale_selectable', '=', True)]",
        help="For example drop-shipping by the product's vendor.",
    )
    summary = fields.Char(compute="_compute_summary")

    _limits_check = models.Constraint(
        "CHECK (weight_min >= 0 AND weight_max >= 0 AND amount_min >= 0 AND amount_max >= 0 AND max_parcels >= 0)",
        "Weights, amounts and parcels are 0 or more.",
    )

    @api.depends("warehouse_line_ids.warehouse_id")
    def _compute_warehouse_ids(self):
        for rule in self:
            rule.warehouse_ids = rule.warehouse_line_ids.warehouse_id

    @api.constrains("on_short", "route_id")
    def _check_route(self):
        for rule in self.filtered(lambda rule: rule.on_short == "route" and not rule.route_id):
            raise ValidationError(self.env._("Name the route by which %(rule)s has lines supplied.", rule=rule.name))

    @api.depends("division_ids", "country_ids", "team_ids", "partner_ids", "partner_tag_ids", "pricelist_ids",
                 "carrier_ids", "product_ids", "category_ids", "product_tag_ids", "weight_min", "weight_max",
                 "amount_min", "amount_max", "date_from", "date_to")  # fmt: skip
    @api.depends_context("lang")
    def _compute_summary(self):
        for rule in self:
            rule.summary = " · ".join(rule._summary_parts()) or self.env._("Every order")

    def _summary_parts(self):
        """The conditions in words, for lists."""
        for field in self._condition_fields():
            if records := self[field]:
                names = records[:3].mapped("name" if "name" in records._fields else "display_name")
                yield "、".join(name or "" for name in names) + ("…" if len(records) > 3 else "")  # noqa: PLR2004
        for low, high, unit in (
            (self.weight_min, self.weight_max, "kg"),
            (self.amount_min, self.amount_max, self.currency_id.symbol or ""),
        ):
            if low or high:
                yield f"{low:g}–{high:g} {unit}" if high else f"≥ {low:g} {unit}"
        if self.date_from or self.date_to:
            yield f"{self.date_from or ''}–{self.date_to or ''}"

    @api.model
    def _condition_fields(self):
        return ["division_ids", "country_ids", "team_ids", "partner_ids", "partner_tag_ids", "pricelist_ids",
                "carrier_ids", "product_ids", "category_ids", "product_tag_ids"]  # fmt: skip

    # -- for the core -------------------------------------------------------------------------------------------------

    def _to_core(self):
        """``[core.rule.Rule]`` in their sequence."""
        return [rule._prepare_core() for rule in self]

    def _prepare_core(self):
        self.ensure_one()
        milli = 100_000  # thousandths of a fen in a yuan
        return core.Rule(
            key=self.id,
            name=self.name,
            regions=frozenset(self.division_ids.mapped("code")) | frozenset(self.country_ids.mapped("code")),
            wants=self._prepare_wants(),
            goods=self._prepare_goods(),
            grams=_limits(self.weight_min, self.weight_max, 1000),
            fen=_limits(self.amount_min, self.amount_max, 100),
            days=(self.date_from or None, self.date_to or None),
            warehouses=tuple(self.warehouse_line_ids.warehouse_id.ids),
            ranking=self.ranking,
            mix={
                "parcel": round(self.mix_parcel * milli),
                "freight": round(self.mix_freight * 1000),
                "km": round(self.mix_distance * milli / 100),
                "day": round(self.mix_day * milli),
            },
            split=self.split,
            most=self.max_parcels or None,
            late_days=self.max_days if self.max_days >= 0 else None,
            on_short=self.on_short,
            backorder=self.backorder_warehouse_id.id or 0,
            route=self.route_id.id or 0,
        )

    def _prepare_wants(self):
        """``{kind: ids}`` of the order; an addon with another condition extends it."""
        kinds = {
            "team": self.team_ids,
            "customer": self.partner_ids,
            "customer_tag": self.partner_tag_ids,
            "pricelist": self.pricelist_ids,
            "carrier": self.carrier_ids,
        }
        return {kind: frozenset(records.ids) for kind, records in kinds.items() if records}

    def _prepare_goods(self):
        kinds = {"product": self.product_ids, "category": self.category_ids, "tag": self.product_tag_ids}
        return {kind: frozenset(records.ids) for kind, records in kinds.items() if records}


def _limits(low, high, factor):
    return round(low * factor) if low else None, round(high * factor) if high else None


class MerchantSourcingRuleWarehouse(models.Model):
    """A warehouse's place in a rule's list."""

    _name = "merchant.sourcing.rule.warehouse"
    _description = "Warehouse of a Sourcing Rule"
    _order = "sequence, id"
    _check_company_auto = True

    rule_id = fields.Many2one("merchant.sourcing.rule", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="rule_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    warehouse_id = fields.Many2one("stock.warehouse", required=True, check_company=True, ondelete="cascade")

    _warehouse_uniq = models.Constraint("UNIQUE (rule_id, warehouse_id)", "A rule names each warehouse once.")
