from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import format_amount, format_date

from ..core.earning import Record, missing

TIER_FIELDS = ("merchant_tier_id", "merchant_tier_fixed")


class ResPartner(models.Model):
    _inherit = "res.partner"

    merchant_tier_id = fields.Many2one(
        "merchant.price.tier",
        string="Price Tier",
        company_dependent=True,
        groups="merchant_base.group_user",
        domain="[('company_id', '=', current_company_id)]",
        help="Contacts and addresses of the customer have it, too. A change holds for new orders.",
    )
    merchant_tier_fixed = fields.Boolean(
        "Keep this Tier",
        company_dependent=True,
        groups="merchant_base.group_user",
        help="The regular review neither raises nor lowers this customer.",
    )
    merchant_below_since = fields.Date(
        "Below since",
        company_dependent=True,
        groups="merchant_base.group_user",
        copy=False,
        help="Has bought less than the tier asks for since that day; goes down after the days of grace.",
    )
    merchant_tier_why = fields.Json(
        "Next Tier", compute="_compute_merchant_tier_why", groups="merchant_base.group_user"
    )
    merchant_tier_change_ids = fields.One2many(
        "merchant.tier.change", "partner_id", string="Tier History", groups="merchant_base.group_user"
    )
    merchant_own_rule_count = fields.Integer(
        "Special Prices", compute="_compute_merchant_own_rule_count", groups="merchant_base.group_user"
    )

    # -- tier and list ----------------------------------------------------------------------------------------------

    @api.depends("merchant_tier_id")
    @api.depends_context("company", "country_code")
    def _compute_product_pricelist(self):
        return super()._compute_product_pricelist()

    def _inverse_product_pricelist(self):
        # the tier's own list is no special choice, and any other list is one, even the company's general one
        tiered = self.filtered(lambda partner: partner.sudo().merchant_tier_id)
        for partner in tiered:
            chosen = partner.property_product_pricelist
            own = partner.sudo().merchant_tier_id.pricelist_id
            partner.specific_property_product_pricelist = chosen != own and chosen
        return super(ResPartner, self - tiered)._inverse_product_pricelist()

    @api.model
    def _commercial_fields(self):
        return [*super()._commercial_fields(), *TIER_FIELDS]

    def write(self, vals):
        if "merchant_tier_id" not in vals:
            return super().write(vals)
        before = {partner.id: partner.merchant_tier_id.id for partner in self}
        result = super().write(vals)
        self._merchant_tier_changed(before)
        return result

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        if tiered := partners.sudo().filtered("merchant_tier_id"):
            tiered._merchant_tier_changed(dict.fromkeys(tiered.ids, False))
        return partners

    def _merchant_tier_changed(self, before):
        company = self.env.company
        heads = self.filtered(lambda partner: partner.commercial_partner_id == partner)
        # the history is written for whoever may change the tier, and by nobody else
        self.env["merchant.tier.change"].sudo()._record(before, heads.sudo(), company)
        for partner in heads.sudo():
            own = partner.specific_property_product_pricelist
            if own.merchant_level == "customer":
                own.merchant_next_id = partner.merchant_tier_id.pricelist_id or company.merchant_pricelist_id

    # -- a customer's own prices ------------------------------------------------------------------------------------

    def _compute_merchant_own_rule_count(self):
        for partner in self:
            own = partner.commercial_partner_id.specific_property_product_pricelist
            partner.merchant_own_rule_count = own.merchant_rule_count if own.merchant_level == "customer" else 0

    def action_merchant_own_prices(self):
        """The customer's own price list, made when there is none, opened on its rules."""
        self.ensure_one()
        return self._merchant_own_list().action_open_merchant_rules()

    def _merchant_own_list(self):
        partner = self.commercial_partner_id
        own = partner.specific_property_product_pricelist
        if own.merchant_level != "customer":
            self.env["merchant.price.tier"]._enable_pricelists()
            following = own or partner.merchant_tier_id.pricelist_id
            own = self.env.company._merchant_new_list(partner.name, "customer", following)
            partner.specific_property_product_pricelist = own
        return own

    # -- earning ----------------------------------------------------------------------------------------------------

    def _merchant_review(self, tiers, records, today):
        """Take the decision of the review; return whether the tier changed."""
        self.ensure_one()
        current = self.merchant_tier_id.id or None
        decision = tiers._decide(records, current, self.merchant_below_since, today)
        if self.merchant_below_since != (decision.below_since or False):
            self.merchant_below_since = decision.below_since
        if decision.tier == current:
            return False
        order = tiers.ids
        rises = decision.tier and (current not in order or order.index(decision.tier) > order.index(current))
        record = records.get(decision.tier or current, Record())
        self.with_context(
            merchant_tier_reason="earned" if rises else "lost",
            merchant_tier_facts={"spend": float(record.spend), "orders": record.orders},
        ).merchant_tier_id = decision.tier or False
        return True

    @api.depends("merchant_tier_id")
    @api.depends_context("company", "lang")
    def _compute_merchant_tier_why(self):
        ladder = (
            self.env["merchant.price.tier"]
            .sudo()
            .search([("company_id", "=", self.env.company.id), ("is_earned", "=", True)], order="sequence, id")
        )
        today = fields.Date.context_today(self)
        records = ladder._records(today, self.commercial_partner_id) if ladder and self.ids else {}
        for partner in self:
            own = records.get(partner.commercial_partner_id._origin.id, {})
            partner.merchant_tier_why = partner._merchant_progress(ladder, own) if ladder else False

    def _merchant_progress(self, ladder, records):
        """What is missing to the next earned tier, for the “why?” widget."""
        current = self.merchant_tier_id
        above = ladder.filtered(
            lambda tier: current not in ladder or ladder.ids.index(tier.id) > ladder.ids.index(current.id)
        )
        if not above:
            steps = self._merchant_standing(current, records)
            return {"summary": self.env._("Highest earned tier."), "steps": steps}
        tier = above[0]
        record = records.get(tier.id, Record())
        steps = self._merchant_progress_steps(tier, record)
        if not missing(tier._step(), record):
            summary = self.env._("Has earned %(tier)s; the next review raises the customer.", tier=tier.name)
        else:
            summary = self.env._("Next tier: %(tier)s", tier=tier.name)
        steps += self._merchant_standing(current, records)
        return {"summary": summary, "steps": steps}

    def _merchant_progress_steps(self, tier, record):
        lacks = missing(tier._step(), record)
        return [
            {"state": "bad" if name in lacks else "good", "text": text}
            for name, text in self._merchant_progress_texts(tier, record)
        ]

    def _merchant_standing(self, current, records):
        """Where the customer stands in the tier he is in."""
        steps = []
        if self.merchant_below_since:
            day = format_date(self.env, self.merchant_below_since)
            text = self.env._("Below the present tier since %(day)s. It asks for:", day=day)
            own = self._merchant_progress_steps(current.sudo(), records.get(current.id, Record()))
            steps += [{"state": "bad", "text": text}, *own]
        if current.next_review:
            day = format_date(self.env, current.next_review)
            steps.append({"state": "info", "text": self.env._("Next review of the present tier: %(day)s", day=day)})
        return steps

    def _merchant_progress_texts(self, tier, record):
        """``[(figure, sentence)]`` of the figures that the tier asks for and the reader may see."""
        _, money = self.env._, lambda amount: format_amount(self.env, float(amount), tier.currency_id)
        window = {"months": tier.window_months}
        texts = []
        if tier.min_spend:
            has, wants = money(record.spend), money(Decimal(str(tier.min_spend)))
            texts.append(
                ("spend", _("Spend: %(has)s of %(wants)s in %(months)s months", has=has, wants=wants, **window))
            )
        if tier.min_orders:
            has, wants = record.orders, tier.min_orders
            texts.append(
                ("orders", _("Orders: %(has)s of %(wants)s in %(months)s months", has=has, wants=wants, **window))
            )
        if tier.min_margin and self.env.user.has_group("merchant_price_tier.group_cost"):
            has, wants = money(record.margin), money(Decimal(str(tier.min_margin)))
            texts.append(
                ("margin", _("Margin: %(has)s of %(wants)s in %(months)s months", has=has, wants=wants, **window))
            )
        return texts
