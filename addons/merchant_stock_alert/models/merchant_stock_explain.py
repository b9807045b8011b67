from collections import defaultdict
from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import format_date
from odoo.tools.misc import formatLang

from ..core.cover import LATE_GRACE
from ..core.demand import Day, demand, window_days
from ..core.line import DEFAULT_LEAD
from .merchant_stock_mark import local_day

HISTORY, FUTURE = 60, 45


class MerchantStockExplain(models.AbstractModel):
    """Says in words, tables and curves how the figures of a position came about."""

    _name = "merchant.stock.explain"
    _description = "Stock Explanation"

    # -- which line, and why --------------------------------------------------------------------------------------

    @api.model
    def _whys(self, positions):
        """One explanation for each position, for the “why?” widget."""
        return [self._why(position) for position in positions]

    def _why(self, position):
        _ = self.env._
        steps = [self._stock_step(position), self._sales_step(position), self._cover_step(position)]
        steps += self._rule_steps(position)
        return {"summary": self._state_sentence(position), "steps": [step for step in steps if step]}

    def _state_sentence(self, position):
        states = dict(position._fields["state"]._description_selection(self.env))
        return f"{position.display_name}: {states[position.state]}"

    def _number(self, value, digits=None):
        text = formatLang(self.env, value, digits=2 if digits is None else digits)
        return text.rstrip("0").rstrip(".") if "." in text else text

    def _stock_step(self, position):
        _ = self.env._
        return {
            "state": "good" if position.available > 0 else "bad",
            "text": _("%(units)s available", units=self._number(position.available)),
            "detail": _(
                "%(on_hand)s on hand − %(outgoing)s that orders wait for",
                on_hand=self._number(position.on_hand),
                outgoing=self._number(position.outgoing),
            ),
        }

    def _sales_step(self, position):
        _ = self.env._
        if not position.daily:
            return {"state": "info", "text": _("No sales in the last %(days)s days", days=self._window(position))}
        return {
            "state": "info",
            "text": _("%(daily)s a day", daily=self._number(position.daily)),
            "detail": _(
                "%(sold)s sold on %(days)s days; %(out)s days without stock left out",
                sold=self._number(position.sold),
                days=position.counted_days,
                out=position.out_days,
            ),
        }

    def _cover_step(self, position):
        _ = self.env._
        if not position.daily:
            return None
        receipts = position.counted - position.available
        return {
            "state": "good" if position.low_level == 0 else "bad",
            "text": _("%(days)s days of cover", days=self._number(position.days_cover, 1)),
            "detail": _(
                "%(units)s with receipts in time (%(receipts)s; later than %(grace)s days overdue does not count)",
                units=self._number(position.counted),
                receipts=self._number(receipts),
                grace=LATE_GRACE,
            ),
        }

    def _rule_steps(self, position):
        steps = [self._low_step(position)]
        others = [kind for kind in ("over", "slow", "expiring", "negative") if position[f"{kind}_rule_id"]]
        return steps + [
            {
                "state": "bad" if position[f"{kind}_level"] else "good",
                "text": position[f"{kind}_rule_id"].display_name,
            }
            for kind in others
        ]

    def _low_step(self, position):
        _ = self.env._
        rule = position.low_rule_id
        if not rule:
            return {"state": "info", "text": _("No threshold for low stock applies")}
        return {
            "state": "bad" if position.low_level else "good",
            "text": rule.display_name,
            "detail": _(
                "%(measure)s held against %(line)s; closes at %(leave)s. %(lead)s",
                measure=self._number(position.low_measure),
                line=self._number(position.low_line),
                leave=self._number(position.low_leave),
                lead=self._lead_text(position, rule),
            ),
        }

    def _lead_text(self, position, rule):
        _ = self.env._
        days = self._number(position.lead_days or rule.lead or DEFAULT_LEAD, 1)
        if position.lead_source == "history":
            spread = self._number(position.lead_deviation, 1)
            return _("Lead time %(days)s ± %(spread)s days, from past receipts.", days=days, spread=spread)
        if position.lead_source == "supplier":
            return _("Lead time %(days)s days, from the supplier's price list.", days=days)
        return _("Lead time %(days)s days, from the threshold: no supplier says it.", days=days)

    # -- the days of an average -----------------------------------------------------------------------------------

    @api.model
    def _demand_whys(self, positions):
        days = self._days(positions)
        return [
            self._demand_why(position, days[position.product_id.id, position.warehouse_id.id]) for position in positions
        ]

    def _demand_why(self, position, days):
        _ = self.env._
        today = position.demand_day or self._today(position)
        seen = window_days(days, position.on_hand, today, self._window(position))
        result = demand(days, position.on_hand, today, self._window(position), position.daily)
        rows = [
            [
                format_date(self.env, each.day),
                self._number(each.sold),
                self._number(each.stock),
                "✓" if each.counts else _("no stock: left out"),
            ]
            for each in reversed(seen)
        ]
        sold_today = sum(day.sold for day in days if day.day == today)
        if sold_today:
            counts = result.counted > sum(each.counts for each in seen)
            rows.insert(
                0,
                [
                    format_date(self.env, today),
                    self._number(sold_today),
                    self._number(position.on_hand),
                    "✓" if counts else _("not over yet"),
                ],
            )
        summary = _(
            "%(daily)s a day = %(sold)s sold ÷ %(days)s days",
            daily=self._number(result.daily),
            sold=self._number(result.sold),
            days=result.counted,
        )
        return {
            "summary": summary,
            "table": {"columns": [_("Day"), _("Sold"), _("Stock at its end"), _("Counts")], "rows": rows},
        }

    def _days(self, positions):
        """``{(product, warehouse): [core Day]}``"""
        domain = Domain("product_id", "in", positions.product_id.ids) & Domain(
            "warehouse_id", "in", positions.warehouse_id.ids
        )
        found = defaultdict(list)
        names = ["product_id", "warehouse_id", "day", "sold", "change"]
        for row in self.env["merchant.stock.day"].search_fetch(domain, names, order="day"):
            found[row.product_id.id, row.warehouse_id.id].append(Day(row.day, row.sold, row.change))
        return found

    def _window(self, position):
        # the setting is no secret; readers of stock need not read companies
        return int(position.company_id.sudo().stock_alert_window)

    def _today(self, position):
        return self.env["merchant.stock.figures"]._today(position.company_id.sudo())

    # -- the curve ------------------------------------------------------------------------------------------------

    @api.model
    def _charts(self, positions):
        """Stock of the past days, the way it will go, and the lines it is held against."""
        days, receipts = self._days(positions), self._receipts(positions)
        return [
            self._chart(
                position,
                days[position.product_id.id, position.warehouse_id.id],
                receipts[position.product_id.id, position.warehouse_id.id],
            )
            for position in positions
        ]

    def _chart(self, position, days, receipts):
        _ = self.env._
        today = self._today(position)
        past = [[str(each.day), each.stock] for each in window_days(days, position.on_hand, today, HISTORY)]
        past.append([str(today), position.on_hand])
        future, stock = [[str(today), position.available]], position.available
        for ahead in range(1, FUTURE + 1):
            day = today + timedelta(days=ahead)
            stock = max(stock - position.daily, min(stock, 0)) + receipts.get(ahead, 0)
            future.append([str(day), round(stock, 2)])
        lines = [[_("Low"), position.low_line]] if position.low_rule_id else []
        if position.over_line:
            lines.append([_("Too much"), position.over_line])
        return {"past": past, "future": future, "lines": lines, "labels": [_("Stock"), _("Expected")]}

    def _receipts(self, positions):
        """``{(product, warehouse): {days from today: units}}``; what is late is expected tomorrow."""
        warehouses = positions.warehouse_id
        domain = (
            Domain("product_id", "in", positions.product_id.ids)
            & Domain("state", "in", ("waiting", "confirmed", "assigned", "partially_available"))
            & (
                Domain("location_dest_id.warehouse_id", "in", warehouses.ids)
                | Domain("location_final_id.warehouse_id", "in", warehouses.ids)
            )
        )
        found = defaultdict(lambda: defaultdict(float))
        # whoever sees the figure "incoming" may see when it comes
        for move in self.env["stock.move"].sudo().search(domain):
            warehouse = (move.location_final_id or move.location_dest_id).warehouse_id
            if warehouse in warehouses and warehouse != move.location_id.warehouse_id:
                late = self._days_ahead(move.date, warehouse.company_id)
                if late >= -LATE_GRACE:
                    found[move.product_id.id, warehouse.id][max(late, 1)] += move.product_qty
        return found

    def _days_ahead(self, moment, company):
        """Days from today until that moment, as days end where the company counts them."""
        day = local_day(moment, company.stock_alert_tz or "UTC")
        return (day - self.env["merchant.stock.figures"]._today(company)).days
