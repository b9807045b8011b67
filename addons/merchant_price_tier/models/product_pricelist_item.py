from datetime import datetime

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..core.formula import ENDINGS, end_in

BRAND, TAG = "2x_brand", "2y_tag"
FOR_ONE = ("0_product_variant", "1_product")
MOST_PIECES = 1_000_000_000
# what a revision keeps of a rule: enough to bring it back
KEPT = (
    "pricelist_id",
    "applied_on",
    "display_applied_on",
    "product_tmpl_id",
    "product_id",
    "categ_id",
    "merchant_brand_id",
    "merchant_tag_id",
    "merchant_uom_id",
    "merchant_ending",
    "min_quantity",
    "date_start",
    "date_end",
    "compute_price",
    "fixed_price",
    "percent_price",
    "base",
    "base_pricelist_id",
    "price_discount",
    "price_round",
    "price_surcharge",
    "price_min_margin",
    "price_max_margin",
)
# fields by which two rules of a list could be equal in the published order
_TIE = ("applied_on", "product_id", "product_tmpl_id", "categ_id", "merchant_brand_id", "merchant_tag_id")


class ProductPricelistItem(models.Model):
    _inherit = "product.pricelist.item"

    # their codes sort between categories and all products, where stock Odoo looks at them, too
    applied_on = fields.Selection(
        selection_add=[(BRAND, "Brand"), (TAG, "Tag"), ("3_global",)], ondelete={BRAND: "cascade", TAG: "cascade"}
    )
    display_applied_on = fields.Selection(
        selection_add=[(BRAND, "Brand"), (TAG, "Tag")], ondelete={BRAND: "set default", TAG: "set default"}
    )
    merchant_brand_id = fields.Many2one(
        "merchant.brand", string="Brand", ondelete="cascade", groups="merchant_base.group_user"
    )
    merchant_tag_id = fields.Many2one("product.tag", string="Product Tag", ondelete="cascade")
    merchant_uom_id = fields.Many2one(
        "uom.uom",
        string="Only for Unit",
        ondelete="restrict",
        help="The rule holds for sales in this unit; its fixed price and its quantity are meant in it.",
    )
    merchant_ending = fields.Selection(
        [(ending, f"…{ending}") for ending in ENDINGS],
        string="Price Ends In",
        help="The price moves to the nearest one that ends so: 12.34 becomes 11.99 or 12.99, whichever is nearer.",
    )
    merchant_level = fields.Selection(related="pricelist_id.merchant_level", string="Prices For")
    merchant_tie_key = fields.Char(compute="_compute_merchant_tie_key", store=True, groups="base.group_system")

    # two rules of one rank must not hold at one moment; a range of one number is how gist compares for equality
    _merchant_tie = models.Constraint(
        """EXCLUDE USING gist (
            int8range(hashtextextended(merchant_tie_key, 0) >> 1, hashtextextended(merchant_tie_key, 0) >> 1, '[]')
                WITH &&,
            tsrange(date_start, CASE WHEN date_end < date_start THEN date_start ELSE date_end END, '[]') WITH &&
        ) WHERE (merchant_tie_key IS NOT NULL)""",
        "This price list already has a rule for the same goods, quantity and unit at that time: change that rule, "
        "or let it end before the new one starts.",
    )

    @api.depends("pricelist_id.merchant_level", "min_quantity", "merchant_uom_id", *_TIE)
    def _compute_merchant_tie_key(self):
        # read with all rights: the key is the same whoever saves the rule
        for item, rule in zip(self, self.sudo(), strict=True):
            facts = [rule.pricelist_id.id, rule.applied_on, rule._merchant_target().id, rule.merchant_uom_id.id]
            item.merchant_tie_key = bool(rule.pricelist_id.merchant_level) and "|".join(
                map(str, [*facts, float(rule.min_quantity)])
            )

    def _merchant_target(self):
        """The product, category, brand or tag the rule is about; an empty record for all products."""
        names = {
            "0_product_variant": "product_id",
            "1_product": "product_tmpl_id",
            "2_product_category": "categ_id",
            BRAND: "merchant_brand_id",
            TAG: "merchant_tag_id",
        }
        return self[names[self.applied_on]] if self.applied_on in names else self.browse()

    @api.depends("merchant_brand_id", "merchant_tag_id")
    def _compute_name(self):
        result = super()._compute_name()
        for item in self:
            if item.applied_on == BRAND:
                item.name = self.env._("Brand: %(brand)s", brand=item.sudo().merchant_brand_id.name)
            elif item.applied_on == TAG:
                item.name = self.env._("Tag: %(tag)s", tag=item.merchant_tag_id.name)
        return result

    # -- what is refused where it is entered ------------------------------------------------------------------------

    @api.constrains(
        "pricelist_id",
        "applied_on",
        "fixed_price",
        "min_quantity",
        "percent_price",
        "price_discount",
        "compute_price",
        "base",
    )
    def _check_merchant_figures(self):
        """Stock Odoo's own lists may hold what they like; lists with a level may not."""
        for item in self.filtered("merchant_level"):
            if problem := item._merchant_problem():
                named = f"{item.name}: {problem}"  # the problem is a whole sentence in the user's language
                raise ValidationError(named)

    def _merchant_problem(self):
        """A sentence on what is wrong with the figures, or None."""
        _ = self.env._
        if self.compute_price == "fixed" and self.fixed_price < 0:
            return _("a price cannot be negative: enter 0 or more.")
        if self.compute_price == "fixed" and self.fixed_price == 0 and self.applied_on not in FOR_ONE:
            return _("a price of 0 would give all these goods away: enter a price, or choose the product that is free.")
        if self.min_quantity < 0:
            return _("a quantity break cannot be negative: enter 0 for any quantity.")
        if self.min_quantity > MOST_PIECES:
            return _("a quantity break of more than %(most)s is surely a slip: correct it.", most=f"{MOST_PIECES:,}")
        discount = {"percentage": self.percent_price, "formula": self.price_discount}.get(self.compute_price, 0)
        if discount > 100:
            return _("a discount of more than 100 % makes the price negative: enter 100 or less.")
        if self.compute_price != "fixed":
            return self._merchant_base_problem()
        return None

    def _merchant_base_problem(self):
        """What keeps the price from being made of cost or sales price."""
        # whoever may enter the rule learns that the cost is missing, never what it is
        company = self.company_id or self.env.company
        product = (self.product_id or self.product_tmpl_id).sudo().with_company(company)
        on_cost = self.base == "standard_price"
        if on_cost and product and not product.standard_price:
            return self.env._("the product has no cost, so its price would be 0: enter the cost first.")
        if self.base == "pricelist":
            return None
        source = (product.cost_currency_id if on_cost else product.currency_id) or company.currency_id
        target = self.currency_id
        missing = (source | target).filtered(lambda each: each != company.currency_id and not each.rate_ids)
        if source != target and missing:
            return self.env._(
                "the price cannot be taken to %(currency)s, because %(missing)s has no rate: enter one first.",
                currency=target.name,
                missing=missing[0].name,
            )
        return None

    @api.constrains("product_id", "product_tmpl_id", "pricelist_id")
    def _check_merchant_product_active(self):
        for item in self.filtered("merchant_level"):
            product = item.product_id or item.product_tmpl_id
            if product and not product.active:
                raise ValidationError(
                    self.env._("%(product)s is archived: bring it back before you price it.", product=product.name)
                )

    @api.constrains("applied_on", "merchant_brand_id", "merchant_tag_id")
    def _check_merchant_target(self):
        for item in self.sudo():
            if item.applied_on in (BRAND, TAG) and not item._merchant_target():
                raise ValidationError(self.env._("Choose the brand or tag that the rule is for."))

    @api.constrains("base_pricelist_id", "pricelist_id", "base")
    def _check_merchant_loop(self):
        self.filtered("base_pricelist_id").pricelist_id._check_merchant_loop()

    # -- entering ---------------------------------------------------------------------------------------------------

    @api.onchange("display_applied_on")
    def _onchange_display_applied_on(self):
        result = super()._onchange_display_applied_on()
        for item in self.filtered(lambda item: item.display_applied_on in (BRAND, TAG)):
            item.update({"applied_on": item.display_applied_on, **_others(item.display_applied_on)})
        return result

    @api.onchange("product_id", "product_tmpl_id", "categ_id")
    def _onchange_rule_content(self):
        of_goods = self.filtered(lambda item: item.display_applied_on not in (BRAND, TAG))
        return super(ProductPricelistItem, of_goods)._onchange_rule_content()

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if not vals.get("applied_on") and not (vals.get("product_id") or vals.get("product_tmpl_id")):
                kind = (vals.get("merchant_brand_id") and BRAND) or (vals.get("merchant_tag_id") and TAG)
                if kind and not vals.get("categ_id"):
                    vals["applied_on"] = kind
            if vals.get("applied_on") in (BRAND, TAG):
                vals.update({"display_applied_on": vals["applied_on"], **_others(vals["applied_on"])})
        return super().create(vals_list)

    def write(self, vals):
        if vals.get("applied_on") in (BRAND, TAG):
            vals = {**vals, **_others(vals["applied_on"])}
        return super().write(vals)

    def _merchant_is_free(self):
        """Does the rule mean a price of 0, by a fixed one or by 100 percent off?"""
        return (self.compute_price == "fixed" and self.fixed_price == 0) or (
            self.compute_price == "percentage" and self.percent_price >= 100
        )

    # -- what a revision keeps ----------------------------------------------------------------------------------------

    def _merchant_kept(self):
        """The rule's values as JSON can hold them."""
        self.ensure_one()
        # a brand is kept, too, when somebody without the role of reading brands undoes
        rule, kept = self.sudo(), {}
        for name in KEPT:
            value = rule[name]
            kept[name] = plain(value.id if self._fields[name].type == "many2one" else value)
        return kept

    # -- stock Odoo's way to a price, for callers who hold a rule ---------------------------------------------------

    def _merchant_told(self):
        """The rule for working out a price: a rule on cost is not read by everybody, what it gives is."""
        return self.sudo() if self and self.sudo().base == "standard_price" else self

    def _show_discount(self):
        return super(ProductPricelistItem, self._merchant_told())._show_discount()

    def _compute_price_before_discount(self, *args, **kwargs):
        return super(ProductPricelistItem, self._merchant_told())._compute_price_before_discount(*args, **kwargs)

    def _is_applicable_for(self, product, qty_in_product_uom):
        fits = super()._is_applicable_for(product, qty_in_product_uom)
        if not fits or self.applied_on not in (BRAND, TAG):
            return fits
        if self.applied_on == BRAND:
            return product.sudo().merchant_brand_id == self.sudo().merchant_brand_id
        tags = product.product_tag_ids
        return self.merchant_tag_id in (
            tags | product.additional_product_tag_ids if product._name == "product.product" else tags
        )

    def _compute_price(self, product, quantity, uom, date, currency=None, **kwargs):
        rule = self._merchant_told()
        price = super(ProductPricelistItem, rule)._compute_price(
            product, quantity, uom, date, currency=currency, **kwargs
        )
        if rule and rule.compute_price == "fixed" and rule.merchant_uom_id == uom:
            price = rule.fixed_price
        return end_in(price, rule.merchant_ending) if rule and rule.merchant_ending else price


def _others(kind):
    """What a rule of this kind does not name."""
    empty = {"product_id": None, "product_tmpl_id": None, "categ_id": None}
    return {**empty, ("merchant_tag_id" if kind == BRAND else "merchant_brand_id"): None}


def plain(value):
    """A value as JSON holds it; nothing is False, a number 0 stays one."""
    if isinstance(value, datetime):
        return fields.Datetime.to_string(value)
    return False if value is None else value
