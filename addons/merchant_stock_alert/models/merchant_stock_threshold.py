from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..core.line import DEFAULT_LEAD, Rule, safety_factor
from ..core.scope import Scope, path_ids

KINDS = [
    ("low", "Low stock"),
    ("over", "Too much"),
    ("slow", "Not moving"),
    ("expiring", "Expiring soon"),
    ("negative", "Negative stock"),
]


class MerchantStockThreshold(models.Model):
    """A line that stock must not cross, and where it applies: the narrowest scope wins."""

    _name = "merchant.stock.threshold"
    _description = "Stock Threshold"
    _order = "kind, product_id, categ_id, warehouse_id, abc, xyz, id"
    _check_company_auto = True

    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    kind = fields.Selection(KINDS, required=True, default="low")
    product_id = fields.Many2one(
        "product.product",
        check_company=True,
        index=True,
        ondelete="cascade",
        domain="[('is_storable', '=', True)]",
        help="Empty: every product of the category, the warehouse or the company.",
    )
    categ_id = fields.Many2one(
        "product.category", string="Category", index=True, ondelete="cascade", help="With all categories below it."
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse", check_company=True, index=True, ondelete="cascade", help="Empty: in every warehouse."
    )
    abc = fields.Selection([("A", "A"), ("B", "B"), ("C", "C")], string="ABC", help="Only products of this class.")
    xyz = fields.Selection([("X", "X"), ("Y", "Y"), ("Z", "Z")], string="XYZ", help="Only products of this class.")
    method = fields.Selection(
        [("quantity", "Quantity"), ("days", "Days of cover"), ("reorder", "Reorder point")],
        required=True,
        default="days",
        help="Quantity: units. Days of cover: stock with receipts in time, over average daily sales. "
        "Reorder point: sales during the lead time plus a safety stock for the wanted service level, "
        "held against stock with receipts in time.",
    )
    quantity = fields.Float(digits="Product Unit", help="At or below it the alert opens; for “too much”: above it.")
    with_incoming = fields.Boolean("Count Receipts in Time")
    days = fields.Float("Days", digits=(16, 1), default=7)
    service = fields.Float(
        "Service Level", digits=(16, 4), default=0.95, help="Share of lead times that pass without selling out."
    )
    factor = fields.Float(compute="_compute_factor", store=True, digits=(16, 4))
    lead = fields.Float(
        "Lead Time (days)", digits=(16, 1), default=DEFAULT_LEAD, help="Used where neither receipts nor suppliers tell."
    )
    leave = fields.Float(
        "Leave Higher by",
        digits=(16, 2),
        default=0.2,
        help="The alert closes when the line is passed by this share (a quantity: by one piece at least), so that it "
        "does not open and close with every parcel.",
    )
    scope = fields.Char(compute="_compute_scope", help="Where it applies.")
    position_count = fields.Integer(compute="_compute_position_count", string="Applies to")

    # a kind that another addon adds has a scope of its own
    _scope_uniq = models.UniqueIndex(
        "(company_id, kind, COALESCE(product_id, 0), COALESCE(categ_id, 0), COALESCE(warehouse_id, 0),"
        " COALESCE(abc, ''), COALESCE(xyz, ''))"
        " WHERE active IS TRUE AND kind IN ('low', 'over', 'slow', 'expiring', 'negative')",
        "There is such a threshold for the same goods already: change that one.",
    )
    # those without a product are read with every evaluation
    _general_idx = models.Index("(company_id) WHERE product_id IS NULL")
    _positive = models.Constraint(
        "CHECK (quantity >= 0 AND days >= 0 AND lead >= 0 AND leave >= 0 AND leave < 10)",
        "Quantities, days and shares cannot be below zero.",
    )
    _service_range = models.Constraint(
        "CHECK (service >= 0.5 AND service < 1)", "The service level lies between 50 % and 99.99 %."
    )

    @api.depends("service")
    def _compute_factor(self):
        for threshold in self:
            threshold.factor = safety_factor(threshold.service)

    @api.depends("product_id", "categ_id", "warehouse_id", "abc", "xyz")
    def _compute_scope(self):
        for threshold in self:
            parts = [
                threshold.product_id.display_name,
                threshold.categ_id.display_name,
                threshold.warehouse_id.name,
                (threshold.abc or "") + (threshold.xyz or ""),
            ]
            threshold.scope = " · ".join(filter(None, parts)) or self.env._("Whole company")

    @api.depends("kind", "scope")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for threshold in self:
            threshold.display_name = f"{kinds.get(threshold.kind, '')}: {threshold._line_text()} ({threshold.scope})"

    def _line_text(self):
        """The line in words: “7 days”, “5 pieces”, “95 %”."""
        self.ensure_one()
        _ = self.env._
        if self.kind == "negative":
            return _("below zero")
        if self.kind in ("slow", "expiring") or self.method == "days":
            return _("%(days)g days", days=self.days)
        if self.method == "reorder" and self.kind == "low":
            return _("%(service)g %% service", service=round(self.service * 100, 2))
        return _("%(units)g units", units=self.quantity)

    def _compute_position_count(self):
        counts = {}
        for kind, thresholds in self.grouped("kind").items():
            name = f"{kind}_rule_id"
            positions = self.env["merchant.stock.position"]
            counts |= dict(positions._read_group(Domain(name, "in", thresholds.ids), [name], ["__count"]))
        for threshold in self:
            threshold.position_count = counts.get(threshold, 0)

    @api.constrains("product_id", "categ_id", "abc", "xyz", "kind", "method")
    def _check_scope(self):
        for threshold in self:
            if threshold.product_id and (threshold.categ_id or threshold.abc or threshold.xyz):
                raise ValidationError(self.env._("A threshold for one product has neither a category nor a class."))
            if threshold.kind == "over" and threshold.method == "reorder":
                raise ValidationError(self.env._("“Too much” is a quantity or days of cover."))

    @api.model_create_multi
    def create(self, vals_list):
        thresholds = super().create(vals_list)
        thresholds._mark()
        return thresholds

    def write(self, vals):
        self._mark()
        result = super().write(vals)
        self._mark()
        return result

    def unlink(self):
        self._mark()
        return super().unlink()

    def _mark(self):
        """Have everything looked at again to which these apply or applied."""
        pairs = set()
        for threshold in self:
            product, warehouse = threshold.product_id.id or None, threshold.warehouse_id.id or None
            warehouses = [warehouse] if product or warehouse else threshold._company_warehouses().ids
            pairs |= {(product, each) for each in warehouses}
        self.env["merchant.stock.mark"]._mark(pairs)

    def _company_warehouses(self):
        # marks say nothing but that something is to be counted
        return self.env["stock.warehouse"].sudo().search([("company_id", "in", self.company_id.ids)])

    @api.model
    def _scopes(self, company):
        """``{kind: [core Scope]}`` of the thresholds without a product."""
        rows = self.env.execute_query(
            SQL(
                "SELECT t.kind, t.id, t.warehouse_id, t.categ_id, t.abc, t.xyz, c.parent_path"
                " FROM merchant_stock_threshold t LEFT JOIN product_category c ON c.id = t.categ_id"
                " WHERE t.company_id = %s AND t.product_id IS NULL AND t.active",
                company.id,
            )
        )
        found = {}
        for kind, ident, warehouse, category, abc, xyz, path in rows:
            scope = Scope(
                ident, False, warehouse or False, category or False, len(path_ids(path)), abc or False, xyz or False
            )
            found.setdefault(kind, []).append(scope)
        return found

    def _to_core(self):
        self.ensure_one()
        return Rule(
            self.method,
            self.quantity,
            self.days,
            self.service,
            self.leave,
            self.lead or DEFAULT_LEAD,
            self.with_incoming,
        )

    @api.model
    def _action_add(self, product, company, **values):
        """The form of the line for just this product and these values: the one there is, or a new one."""
        values = {"kind": "low", **values, "product_id": product.id, "company_id": company.id}
        scope = [(name, "=", values.get(name, False)) for name in self._own_scope()]
        return {
            "res_id": self.search(scope, limit=1).id,
            "type": "ir.actions.act_window",
            "name": self.env._("Threshold"),
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": {f"default_{name}": value for name, value in values.items()},
        }

    @api.model
    def _own_scope(self):
        """Names of the fields that tell a product's own lines apart."""
        return ("company_id", "kind", "product_id", "warehouse_id")

    def action_view_positions(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("merchant_stock_alert.merchant_stock_position_action"),
            "domain": [(f"{self.kind}_rule_id", "=", self.id)],
            "context": {},
        }
