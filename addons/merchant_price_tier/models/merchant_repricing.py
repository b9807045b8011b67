from datetime import timedelta
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_amount

from ..core.formula import ENDINGS
from ..core.reprice import effect, new_price
from .price_world import Wish

ONE_SECOND = timedelta(seconds=1)
SALES_DAYS = 30
# what new prices are made from
MADE_FROM = {
    "pricelist_id",
    "categ_ids",
    "brand_ids",
    "tag_ids",
    "product_tmpl_ids",
    "is_complete",
    "method",
    "figure",
    "ending",
    "effective_from",
}
TOP = 5


class MerchantRepricing(models.Model):
    """New prices for many goods of one list: computed, looked at, approved, in force from a moment."""

    _name = "merchant.repricing"
    _description = "Repricing"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(required=True, default=lambda self: self.env._("New prices"))
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    pricelist_id = fields.Many2one(
        "product.pricelist", string="Price List", required=True, check_company=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="pricelist_id.currency_id")
    state = fields.Selection(
        [("draft", "Draft"), ("approved", "Approved"), ("undone", "Undone"), ("cancelled", "Cancelled")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    categ_ids = fields.Many2many("product.category", string="Categories")
    brand_ids = fields.Many2many("merchant.brand", string="Brands")
    tag_ids = fields.Many2many("product.tag", string="Tags")
    product_tmpl_ids = fields.Many2many("product.template", string="Products", check_company=True)
    is_complete = fields.Boolean(
        "Also Goods without a Price",
        help="Goods that the list has no fixed price for get one, starting from what they cost a customer today.",
    )
    method = fields.Selection(
        [
            ("percent", "Percent on the present price"),
            ("amount", "Amount on the present price"),
            ("markup", "Percent on cost"),
            ("margin", "Margin in percent of the price"),
        ],
        string="New Price By",
        required=True,
        default="percent",
    )
    figure = fields.Float(digits=(16, 2), required=True, help="-5 percent makes prices 5 percent lower.")
    ending = fields.Selection([(ending, f"…{ending}") for ending in ENDINGS], string="Price Ends In")
    effective_from = fields.Datetime("In Force From", help="Empty: from the moment of approval.")
    line_ids = fields.One2many("merchant.repricing.line", "repricing_id", copy=False)
    line_count = fields.Integer("Prices", compute="_compute_line_count")
    preview = fields.Json(readonly=True, copy=False, groups="merchant_price_tier.group_cost")
    is_stale = fields.Boolean(
        "To Be Worked Out Anew",
        readonly=True,
        copy=False,
        help="The goods or figures changed since the prices were made.",
    )
    revision_id = fields.Many2one("merchant.price.revision", readonly=True, copy=False, ondelete="set null")
    approved_by_id = fields.Many2one("res.users", readonly=True, copy=False)

    @api.depends("line_ids")
    def _compute_line_count(self):
        counts = dict(
            self.env["merchant.repricing.line"]._read_group(
                [("repricing_id", "in", self.ids)], ["repricing_id"], ["__count"]
            )
        )
        for repricing in self:
            repricing.line_count = counts.get(repricing._origin, 0)

    @api.constrains("method", "figure")
    def _check_figure(self):
        for repricing in self:
            if repricing.method == "margin" and repricing.figure >= 100:
                raise ValidationError(self.env._("A margin must be below 100 %."))
            if repricing.method == "percent" and repricing.figure < -100:
                raise ValidationError(self.env._("A price cannot fall by more than 100 %."))

    def write(self, vals):
        result = super().write(vals)
        if MADE_FROM & vals.keys():
            self.filtered("line_ids").write({"is_stale": True, "preview": False})
        return result

    # -- buttons ----------------------------------------------------------------------------------------------------

    def action_compute(self):
        """Work out the new prices of the chosen goods."""
        for repricing in self:
            repricing._check_draft()
            repricing.line_ids.unlink()
            lines = repricing._prepare_lines()
            if not lines:
                raise UserError(
                    self.env._(
                        "The list has no fixed price for these goods: choose other goods, or tick “Also Goods without "
                        "a Price”."
                    )
                )
            self.env["merchant.repricing.line"].create(lines)
            repricing.write({"preview": False, "is_stale": False})
        return True

    def action_preview(self):
        """Try the new prices on open quotations and on the last month's sales, then put everything back."""
        for repricing in self:
            repricing._check_ready()
            repricing.preview = repricing._try_out()
        return True

    def action_approve(self):
        """Put the prices in force, from the chosen moment on."""
        if not self.env.user.has_group("merchant_price_tier.group_price_approver"):
            raise AccessError(self.env._("Only an approver of prices decides this: ask one of them."))
        for repricing in self:
            repricing._check_ready()
            changes = repricing._changes(repricing._start())
            revision = self.env["merchant.price.revision"]._apply(
                repricing.name, "repricing", changes, repricing.company_id
            )
            repricing.write({"state": "approved", "revision_id": revision.id, "approved_by_id": self.env.uid})
        return True

    def action_undo(self):
        """Back to the prices before this repricing, later changes of the list included."""
        for repricing in self:
            if not repricing.revision_id or repricing.state != "approved":
                raise UserError(self.env._("%(name)s is not in force.", name=repricing.name))
            repricing.revision_id.action_undo()
        return True

    def action_cancel(self):
        """Give the draft up; it can be copied later."""
        for repricing in self:
            repricing._check_draft()
        self.state = "cancelled"
        return True

    def action_open_lines(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "merchant.repricing.line",
            "view_mode": "list,graph,pivot",
            "domain": [("repricing_id", "=", self.id)],
        }

    def _check_draft(self):
        self.ensure_one()
        if self.state != "draft":
            raise UserError(self.env._("%(name)s is no draft any more: make a copy of it.", name=self.name))

    def _check_ready(self):
        self._check_draft()
        if self.is_stale or not self.line_ids:
            raise UserError(
                self.env._("The prices of %(name)s are not worked out yet: press “Work Out Prices”.", name=self.name)
            )
        if self._is_overtaken():
            raise UserError(
                self.env._(
                    "The list has other prices by now than %(name)s starts from: work them out anew.", name=self.name
                )
            )

    def _is_overtaken(self):
        """Were rules changed, ended or deleted since the new prices were made from them?"""
        rules, same = self._rules(self.line_ids.product_tmpl_id), self.currency_id.compare_amounts
        return any(
            line.item_id not in rules or same(line.item_id.fixed_price, line.old_price)
            for line in self.line_ids
            if line.item_id or not self.is_complete
        )

    # -- new prices -------------------------------------------------------------------------------------------------

    def _start(self):
        now = fields.Datetime.now()
        return max(self.effective_from or now, now)

    def _products(self):
        """The goods that are meant; all that are sold when nothing is chosen."""
        wanted = []
        if self.categ_ids:
            wanted.append(Domain("categ_id", "child_of", self.categ_ids.ids))
        if self.brand_ids:
            wanted.append(Domain("merchant_brand_id", "in", self.brand_ids.ids))
        if self.tag_ids:
            wanted.append(Domain("product_tag_ids", "in", self.tag_ids.ids))
        if self.product_tmpl_ids:
            wanted.append(Domain("id", "in", self.product_tmpl_ids.ids))
        return self.env["product.template"].search(Domain.OR(wanted) if wanted else Domain("sale_ok", "=", True))

    def _rules(self, templates):
        """Fixed prices of the list for these goods that hold when the new ones start."""
        start = self._start()
        return self.env["product.pricelist.item"].search(
            [
                ("pricelist_id", "=", self.pricelist_id.id),
                ("compute_price", "=", "fixed"),
                ("product_tmpl_id", "in", templates.ids),
                "|",
                ("date_start", "=", False),
                ("date_start", "<=", start),
                "|",
                ("date_end", "=", False),
                ("date_end", ">=", start),
            ]
        )

    def _prepare_lines(self):
        templates = self._products()
        rules = self._rules(templates)
        found = [(rule.product_tmpl_id, rule.product_id, rule, rule.min_quantity, rule.fixed_price) for rule in rules]
        if self.is_complete:
            missing = self._without_price(templates, rules)
            prices = self.pricelist_id._get_products_price(missing, 1.0, date=self._start()) if missing else {}
            found += [
                (product.product_tmpl_id, product, self.env["product.pricelist.item"], 0.0, prices[product.id])
                for product in missing
            ]
        return [self._prepare_line(*each) for each in found]

    def _without_price(self, templates, rules):
        """Variants for which no rule holds from the first piece on."""
        first = rules.filtered(lambda rule: rule.min_quantity <= 1 and not rule.merchant_uom_id)
        whole = first.filtered(lambda rule: not rule.product_id).product_tmpl_id
        return (templates - whole).product_variant_ids - first.product_id

    def _prepare_line(self, template, product, rule, quantity, old):
        company = self.pricelist_id.company_id or self.company_id
        goods = (product or template).with_company(company)
        # a markup on cost is worked out for whoever may reprice
        cost = goods.sudo().standard_price
        source = goods.cost_currency_id
        if source and source != self.currency_id:
            cost = source._convert(cost, self.currency_id, company, self._start(), round=False)
        figure, price, cost = Decimal(str(self.figure)), Decimal(str(old)), Decimal(str(cost))
        new = new_price(self.method, figure, price, cost, self.ending or None)
        return {
            "repricing_id": self.id,
            "product_tmpl_id": template.id,
            "product_id": product.id,
            "item_id": rule.id,
            "min_quantity": quantity,
            "old_price": old,
            "new_price": float(new) if new is not None else old,
            "cost": float(cost),
            "note": False if new is not None else self.env._("No cost, or below 0: left as it is"),
        }

    def _changes(self, start):
        """What the revision does: old rules end as the new ones start."""
        changes, made = [], []
        for line in self.line_ids.filtered(lambda line: line.new_price != line.old_price or not line.item_id):
            rule = line.item_id
            if rule and rule.date_start and rule.date_start >= start:
                changes.append((rule, {"fixed_price": line.new_price}))
                continue
            vals = line._prepare_rule(start)
            if rule:
                vals = {**rule._merchant_kept(), **vals, "date_end": rule.date_end}
                changes.append((rule, {"date_end": start - ONE_SECOND}))
            made.append((self.env["product.pricelist.item"], vals))
        return changes + made

    # -- preview ----------------------------------------------------------------------------------------------------

    def _try_out(self):
        """``{"summary", "table"}`` for the “why?” widget: the very prices that the approval would make."""
        start = self._start()
        groups = {"quotations": self._sold([("state", "in", ("draft", "sent"))])}
        month = fields.Datetime.now() - timedelta(days=SALES_DAYS)
        sold = self._sold([("state", "=", "sale"), ("order_id.date_order", ">=", month)])
        elsewhere = sold.filtered(lambda line: line.order_id._merchant_is_priced_elsewhere())
        groups["sales"] = sold - elsewhere
        if elsewhere:
            groups["platforms"] = elsewhere
        old = {name: self._priced(lines, start) for name, lines in groups.items()}
        savepoint = self.env.cr.savepoint()
        try:
            self.env["merchant.price.revision"]._apply(self.name, "repricing", self._changes(start), self.company_id)
            new = {name: self._priced(lines, start) for name, lines in groups.items()}
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all()
        return self._tell_effects({name: self._effect(lines, old[name], new[name]) for name, lines in groups.items()})

    def _sold(self, domain):
        """Lines of these goods whose customers' lists lead to this one."""
        lists = (
            self.env["product.pricelist"]
            .search([])
            .filtered(lambda pricelist: self.pricelist_id.id in [layer.list for layer in pricelist._merchant_chain()])
        )
        return self.env["sale.order.line"].search(
            [
                *domain,
                ("product_template_id", "in", self.line_ids.product_tmpl_id.ids),
                ("order_id.pricelist_id", "in", lists.ids),
                ("company_id", "=", self.company_id.id),
                ("product_uom_qty", ">", 0),
            ]
        )

    def _priced(self, lines, moment):
        """``{line: price}`` at that moment."""
        prices = {}
        for pricelist, own in lines.grouped(lambda line: line.order_id.pricelist_id).items():
            wishes = [Wish(line, line.product_id, line.product_uom_qty, line.product_uom_id) for line in own]
            answers = pricelist._merchant_prices(wishes, currency=self.currency_id, date=moment)
            prices |= {line: price for line, (price, _rule) in answers.items()}
        return prices

    def _effect(self, lines, old, new):
        return effect(
            [
                (
                    line.order_id.partner_id.commercial_partner_id,
                    _exact(line.product_uom_qty),
                    _exact(old[line]),
                    _exact(new[line]),
                    _exact(self._cost_of(line)),
                )
                for line in lines
            ]
        )

    def _cost_of(self, line):
        """What the line's product costs in its unit and this list's currency; a preview is read by who sees costs."""
        product = line.product_id.with_company(self.company_id).sudo()
        cost = product.uom_id._compute_price(product.standard_price, line.product_uom_id)
        source = product.cost_currency_id
        if source and source != self.currency_id:
            cost = source._convert(cost, self.currency_id, self.company_id, self._start(), round=False)
        return cost

    def _tell_effects(self, effects):
        _ = self.env._

        def money(amount):
            return format_amount(self.env, float(amount), self.currency_id)

        names = {
            "quotations": _("Open quotations"),
            "sales": _("Sales of the last %(days)s days", days=SALES_DAYS),
            "platforms": _("Platform orders, if the platforms took these prices"),
        }
        rows, steps = [], []
        for name, found in effects.items():
            old_margin, new_margin = (found[side] - found["cost"] for side in ("old", "new"))
            rows.append([names[name], money(found["old"]), money(found["new"]), money(old_margin), money(new_margin)])
            for partner, amount in sorted(found["gains"].items(), key=lambda each: -each[1])[:TOP]:
                text = _("%(customer)s saves %(amount)s", customer=partner.display_name, amount=money(amount))
                steps.append({"state": "good", "text": text, "detail": names[name]})
            for partner, amount in sorted(found["loses"].items(), key=lambda each: -each[1])[:TOP]:
                text = _("%(customer)s pays %(amount)s more", customer=partner.display_name, amount=money(amount))
                steps.append({"state": "bad", "text": text, "detail": names[name]})
        sales = effects["sales"]
        summary = _(
            "Last month: revenue %(old)s → %(new)s, %(gaining)s customers pay less, %(losing)s pay more",
            old=money(sales["old"]),
            new=money(sales["new"]),
            gaining=len(sales["gains"]),
            losing=len(sales["loses"]),
        )
        columns = ["", _("Revenue Now"), _("Revenue Then"), _("Margin Now"), _("Margin Then")]
        return {"summary": summary, "steps": steps, "table": {"columns": columns, "rows": rows}}


def _exact(number):
    return Decimal(str(number))


class MerchantRepricingLine(models.Model):
    """One price of a repricing."""

    _name = "merchant.repricing.line"
    _description = "Price of a Repricing"
    _order = "id"

    repricing_id = fields.Many2one("merchant.repricing", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="repricing_id.company_id", store=True)
    currency_id = fields.Many2one(related="repricing_id.currency_id")
    state = fields.Selection(related="repricing_id.state")
    product_tmpl_id = fields.Many2one("product.template", string="Product", required=True, ondelete="cascade")
    product_id = fields.Many2one("product.product", string="Variant", ondelete="cascade")
    categ_id = fields.Many2one(related="product_tmpl_id.categ_id", store=True)
    item_id = fields.Many2one("product.pricelist.item", string="Present Rule", ondelete="set null")
    min_quantity = fields.Float("From Quantity", digits="Product Unit")
    old_price = fields.Monetary("Present Price", readonly=True, aggregator="avg")
    new_price = fields.Monetary("New Price", aggregator="avg")
    change = fields.Float("Change (%)", compute="_compute_change", store=True, aggregator="avg", digits=(16, 1))
    cost = fields.Monetary(groups="merchant_price_tier.group_cost", readonly=True, aggregator="avg")
    note = fields.Char(readonly=True)

    _new_price_positive = models.Constraint("CHECK (new_price >= 0)", "A price cannot be negative.")

    def write(self, vals):
        result = super().write(vals)
        if "new_price" in vals:
            self.repricing_id.preview = False  # it was of other prices
        return result

    @api.depends("old_price", "new_price")
    def _compute_change(self):
        for line in self:
            line.change = 100 * (line.new_price / line.old_price - 1) if line.old_price else 0.0

    def _prepare_rule(self, start):
        """Values of the new rule."""
        vals = {
            "pricelist_id": self.repricing_id.pricelist_id.id,
            "compute_price": "fixed",
            "fixed_price": self.new_price,
            "min_quantity": self.min_quantity,
            "date_start": start,
        }
        if not self.item_id:
            kind = "0_product_variant" if self.product_tmpl_id.product_variant_count > 1 else "1_product"
            vals.update(applied_on=kind, product_tmpl_id=self.product_tmpl_id.id)
            if kind == "0_product_variant":
                vals["product_id"] = self.product_id.id
        return vals
