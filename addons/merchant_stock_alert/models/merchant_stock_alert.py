from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_amount, format_date

from .merchant_stock_position import LEVELS, Cover
from .merchant_stock_threshold import KINDS

OPEN_STATES = ("open", "taken", "snoozed")
MOST_TOLD = 500  # of one evaluation
FOLLOWED = ("severity", "runout_date", "days_cover", "orders_at_risk", "money_per_day", "measure", "line")


class MerchantStockAlert(models.Model):
    """A line that was crossed: opened once, kept until the stock is back, its history with it.

    Opened, updated and closed by the evaluation; people take it up, snooze it, hand it on and act.
    """

    _name = "merchant.stock.alert"
    _description = "Stock Alert"
    _inherit = ["merchant.notice.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "severity_rank desc, money_per_day desc, id desc"
    _mail_post_access = "read"

    position_id = fields.Many2one(
        "merchant.stock.position", required=True, readonly=True, ondelete="cascade", index=True
    )
    product_id = fields.Many2one("product.product", required=True, readonly=True, ondelete="cascade", index=True)
    warehouse_id = fields.Many2one("stock.warehouse", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade", index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    categ_id = fields.Many2one("product.category", readonly=True, string="Category")
    supplier_id = fields.Many2one("res.partner", readonly=True, string="Supplier")
    image_128 = fields.Image(related="product_id.image_128")
    kind = fields.Selection(KINDS, required=True, readonly=True)
    severity = fields.Selection(
        [("info", "Notice"), ("warning", "Warning"), ("critical", "Critical")],
        required=True,
        readonly=True,
        help="Critical: nothing left to sell while customers want it, or negative. Warning: a purchase made today "
        "comes too late, or goods expire. Notice: time to act.",
    )
    severity_rank = fields.Integer(readonly=True)
    state = fields.Selection(
        [("open", "Open"), ("taken", "Taken up"), ("snoozed", "Snoozed"), ("closed", "Closed")],
        default="open",
        required=True,
        readonly=True,
        tracking=True,
        group_expand=True,
    )
    user_id = fields.Many2one(
        "res.users",
        "In the Hands of",
        tracking=True,
        index="btree_not_null",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    opened_at = fields.Datetime(readonly=True)
    taken_at = fields.Datetime(readonly=True)
    closed_at = fields.Datetime(readonly=True)
    escalated_at = fields.Datetime(readonly=True, tracking=True)
    snooze_until = fields.Date("Snoozed until", readonly=True, tracking=True)
    hours_open = fields.Float("Hours Open", compute="_compute_hours_open")
    outcome = fields.Selection(
        [
            ("purchase", "Purchased"),
            ("transfer", "Transferred"),
            ("substitute", "Substitute offered"),
            ("none", "By itself"),
        ],
        readonly=True,
        tracking=True,
        help="What was done about it.",
    )
    told = fields.Integer(readonly=True, help="How often people were told: when it opened, woke up or was escalated.")

    measure = fields.Float("Stood at", digits=(16, 2), readonly=True)
    line = fields.Float(digits=(16, 2), readonly=True)
    runout_date = fields.Date("Runs out on", readonly=True)
    days_cover = Cover("Days of Cover", digits=(16, 1), readonly=True, aggregator="avg")
    orders_at_risk = fields.Integer(readonly=True)
    money_per_day = fields.Monetary("Money a Day", readonly=True)
    daily = fields.Float(related="position_id.daily")
    on_hand = fields.Float(related="position_id.on_hand")
    available = fields.Float(related="position_id.available")
    incoming = fields.Float(related="position_id.incoming")
    next_receipt = fields.Date(related="position_id.next_receipt")
    why = fields.Json(related="position_id.why", exportable=False)
    demand_why = fields.Json(related="position_id.demand_why", exportable=False)
    chart = fields.Json(related="position_id.chart", exportable=False)
    advice = fields.Char(related="position_id.advice")
    summary = fields.Char(compute="_compute_summary", help="The alert in one sentence.")

    # a kind that another addon adds has a rule of its own
    _open_uniq = models.UniqueIndex(
        "(product_id, warehouse_id, kind)"
        " WHERE state != 'closed' AND kind IN ('low', 'over', 'slow', 'expiring', 'negative')",
        "This product has such an alert open in this warehouse already.",
    )

    # -- shown ----------------------------------------------------------------------------------------------------

    @api.depends("product_id", "warehouse_id", "kind")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for alert in self:
            alert.display_name = (
                f"{kinds.get(alert.kind, '')} · {alert.product_id.display_name} · {alert.warehouse_id.name}"
            )

    def _compute_hours_open(self):
        now = fields.Datetime.now()
        for alert in self:
            seconds = ((alert.closed_at or now) - (alert.opened_at or now)).total_seconds()
            alert.hours_open = seconds / 3600

    @api.depends_context("lang")
    @api.depends("kind", "state", "severity", "measure", "line", "runout_date", "orders_at_risk", "money_per_day")
    def _compute_summary(self):
        for alert in self:
            alert.summary = alert._summary()

    def _summary(self):
        self.ensure_one()
        _, here = self.env._, self.position_id
        if self.state == "closed":
            return self._closed_summary()
        if self.kind == "negative":
            return _("%(units)g units below zero: count the goods.", units=-here.negative)
        if self.kind == "expiring":
            return _("%(units)g units expire soon.", units=here.expiring)
        if self.kind == "over":
            return _("%(units)g units, more than %(line)g.", units=here.available, line=here.over_line)
        if self.kind == "slow":
            return _("%(units)g units, nothing sold for %(days)s days.", units=here.on_hand, days=here.idle_days)
        return self._low_summary(here)

    def _closed_summary(self):
        """How it last stood: the position has moved on since."""
        _ = self.env._
        if self.kind == "slow":
            return _("Nothing had sold for %(days)g days.", days=self.measure)
        if self.kind in ("expiring", "negative"):
            return _("It was about %(units)g units.", units=self.measure)
        return _("Last stood at %(measure)g, the line was %(line)g.", measure=self.measure, line=self.line)

    def _low_summary(self, here):
        _ = self.env._
        parts = [_("%(units)g available", units=here.available)]
        if here.available <= 0:
            parts = [_("sold out")]
        elif self.runout_date:
            parts.append(_("runs out on %(day)s", day=format_date(self.env, self.runout_date)))
        if self.orders_at_risk:
            parts.append(_("%(orders)s orders at risk", orders=self.orders_at_risk))
        if self.money_per_day:
            money = format_amount(self.env, self.money_per_day, self.currency_id)
            parts.append(_("%(money)s a day at risk", money=money))
        return " · ".join(parts)

    # -- kept in step with the positions --------------------------------------------------------------------------

    @api.model
    def _sync(self, company, ids, changed):
        """Open, update and close alerts so that they say what the positions' levels say, set-based.

        :param ids: positions of the company; None for all of them
        :param changed: those of them about which something is new
        """
        opened = self._open_missing(company, ids)
        worse = self._update_open(company, changed) if changed else []
        closed = self._close_gone(company, ids)
        self.invalidate_model()
        self.browse(opened)._tell_people()
        self.browse(worse)._tell_worse()
        if closed:
            self._closed(closed)

    def _levels(self, company, ids):
        """SQL: what should be open: position, kind, level and figures."""
        values = SQL(", ").join(
            SQL(
                "(%(kind)s, p.%(level)s, %(measure)s, %(line)s)",
                kind=kind,
                level=SQL.identifier(f"{kind}_level"),
                measure=SQL(measure),
                line=SQL(line),
            )
            for kind, (measure, line) in zip(
                LEVELS,
                (
                    ("p.low_measure", "p.low_line"),
                    ("p.available", "p.over_line"),
                    ("p.idle_days::numeric", "0"),
                    ("p.expiring", "0"),
                    ("p.negative", "0"),
                ),
                strict=True,
            )
        )
        return SQL(
            """
            SELECT p.id AS position_id, p.product_id, p.warehouse_id, p.company_id, p.categ_id, p.supplier_id, k.kind,
                   k.level AS severity_rank, (ARRAY['info', 'warning', 'critical'])[k.level] AS severity,
                   ROUND(k.measure, 2) AS measure, ROUND(k.line, 2) AS line, p.runout_date, p.days_cover,
                   p.orders_at_risk, p.money_per_day
              FROM merchant_stock_position p
             CROSS JOIN LATERAL (VALUES %(values)s) AS k(kind, level, measure, line)
             WHERE p.company_id = %(company)s AND p.level > 0 AND k.level > 0 AND %(among)s
            """,
            values=values,
            company=company.id,
            among=self.env["merchant.stock.figures"]._among(ids),
        )

    def _open_missing(self, company, ids):
        """:return: ids of the new alerts"""
        self.env["merchant.stock.figures"]._execute(
            SQL(
                """
                INSERT INTO merchant_stock_alert
                       (position_id, product_id, warehouse_id, company_id, categ_id, supplier_id, kind, severity_rank,
                        severity, measure, line, runout_date, days_cover, orders_at_risk, money_per_day, state,
                        opened_at, told, create_uid, write_uid, create_date, write_date)
                SELECT s.position_id, s.product_id, s.warehouse_id, s.company_id, s.categ_id, s.supplier_id, s.kind,
                       s.severity_rank, s.severity, s.measure, s.line, s.runout_date, s.days_cover, s.orders_at_risk,
                       s.money_per_day, 'open', x.now, 0, %(user)s, %(user)s, x.now, x.now
                  FROM (%(levels)s) s CROSS JOIN (SELECT now() AT TIME ZONE 'UTC' AS now) x
                 WHERE NOT EXISTS (SELECT 1 FROM merchant_stock_alert a WHERE a.product_id = s.product_id
                                      AND a.warehouse_id = s.warehouse_id AND a.kind = s.kind AND a.state != 'closed')
                 ORDER BY s.product_id, s.warehouse_id, s.kind
                RETURNING id
                """,
                user=self.env.uid,
                levels=self._levels(company, ids),
            ),
            ids,
        )
        return [ident for (ident,) in self.env.cr.fetchall()]

    def _update_open(self, company, ids):
        """:return: ids of the alerts that got worse"""
        columns = [SQL.identifier(name) for name in (*FOLLOWED, "severity_rank", "categ_id", "supplier_id")]
        new = SQL(", ").join(SQL("s.%s", column) for column in columns)
        self.env["merchant.stock.figures"]._execute(
            SQL(
                "UPDATE merchant_stock_alert AS a SET (%(columns)s) = ROW(%(new)s)"
                " FROM (%(levels)s) s JOIN merchant_stock_alert was"
                " ON was.position_id = s.position_id AND was.kind = s.kind AND was.state != 'closed'"
                " WHERE a.id = was.id AND (%(old)s) IS DISTINCT FROM (%(new)s) RETURNING a.id, %(worse)s",
                columns=SQL(", ").join(columns),
                new=new,
                old=SQL(", ").join(SQL("a.%s", column) for column in columns),
                levels=self._levels(company, ids),
                worse=self._worse(),
            ),
            ids,
        )
        return [ident for ident, worse in self.env.cr.fetchall() if worse]

    def _worse(self):
        """SQL: whether ``was``, which becomes ``a``, gets worse; the snoozed are left in peace."""
        return SQL("a.severity_rank > was.severity_rank AND a.state != 'snoozed'")

    def _close_gone(self, company, ids):
        """:return: ids of the alerts whose stock is fine again"""
        level = SQL(
            "CASE a.kind %s END",
            SQL(" ").join(SQL("WHEN %s THEN p.%s", k, SQL.identifier(f"{k}_level")) for k in LEVELS),
        )
        figures = self.env["merchant.stock.figures"]
        figures._execute(
            SQL(
                "UPDATE merchant_stock_alert AS a SET state = 'closed', closed_at = now() AT TIME ZONE 'UTC',"
                " outcome = COALESCE(a.outcome, 'none'), snooze_until = NULL"
                " FROM merchant_stock_position p WHERE p.id = a.position_id AND a.company_id = %s"
                " AND a.state != 'closed' AND %s = 0 AND %s RETURNING a.id",
                company.id,
                level,
                figures._among(ids, "a.position_id"),
            ),
            ids,
        )
        return [ident for (ident,) in self.env.cr.fetchall()]

    @api.model
    def _closed(self, ids):
        """What ends with alerts that closed: nobody is asked to mend what mended itself."""
        # the activities' owners did nothing wrong by not ticking them
        domain = Domain("res_model", "=", self._name) & Domain("res_id", "in", ids)
        self.env["mail.activity"].sudo().search(domain).unlink()
        self.browse(ids)._untell()

    # -- telling --------------------------------------------------------------------------------------------------

    def _tell_people(self):
        """Hand the alerts to the notification channels; each is told once until something new happens to it.

        After a change of a company-wide threshold thousands may open together: the worst are told, the board has all.
        """
        worst = self._worst()
        if worst:
            self.env.cr.execute(SQL("UPDATE merchant_stock_alert SET told = told + 1 WHERE id = ANY(%s)", worst.ids))
            worst.invalidate_recordset(["told"])
            worst._tell("stock_alert")

    def _tell_worse(self):
        """Tell the channels for what is so severe; who was told already is not told again (the notice's key)."""
        worst = self._worst()
        if worst:
            worst._tell("stock_alert")

    def _worst(self):
        return self and self.search([("id", "in", self.ids)], limit=MOST_TOLD)

    def _notice_text(self):
        severities = dict(self._fields["severity"]._description_selection(self.env))
        subject = f"{severities[self.severity]} · {self.display_name}"
        if self.escalated_at:
            subject = self.env._("Nobody took it up: %(alert)s", alert=subject)
        return subject, self._summary()

    def _notice_severity(self):
        return self.severity

    def _notice_key(self):
        return f"{self._name},{self.id},{self.told}"

    @api.model
    def _wake_and_escalate(self):
        """Snoozed alerts whose day has come open again; open ones that nobody took up go to the owners."""
        now = fields.Datetime.now()
        for company in self.env["res.company"].sudo().search([]):
            mine = Domain("company_id", "=", company.id)
            today = self.env["merchant.stock.figures"]._today(company)
            woken = self.search(mine & Domain("state", "=", "snoozed") & Domain("snooze_until", "<=", today))
            woken.write({"state": "open", "snooze_until": False})
            late = self.browse()
            if company.stock_alert_escalate > 0:
                limit = now - timedelta(hours=company.stock_alert_escalate)
                late = self.search(
                    mine
                    & Domain("state", "=", "open")
                    & Domain("severity", "!=", "info")
                    & Domain("escalated_at", "=", False)
                    & Domain("opened_at", "<=", limit)
                )
                late.write({"escalated_at": now})
            (woken | late)._tell_people()

    # -- what people do -------------------------------------------------------------------------------------------

    def _still_open(self):
        alerts = self.filtered(lambda alert: alert.state != "closed")
        if not alerts:
            raise UserError(self.env._("These alerts are closed already: the stock is back."))
        return alerts

    def action_take(self):
        """I look after it; what somebody looks after already stays theirs."""
        self._still_open().filtered(lambda alert: alert.state != "taken").user_id = self.env.uid
        self._take()
        return True  # an answer that XML-RPC can give, too

    def _take(self):
        """Somebody looks after these: the person they were handed to, else me."""
        alerts = self._still_open()
        values = {"state": "taken", "taken_at": fields.Datetime.now(), "snooze_until": False}
        alerts.filtered("user_id").write(values)
        (alerts - alerts.filtered("user_id")).write({**values, "user_id": self.env.uid})

    def action_reopen(self):
        return self._still_open().write({"state": "open", "snooze_until": False})

    def action_snooze(self):
        """Ask until when to be left alone."""
        return self.env["merchant.stock.answer"]._ask_alerts(self._still_open(), "snooze")

    def _snooze(self, until):
        """:param until: date on which it comes back"""
        for alert in self._still_open():
            if until <= self.env["merchant.stock.figures"]._today(alert.company_id.sudo()):
                raise UserError(self.env._("Choose a day after today."))
        self._still_open().write({"state": "snoozed", "snooze_until": until})

    def action_transfer(self):
        return self.env["merchant.stock.answer"]._ask_alerts(self._still_open(), "transfer")

    def action_purchase(self):
        return self.env["merchant.stock.answer"]._ask_alerts(self._still_open(), "purchase")

    def action_substitute(self):
        return self.env["merchant.stock.answer"]._ask_alerts(self._still_open(), "substitute")

    def action_count(self):
        """Count what lies there: Odoo's own inventory, of just these."""
        action = self.env["stock.quant"].action_view_inventory()
        domain = [
            ("product_id", "in", self.product_id.ids),
            ("location_id.warehouse_id", "in", self.warehouse_id.ids),
            ("location_id.usage", "=", "internal"),
        ]
        # not only what somebody was asked to count
        context = {name: value for name, value in action["context"].items() if not name.startswith("search_default")}
        return {**action, "domain": domain, "context": context}

    def action_view_product(self):
        self.ensure_one()
        return self.product_id._action_stock_screen()

    def action_view_days(self):
        return self.position_id.action_view_days()

    def _note_outcome(self, outcome, document):
        """Write down what was done about these."""
        self.filtered(lambda alert: alert.state != "closed").write({"outcome": outcome})
        for alert in self:
            alert.message_post(body=document._get_html_link())
        open_alerts = self.filtered(lambda alert: alert.state in ("open", "snoozed"))
        if open_alerts:
            open_alerts._take()
