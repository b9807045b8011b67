from collections import defaultdict
from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

DAYS = 14  # on the charts
WEEK = timedelta(days=7)
ORDERS, INBOX = "merchant_channel.merchant_order_action", "merchant_channel.merchant_inbox_action"
DELIVERIES, HOLDS = "merchant_channel.merchant_picking_action", "merchant_channel.merchant_order_hold_action"
OPEN = ("waiting", "confirmed", "assigned")


class MerchantDashboard(models.TransientModel):
    """How the day goes in the shops that the reader may see: figures that lead to their lists, and charts."""

    _name = "merchant.dashboard"
    _description = "Dashboard"

    shop_ids = fields.Many2many("merchant.shop", compute="_compute_shop_ids", string="Shops")
    currency_id = fields.Many2one("res.currency", compute="_compute_shop_ids")
    order_count = fields.Integer("Orders Today", compute="_compute_sales")
    revenue = fields.Monetary("Revenue Today", compute="_compute_sales")
    held_count = fields.Integer("Held", compute="_compute_work", help="In the inbox or on hold: a person has to look.")
    to_ship_count = fields.Integer("To Ship", compute="_compute_work")
    late_count = fields.Integer("Late", compute="_compute_work", help="To ship, and its day is over.")
    short_count = fields.Integer("Out of Stock", compute="_compute_work", help="Deliveries that wait for goods.")
    touch_free = fields.Float(
        "Touch-Free (%)", compute="_compute_quality", help="Of the last 7 days' orders, those that nobody had to mend."
    )
    hours_to_ship = fields.Float(
        "Hours to Ship", compute="_compute_quality", help="From payment to parcel, the middle one of the last 7 days."
    )
    returned = fields.Float(
        "Came Back (%)", compute="_compute_quality", help="Returned parcels for 100 shipped ones, of the last 30 days."
    )
    orders_chart = fields.Json(compute="_compute_charts")
    revenue_chart = fields.Json(compute="_compute_charts")
    shops_chart = fields.Json(compute="_compute_charts")

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_shop_ids(self):
        for board in self:
            board.shop_ids = self.env["merchant.shop"].search([("company_id", "in", self.env.companies.ids)])
            board.currency_id = self.env.company.currency_id

    @api.depends("shop_ids")
    def _compute_sales(self):
        today = self._local_day(fields.Datetime.now())
        for board in self:
            sales = [row for row in board._sales() if row[1] == today]
            board.order_count = sum(orders for _shop, _day, orders, _amount in sales)
            board.revenue = sum(amount for _shop, _day, _orders, amount in sales)

    @api.depends("shop_ids")
    def _compute_work(self):
        for board in self:
            board.held_count = board._count("merchant.inbox", board._held()) + board._count(
                "sale.order", board._on_hold()
            )
            board.to_ship_count = board._count("stock.picking", board._to_ship())
            board.late_count = board._count("stock.picking", board._late())
            board.short_count = board._count("stock.picking", board._short())

    def _count(self, model, domain):
        # sudo: a figure of shops that the reader may see; the list behind it shows him what he may read
        return self.env[model].sudo().search_count(domain)

    @api.depends("shop_ids")
    def _compute_quality(self):
        for board in self:
            board.touch_free, board.hours_to_ship, board.returned = board._quality()

    @api.depends("shop_ids")
    @api.depends_context("lang", "tz")
    def _compute_charts(self):
        today = self._local_day(fields.Datetime.now())
        days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
        labels = [day.strftime("%m-%d") for day in days]
        for board in self:
            orders, amounts, by_shop = defaultdict(int), defaultdict(float), defaultdict(int)
            for shop, day, count, amount in board._sales():
                orders[day] += count
                amounts[day] += float(amount)
                by_shop[shop] += count if day == today else 0
            shops = board.shop_ids._origin.filtered(lambda shop, count=by_shop: count[shop.id])
            board.orders_chart = self._chart(self.env._("Orders"), labels, [orders[day] for day in days])
            board.revenue_chart = self._chart(self.env._("Revenue"), labels, [round(amounts[day], 2) for day in days])
            names = shops.mapped("name")
            board.shops_chart = self._chart(self.env._("Orders Today"), names, [by_shop[shop.id] for shop in shops])

    def _chart(self, label, labels, values):
        return {
            "type": "bar",
            "labels": labels,
            "series": [{"label": label, "values": values}] if any(values) else [],
            "empty": self.env._("No order yet."),
        }

    # -- the figures ------------------------------------------------------------------------------------------------

    def _zone(self):
        return pytz.timezone(self.env.user.tz or "Asia/Shanghai")

    def _local_day(self, moment):
        return pytz.utc.localize(moment).astimezone(self._zone()).date()

    def _midnight(self, days=0):
        """When the reader's today began, or the day so many days before."""
        day = self._local_day(fields.Datetime.now()) - timedelta(days=days)
        return self._zone().localize(datetime.combine(day, time())).astimezone(pytz.utc).replace(tzinfo=None)

    def _sales(self):
        """``[(shop id, day, orders, revenue in the company's currency)]`` of the days on the charts."""
        start = self._midnight(days=DAYS - 1)
        self.env["sale.order"].flush_model()
        return self.env.execute_query(
            SQL(
                """
                SELECT merchant_shop_id, (date_order AT TIME ZONE 'UTC' AT TIME ZONE %s)::date, COUNT(*)::int,
                       SUM(amount_total / COALESCE(NULLIF(currency_rate, 0), 1))::float8
                  FROM sale_order
                 WHERE merchant_shop_id = ANY(%s) AND state != 'cancel' AND date_order >= %s
                 GROUP BY 1, 2
                """,
                self._zone().zone,
                self.shop_ids.ids,
                start,
            )
        )

    def _quality(self):
        """``(share nobody touched, hours from payment to parcel, share that came back)``"""
        self.env.flush_all()
        now = fields.Datetime.now()
        [row] = self.env.execute_query(
            SQL(
                """
                SELECT (SELECT AVG(CASE WHEN EXISTS (
                                   SELECT 1 FROM merchant_inbox inbox WHERE inbox.sale_order_id = so.id
                                      AND (inbox.attempts > 1 OR inbox.accepted IS NOT NULL OR inbox.state = 'held'))
                                 OR so.merchant_hold_code IS NOT NULL THEN 0 ELSE 100 END)::float8
                          FROM sale_order so
                         WHERE so.merchant_shop_id = ANY(%(shops)s) AND so.create_date >= %(week)s),
                       (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY
                                   EXTRACT(EPOCH FROM parcel.date_done - so.platform_paid_at) / 3600)
                          FROM stock_picking parcel JOIN sale_order so ON so.id = parcel.sale_id
                         WHERE parcel.merchant_shop_id = ANY(%(shops)s) AND parcel.state = 'done'
                           AND parcel.return_id IS NULL AND parcel.date_done >= %(week)s),
                       (SELECT 100.0 * COUNT(*) FILTER (WHERE parcel.return_id IS NOT NULL)
                               / NULLIF(COUNT(*) FILTER (WHERE parcel.return_id IS NULL), 0)
                          FROM stock_picking parcel
                         WHERE parcel.merchant_shop_id = ANY(%(shops)s) AND parcel.state = 'done'
                           AND parcel.date_done >= %(month)s)
                """,
                shops=self.shop_ids.ids,
                week=now - WEEK,
                month=now - timedelta(days=30),
            )
        )
        return tuple(float(each or 0) for each in row)

    # -- the lists behind them --------------------------------------------------------------------------------------

    def _held(self):
        return Domain("shop_id", "in", self.shop_ids.ids) & Domain("state", "=", "held")

    def _on_hold(self):
        mine = Domain("merchant_shop_id", "in", self.shop_ids.ids)
        return mine & Domain("merchant_hold_code", "!=", False) & Domain("state", "!=", "cancel")

    def _to_ship(self):
        mine = Domain("merchant_shop_id", "in", self.shop_ids.ids) & Domain("picking_type_code", "=", "outgoing")
        return mine & Domain("state", "in", OPEN)

    def _late(self):
        # Odoo plans a delivery for the very moment its order is confirmed: what is due today is not late yet
        return self._to_ship() & Domain("scheduled_date", "<", self._midnight())

    def _short(self):
        return self._to_ship() & Domain("move_ids.state", "in", ("confirmed", "partially_available"))

    def action_open(self):
        """Open the list behind the clicked figure; its name comes in the context."""
        self.ensure_one()
        lists = {
            "orders": (ORDERS, Domain("merchant_shop_id", "in", self.shop_ids.ids)),
            "held": (INBOX, self._held()),
            "on_hold": (HOLDS, self._on_hold()),
            "to_ship": (DELIVERIES, self._to_ship()),
            "late": (DELIVERIES, self._late()),
            "short": (DELIVERIES, self._short()),
        }
        name = self.env.context["merchant_list"]
        if name == "held" and not self._count("merchant.inbox", self._held()):
            name = "on_hold"
        action, domain = lists[name]
        return {**self.env["ir.actions.act_window"]._for_xml_id(action), "domain": list(domain), "context": {}}

    @api.model
    def action_show(self):
        """The board of now."""
        action = self.env["ir.actions.act_window"]._for_xml_id("merchant_channel.merchant_dashboard_action")
        return {**action, "res_id": self.create({}).id}

    @api.depends_context("lang")
    def _compute_display_name(self):
        self.display_name = self.env._("Dashboard")
