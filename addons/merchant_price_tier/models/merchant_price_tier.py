from datetime import date
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..core.earning import Record, Step, next_review, review


class MerchantPriceTier(models.Model):
    """A level of customers: who is in it pays by its price list."""

    _name = "merchant.price.tier"
    _description = "Price Tier"
    _order = "company_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(
        "Rank", default=lambda self: self._next_rank(), help="The higher the rank, the better the tier."
    )
    color = fields.Integer()
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related="company_id.currency_id")
    pricelist_id = fields.Many2one(
        "product.pricelist",
        string="Price List",
        required=True,
        ondelete="restrict",
        check_company=True,
        index=True,
        help="Made by itself when left empty. It falls back to the company's general price list.",
    )
    note = fields.Text(help="What customers of this tier were promised.")
    # earned by itself
    is_earned = fields.Boolean(
        "Earned", help="Customers rise into this tier by what they buy; others are put there by hand."
    )
    window_months = fields.Integer("Window (months)", default=12, help="What counts is bought within these months.")
    min_spend = fields.Monetary("Spend", help="Untaxed amount of confirmed orders. 0: does not count.")
    min_orders = fields.Integer("Orders", help="Number of confirmed orders. 0: does not count.")
    min_margin = fields.Monetary(
        "Margin",
        groups="merchant_price_tier.group_cost",
        help="Untaxed amount less today's cost of the goods. 0: does not count.",
    )
    is_any = fields.Boolean("One is Enough", help="One of the figures is enough; otherwise all are needed.")
    grace_days = fields.Integer(
        "Grace (days)", default=30, help="Who falls below his tier keeps it for these days before he goes down."
    )
    review_every = fields.Selection(
        [("day", "Every day"), ("month", "Every month"), ("quarter", "Every quarter"), ("year", "Every year")],
        string="Going Down Is Decided",
        required=True,
        default="day",
        help="Customers rise at once; down they go on a review date only, and after the days of grace.",
    )
    next_review = fields.Date(
        "Next Review",
        compute="_compute_next_review",
        store=True,
        readonly=False,
        help="On that day the customers of this tier who no longer earn it go down.",
    )
    partner_ids = fields.One2many("res.partner", compute="_compute_partners", string="Customers")
    partner_count = fields.Integer("Number of Customers", compute="_compute_partners")

    _name_uniq = models.Constraint("UNIQUE (company_id, name)", "This company already has a tier of that name.")
    _list_uniq = models.Constraint(
        "UNIQUE (company_id, pricelist_id)", "Another tier of this company already has that price list."
    )
    _figures = models.Constraint(
        "CHECK (window_months > 0 AND min_spend >= 0 AND min_orders >= 0 AND min_margin >= 0 AND grace_days >= 0)",
        "The window must be at least one month, and no figure may be negative.",
    )

    @api.model
    def _next_rank(self):
        """Above the company's tiers, so that no two are as good as each other by chance."""
        highest = self.with_context(active_test=False).search(
            [("company_id", "=", self.env.company.id)], order="sequence desc", limit=1
        )
        return highest.sequence + 10

    def _compute_partners(self):
        Partner = self.env["res.partner"]
        saved = self.filtered(lambda tier: tier._origin)
        for tier in self - saved:
            tier.partner_ids, tier.partner_count = Partner, 0
        for tier in saved:
            tier.partner_ids = Partner.search(tier._members(), limit=80)
            tier.partner_count = Partner.search_count(tier._members())

    def _members(self):
        """Domain of the customers that are in this tier."""
        in_tier = [("merchant_tier_id", "=", self._origin.id), ("parent_id", "=", False)]
        return [("id", "in", self.env["res.partner"].with_company(self.company_id)._search(in_tier))]

    @api.depends("review_every", "is_earned")
    def _compute_next_review(self):
        today = fields.Date.context_today(self)
        for tier in self:
            regular = tier.is_earned and tier.review_every != "day"
            tier.next_review = next_review(tier.review_every, today) if regular else False

    @api.constrains("is_earned", "min_spend", "min_orders", "min_margin")
    def _check_earned(self):
        # whether a margin is asked for must be known here; its figure is not shown
        for tier in self.sudo().filtered("is_earned"):
            if not (tier.min_spend or tier.min_orders or tier.min_margin):
                raise ValidationError(
                    self.env._(
                        "%(tier)s is earned, but asks for nothing: enter a spend, a number of orders or a margin.",
                        tier=tier.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        self.browse().check_access("create")
        self._enable_pricelists()
        for vals in vals_list:
            company = self.env["res.company"].browse(vals.get("company_id")) or self.env.company
            if not vals.get("pricelist_id"):
                vals["pricelist_id"] = company._merchant_new_list(vals.get("name"), "tier").id
        tiers = super().create(vals_list)
        for pricelist in tiers.pricelist_id.filtered(lambda pricelist: not pricelist.merchant_level):
            pricelist.merchant_level = "tier"
        return tiers

    @api.model
    def _enable_pricelists(self):
        """A tier means nothing while price lists are switched off in Odoo's settings."""
        if not self.env["res.groups"]._is_feature_enabled("product.group_product_pricelist"):
            # the price manager may not change settings; that tiers need price lists is no choice
            self.env.ref("base.group_user").sudo()._apply_group(self.env.ref("product.group_product_pricelist"))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_held(self):
        """Customers would silently pay other prices."""
        for tier in self:
            # also customers whom the deleting user does not see
            if count := self.env["res.partner"].sudo().search_count(tier.sudo()._members()):
                raise UserError(
                    self.env._(
                        "%(tier)s has customers (%(count)s): give them another tier first, or archive it. An archived "
                        "tier is chosen for nobody new, and those who are in it keep its prices.",
                        tier=tier.name,
                        count=count,
                    )
                )

    def write(self, vals):
        result = super().write(vals)
        if "pricelist_id" in vals:
            self.env["res.partner"].invalidate_model(["property_product_pricelist"])
        return result

    # -- buttons ----------------------------------------------------------------------------------------------------

    def action_open_rules(self):
        return self.pricelist_id.action_open_merchant_rules()

    def action_open_partners(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "res.partner",
            "view_mode": "list,form",
            "domain": [("merchant_tier_id", "=", self.id), ("parent_id", "=", False)],
        }

    def action_review(self):
        """Look through the customers of the tiers' companies now."""
        changed = sum(len(self._review(company)) for company in self.company_id)
        text = self.env._("Customers whose tier changed: %(count)s. The tier history names them.", count=changed)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "success", "message": text, "next": {"type": "ir.actions.act_window_close"}},
        }

    # -- earning ----------------------------------------------------------------------------------------------------

    @api.model
    def _cron_review(self):
        companies = self.search([("is_earned", "=", True)]).company_id
        for done, company in enumerate(companies, 1):
            self._review(company)
            if not self.env["ir.cron"]._commit_progress(1, remaining=len(companies) - done):
                break

    @api.model
    def _review(self, company, today=None):
        """Raise and lower the customers of a company by what they bought.

        Customers whose tier was set by hand, or is not an earned one, stay where they are.

        :return: the partners whose tier changed
        """
        today = today or fields.Date.context_today(self)
        tiers = self.sudo().search([("company_id", "=", company.id), ("is_earned", "=", True)], order="sequence, id")
        if not tiers:
            return self.env["res.partner"]
        records = tiers._records(today)
        # who buys, and who holds an earned tier, whatever the reviewing user may see of them
        Partner = self.env["res.partner"].sudo().with_company(company)
        held = Partner.search([("merchant_tier_id", "in", tiers.ids), ("parent_id", "=", False)])
        buyers = Partner.browse(records.keys()).exists()
        changed = Partner
        for partner in (held | buyers).filtered(
            lambda partner: not partner.merchant_tier_fixed and (partner.merchant_tier_id or tiers[0]) in tiers
        ):
            if partner._merchant_review(tiers, records.get(partner.id, {}), today):
                changed |= partner
        for tier in tiers.filtered(lambda tier: tier.next_review and tier.next_review <= today):
            tier.next_review = next_review(tier.review_every, today)
        return changed

    def _step(self):
        return Step(self.id, Decimal(str(self.min_spend)), self.min_orders, Decimal(str(self.min_margin)), self.is_any)

    def _records(self, today, partners=None):
        """``{commercial partner id: {tier id: Record}}`` of confirmed orders, in the company's currency."""
        found = {}
        self.env["sale.order"].flush_model()
        self.env["sale.order.line"].flush_model()
        for tier in self:
            since = today - relativedelta(months=tier.window_months)
            rows = self.env.execute_query(
                SQL(
                    """
                SELECT p.commercial_partner_id, ROUND(SUM(o.untaxed), 2), COUNT(*), ROUND(SUM(o.untaxed - o.cost), 2)
                  FROM (SELECT o.partner_id, o.amount_untaxed / COALESCE(NULLIF(o.currency_rate, 0), 1) AS untaxed,
                               (SELECT COALESCE(SUM(l.product_uom_qty * u.factor / pu.factor
                                       * COALESCE((pp.standard_price->>%(key)s)::numeric, 0)), 0)
                                  FROM sale_order_line l
                                  JOIN product_product pp ON pp.id = l.product_id
                                  JOIN product_template pt ON pt.id = pp.product_tmpl_id
                                  JOIN uom_uom u ON u.id = l.product_uom_id
                                  JOIN uom_uom pu ON pu.id = pt.uom_id
                                 WHERE l.order_id = o.id AND l.display_type IS NULL) AS cost
                          FROM sale_order o
                         WHERE o.state = 'sale' AND o.company_id = %(company)s AND o.date_order >= %(since)s
                       ) o
                  JOIN res_partner p ON p.id = o.partner_id
                 WHERE %(partners)s
                 GROUP BY p.commercial_partner_id
                """,
                    key=str(tier.company_id.id),
                    company=tier.company_id.id,
                    since=since,
                    partners=SQL("TRUE")
                    if partners is None
                    else SQL("p.commercial_partner_id = ANY(%s)", partners.ids),
                )
            )
            for partner, spend, orders, margin in rows:
                found.setdefault(partner, {})[tier.id] = Record(Decimal(spend), orders, Decimal(margin))
        return found

    def _decide(self, records, current, below_since, today):
        """The core's :func:`review` for one customer; ``self`` are the company's earned tiers, lowest first."""
        tier = self.filtered(lambda tier: tier.id == current)
        since = below_since if isinstance(below_since, date) else None
        may_fall = not tier.next_review or tier.next_review <= today
        return review([tier._step() for tier in self], records, current, since, tier.grace_days, today, may_fall)
