from odoo import api, fields, models

from ..core import order
from ..core.line import DEFAULT_LEAD, Position

REVIEW = 14  # days that a purchase or transfer should last beyond the lead time
KEEP = 30  # days of its own sales that a warehouse keeps when it gives away
MONEY = "merchant_base.group_buyer,merchant_base.group_finance,merchant_base.group_auditor"  # who sees what it cost
LEVELS = ("low", "over", "slow", "expiring", "negative")
STATES = [
    ("negative", "Negative"),
    ("out", "Sold out"),
    ("late", "Runs out too soon"),
    ("low", "Low"),
    ("expiring", "Expiring"),
    ("over", "Too much"),
    ("slow", "Not moving"),
    ("ok", "Fine"),
]


class Cover(fields.Float):
    """Days; in a sheet, too, empty where nothing sells: 0 would be sold out."""

    def convert_to_export(self, value, record):
        return super().convert_to_export(value, record) if record.daily else ""


class MerchantStockPosition(models.Model):
    """One product in one warehouse: what is there, how fast it goes, which lines apply and how it stands.

    Written by the evaluation alone (``merchant.stock.figures`` and ``merchant.stock.judge``), in SQL; screens and
    scripts read it.
    """

    _name = "merchant.stock.position"
    _description = "Stock Watch"
    _log_access = False
    _order = "level desc, money_per_day desc, days_cover, id"
    _rec_names_search = ["product_id"]

    active = fields.Boolean(default=True, readonly=True, help="Off: archived, no longer stored, or a kit.")
    product_id = fields.Many2one("product.product", required=True, readonly=True, ondelete="cascade")
    warehouse_id = fields.Many2one("stock.warehouse", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade", index=True)
    categ_id = fields.Many2one("product.category", readonly=True, string="Category")
    supplier_id = fields.Many2one("res.partner", readonly=True, string="Supplier")
    uom_id = fields.Many2one(related="product_id.uom_id")
    currency_id = fields.Many2one(related="company_id.currency_id")

    on_hand = fields.Float(digits="Product Unit", readonly=True)
    reserved = fields.Float(digits="Product Unit", readonly=True)
    free = fields.Float(
        digits="Product Unit", readonly=True, help="On hand and not reserved, as in Odoo's own reports."
    )
    outgoing = fields.Float(
        "Ordered by Customers", digits="Product Unit", readonly=True, help="What open deliveries still have to take."
    )
    available = fields.Float(
        digits="Product Unit",
        readonly=True,
        help="On hand minus everything that open orders wait for, reserved or not. Below zero: orders wait for more "
        "than there is.",
    )
    incoming = fields.Float(digits="Product Unit", readonly=True, help="Open receipts and transfers on their way here.")
    counted = fields.Float(
        "With Receipts in Time",
        digits="Product Unit",
        readonly=True,
        help="Available plus the receipts that are expected before it would run out.",
    )
    negative = fields.Float(digits="Product Unit", readonly=True, help="Sum of the locations that are below zero.")
    expiring = fields.Float(digits="Product Unit", readonly=True, help="On hand in lots that expire soon.")
    next_receipt = fields.Date(readonly=True)

    daily = fields.Float("Sales per Day", digits=(16, 4), readonly=True)
    deviation = fields.Float("Spread of a Day", digits=(16, 4), readonly=True)
    sold = fields.Float("Sold in the Window", digits="Product Unit", readonly=True)
    counted_days = fields.Integer(readonly=True, help="Days of the window on which there was something to sell.")
    out_days = fields.Integer("Days Sold Out", readonly=True, help="Days left out because there was nothing to sell.")
    first_day = fields.Date(readonly=True)
    last_sale = fields.Date(readonly=True)
    idle_days = fields.Integer("Days without a Sale", readonly=True)
    demand_day = fields.Date("Average of", readonly=True)

    lead_days = fields.Float("Lead Time (days)", digits=(16, 2), readonly=True)
    lead_deviation = fields.Float("Spread of the Lead Time", digits=(16, 2), readonly=True)
    lead_source = fields.Selection(
        [("history", "Past receipts"), ("supplier", "Supplier's price list"), ("none", "Not known")],
        readonly=True,
        help="Not known: the threshold's own lead time is used.",
    )
    abc = fields.Selection([("A", "A"), ("B", "B"), ("C", "C")], readonly=True, string="ABC")
    xyz = fields.Selection([("X", "X"), ("Y", "Y"), ("Z", "Z")], readonly=True, string="XYZ")
    price = fields.Monetary("Sales Price", readonly=True, help="List price of the variant, in the company's currency.")
    cost = fields.Float(digits=(16, 4), readonly=True, groups=MONEY)

    low_rule_id = fields.Many2one("merchant.stock.threshold", readonly=True, string="Low: Threshold")
    over_rule_id = fields.Many2one("merchant.stock.threshold", readonly=True, string="Too Much: Threshold")
    slow_rule_id = fields.Many2one("merchant.stock.threshold", readonly=True, string="Not Moving: Threshold")
    expiring_rule_id = fields.Many2one("merchant.stock.threshold", readonly=True, string="Expiring: Threshold")
    negative_rule_id = fields.Many2one("merchant.stock.threshold", readonly=True, string="Negative: Threshold")
    low_line = fields.Float("Line", digits=(16, 2), readonly=True, help="At or below it the alert opens.")
    low_leave = fields.Float("Line to Leave", digits=(16, 2), readonly=True, help="At or above it the alert closes.")
    low_measure = fields.Float("Held against the Line", digits=(16, 2), readonly=True)
    over_line = fields.Float("Too Much above", digits=(16, 2), readonly=True)
    low_level = fields.Integer(readonly=True)
    over_level = fields.Integer(readonly=True)
    slow_level = fields.Integer(readonly=True)
    expiring_level = fields.Integer(readonly=True)
    negative_level = fields.Integer(readonly=True)

    level = fields.Integer(readonly=True, help="The worst of its alerts: 0 fine, 1 notice, 2 warning, 3 critical.")
    state = fields.Selection(STATES, default="ok", readonly=True)
    days_cover = Cover(
        "Days of Cover", digits=(16, 1), readonly=True, aggregator="avg", help="Empty when nothing sells."
    )
    runout_date = fields.Date("Runs out on", readonly=True)
    orders_at_risk = fields.Integer(
        readonly=True, help="Open deliveries that cannot be served from what is on hand, first come first served."
    )
    money_per_day = fields.Monetary(
        "Money a Day",
        readonly=True,
        help="Average sales of a day at the list price: what a day without stock costs.",
    )
    stock_value = fields.Monetary(
        "Money in Stock",
        readonly=True,
        groups=MONEY,
        help="On hand at cost.",
    )
    evaluated_at = fields.Datetime(readonly=True)

    alert_ids = fields.One2many("merchant.stock.alert", "position_id", domain=[("state", "!=", "closed")])
    why = fields.Json(compute="_compute_why", string="Why?", exportable=False)
    demand_why = fields.Json(compute="_compute_demand_why", string="Sales per Day: From Which Days", exportable=False)
    chart = fields.Json(compute="_compute_chart", string="Past and Future Stock", exportable=False)

    advice = fields.Char(compute="_compute_advice", string="Proposed", help="What to do about it, if anything.")

    _pair_uniq = models.Constraint(
        "UNIQUE (product_id, warehouse_id)", "This product is watched in that warehouse already."
    )
    _level_idx = models.Index("(company_id, level) WHERE level > 0")

    @api.depends("product_id", "warehouse_id")
    def _compute_display_name(self):
        for position in self:
            position.display_name = f"{position.product_id.display_name} · {position.warehouse_id.name}"

    def _compute_why(self):
        for position, why in zip(self, self.env["merchant.stock.explain"]._whys(self), strict=True):
            position.why = why

    def _compute_demand_why(self):
        for position, why in zip(self, self.env["merchant.stock.explain"]._demand_whys(self), strict=True):
            position.demand_why = why

    def _compute_chart(self):
        for position, chart in zip(self, self.env["merchant.stock.explain"]._charts(self), strict=True):
            position.chart = chart

    @api.depends_context("lang")
    def _compute_advice(self):
        for position, advice in zip(self, self.env["merchant.stock.advice"]._advices(self), strict=True):
            position.advice = advice

    def _needed(self, days=REVIEW):
        """Units up to its line and what sells until the next order has arrived, less what is on its way.

        To the hundredth that is shown: an average of 85.7143 a day must not buy one piece too many.
        """
        self.ensure_one()
        lead = self.lead_days or self.low_rule_id.lead or DEFAULT_LEAD
        wanted = max(order.target(self.low_line, self.daily, lead, days), self.low_leave)
        return max(0.0, round(wanted - self.available - self.incoming, 2))

    def _to_spare(self):
        """Whole units that the warehouse can give away."""
        self.ensure_one()
        return float(int(order.surplus(self.available, self.daily, KEEP, self.low_leave)))

    def _to_core(self):
        """The position as ``core.line`` sees it."""
        self.ensure_one()
        return Position(
            self.on_hand,
            self.available,
            self.counted,
            self.incoming,
            self.outgoing,
            self.daily,
            self.deviation,
            self.lead_days,
            self.lead_deviation,
        )

    def _open_alert(self):
        """The most urgent open alert of each."""
        return self.env["merchant.stock.alert"].union(*(position.alert_ids[:1] for position in self))

    def _waiting_pickings(self):
        """Deliveries that wait for these."""
        moves = self.env["stock.move"].search(
            [
                ("product_id", "in", self.product_id.ids),
                ("location_id.warehouse_id", "in", self.warehouse_id.ids),
                ("location_dest_id.usage", "=", "customer"),
                ("state", "in", ("waiting", "confirmed", "partially_available")),
            ]
        )
        return moves.picking_id

    def action_transfer(self):
        return self.env["merchant.stock.answer"]._ask(self, "transfer")

    def action_purchase(self):
        return self.env["merchant.stock.answer"]._ask(self, "purchase")

    def action_view_days(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("merchant_stock_alert.merchant_stock_day_action"),
            "domain": [("product_id", "=", self.product_id.id), ("warehouse_id", "=", self.warehouse_id.id)],
            "context": {},
        }

    def action_view_moves(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("stock.stock_move_line_action"),
            "domain": [
                ("product_id", "=", self.product_id.id),
                "|",
                ("location_id.warehouse_id", "=", self.warehouse_id.id),
                ("location_dest_id.warehouse_id", "=", self.warehouse_id.id),
            ],
            "context": {"search_default_done": 1},
        }

    def action_view_product(self):
        """The screen of this SKU: every warehouse, alerts and last movements."""
        self.ensure_one()
        return self.product_id._action_stock_screen()

    def action_add_threshold(self):
        """A threshold for just this product in this warehouse."""
        self.ensure_one()
        return self.env["merchant.stock.threshold"]._action_add(
            self.product_id, self.company_id, warehouse_id=self.warehouse_id.id
        )

    def action_evaluate(self):
        """Count these again now."""
        self.check_access("read")
        marks = self.env["merchant.stock.mark"].sudo()  # evaluating writes figures that nobody else may write
        for company, positions in self.grouped("company_id").items():
            marks._evaluate_pairs(
                company.sudo(), {(each.product_id.id, each.warehouse_id.id): None for each in positions}
            )
        return True
