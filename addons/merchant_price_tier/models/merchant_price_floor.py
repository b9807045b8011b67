from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..core.floor import Floor, judge

MARGIN_LIMIT = 100


class MerchantPriceFloor(models.Model):
    """The lowest price that goods may be sold at, and what happens below it."""

    _name = "merchant.price.floor"
    _description = "Price Floor"
    _order = "company_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True, readonly=False, required=True, precompute=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related="company_id.currency_id")
    tier_id = fields.Many2one(
        "merchant.price.tier", string="Tier", check_company=True, ondelete="cascade", help="Empty: for every customer."
    )
    product_tmpl_id = fields.Many2one("product.template", string="Product", check_company=True, ondelete="cascade")
    categ_id = fields.Many2one("product.category", string="Category", ondelete="cascade")
    kind = fields.Selection(
        [("amount", "Amount per unit"), ("cost", "Percent of cost"), ("margin", "Margin in percent of the price")],
        required=True,
        default="margin",
    )
    figure = fields.Float(
        required=True,
        digits=(16, 2),
        help="In the company's currency without tax; 110 percent of cost means a tenth above it.",
    )
    action = fields.Selection(
        [("warn", "Warn"), ("ask", "Ask for approval"), ("block", "Block")],
        string="Below It",
        required=True,
        default="ask",
    )

    _figure_positive = models.Constraint("CHECK (figure > 0)", "A floor needs a figure above 0.")
    _one_scope = models.Constraint(
        "CHECK (product_tmpl_id IS NULL OR categ_id IS NULL)", "A floor is for a product or for a category, not both."
    )
    _scope_uniq = models.UniqueIndex(
        "(company_id, COALESCE(tier_id, 0), COALESCE(product_tmpl_id, 0), COALESCE(categ_id, 0)) WHERE active",
        "There is a floor for these goods and this tier already: change that one.",
    )

    @api.depends("product_tmpl_id", "categ_id", "tier_id")
    def _compute_name(self):
        for floor in self:
            goods = floor.product_tmpl_id.name or floor.categ_id.display_name or self.env._("All products")
            floor.name = f"{goods} · {floor.tier_id.name}" if floor.tier_id else goods

    @api.constrains("kind", "figure")
    def _check_figure(self):
        for floor in self:
            if floor.kind == "margin" and floor.figure >= MARGIN_LIMIT:
                raise ValidationError(
                    self.env._("A margin of 100 % or more of the price cannot be reached: enter less than 100.")
                )

    def _core(self):
        self.ensure_one()
        if self.product_tmpl_id:
            scope, depth = 0, 0
        else:
            scope = 1 if self.categ_id else 2
            depth = (self.categ_id.parent_path or "").count("/")
        return Floor(self.id, self.kind, Decimal(str(self.figure)), self.action, scope, depth, bool(self.tier_id))

    @api.model
    def _judge(self, company, cases):
        """Judge many net prices at once.

        :param cases: ``[(key, product, tier, net, cost)]``; prices are Decimals per product unit without tax, in the
            company's currency
        :return: ``{key: Verdict or None}``
        """
        # everybody's prices are judged, also by users who may not read floors
        floors = self.sudo().search([("company_id", "=", company.id)])
        core = [(floor, floor._core()) for floor in floors]
        return {
            key: judge([each for floor, each in core if floor._is_about(product.sudo(), tier)], net, cost)
            for key, product, tier, net, cost in cases
        }

    def _is_about(self, product, tier):
        if self.tier_id and self.tier_id != tier:
            return False
        if self.product_tmpl_id:
            return self.product_tmpl_id == product.product_tmpl_id
        if self.categ_id:
            return bool(product.categ_id) and product.categ_id.parent_path.startswith(self.categ_id.parent_path)
        return True
