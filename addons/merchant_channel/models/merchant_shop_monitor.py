from collections import defaultdict
from datetime import timedelta

import pytz

from odoo import api, fields, models
from odoo.tools import SQL

from ..core.errors import ChannelError, Rejected
from ..core.heartbeat import Limits, Measures, judge, missing_ids, trouble_kind
from .merchant_shop import _aware, _naive

# States in which a shop is asked for its orders, and so is expected to answer.
WATCHED = ("ready", "waiting", "error", "expired")
GRAPH_HOURS = 24
FETCH = 50
COMPARE_EVERY = timedelta(hours=1)


class MerchantShop(models.Model):
    """How the sync of a shop stands: measured each minute, shown on the monitor, told when it is over a limit."""

    _inherit = "merchant.shop"

    watched_since = fields.Datetime(readonly=True, copy=False)
    quiet_limit = fields.Integer(
        "Alarm After (minutes)", default=30, help="Minutes without a good pull until people are told; 0 means never."
    )
    push_limit = fields.Integer(
        "Stock Alarm After (minutes)",
        default=15,
        help="Minutes that a changed quantity may wait to be told; 0 means never.",
    )
    error_limit = fields.Integer(
        "Alarm at Troubles an Hour",
        default=20,
        help="What the platform asks to slow down for is not counted; 0 means never.",
    )
    session_limit = fields.Integer("Alarm Before the Session Ends (days)", default=3, help="0 means never.")
    order_limit = fields.Integer(
        "Alarm Without Orders (hours)", help="Hours without a single order, for shops that always sell; 0 means never."
    )
    compare_hours = fields.Integer(
        "Compare the Last (hours)",
        default=24,
        help="Once an hour the platform's orders of so many hours are compared with the inbox, and what is missing is "
        "fetched; 0 means never.",
    )
    compared_at = fields.Datetime("Last Compared", readonly=True, copy=False)
    compare_next_at = fields.Datetime("Next Comparison", readonly=True, copy=False)
    alarm_ids = fields.One2many("merchant.sync.alarm", "shop_id", domain=[("closed_at", "=", False)])
    alarm_count = fields.Integer("Alarms", compute="_compute_monitor")
    pull_age = fields.Integer("Order Delay (min)", compute="_compute_monitor")
    push_age = fields.Integer("Stock Delay (min)", compute="_compute_monitor")
    trouble_count = fields.Integer("Troubles", compute="_compute_monitor", help="Of the last hour.")
    throttled_count = fields.Integer("Throttled", compute="_compute_monitor", help="Of the last hour.")
    missing_count = fields.Integer("Missing", compute="_compute_monitor")
    session_left = fields.Char("Session Left", compute="_compute_session_left")
    delay_chart = fields.Json(compute="_compute_delay_chart")
    hours_chart = fields.Json(compute="_compute_hours_chart")

    _limits_check = models.Constraint(
        "CHECK (quiet_limit >= 0 AND push_limit >= 0 AND error_limit >= 0 AND session_limit >= 0 AND order_limit >= 0"
        " AND compare_hours BETWEEN 0 AND 720)",
        "Limits of alarms are 0 or more, and at most 720 hours are compared.",
    )

    # -- the figures ------------------------------------------------------------------------------------------------

    def _measure(self):
        """``{shop id: Measures}``, a fixed number of queries however many shops there are."""
        # sudo: the figures are the shop's, whoever may see it; samples and logs are not read one by one
        shops, now = self.sudo(), fields.Datetime.now()
        troubles = self.env["merchant.sync.trouble"]._last_hour(shops.ids)
        pushes, missing, orders = shops._push_ages(), shops._missing_counts(), shops._last_orders()
        found = {}
        for shop in shops:
            watched = shop._has_client() and shop.state in WATCHED
            since = max(filter(None, (shop.last_pull_at, shop.watched_since or shop.create_date)))
            ends, last = shop.session_expires_at, orders.get(shop.id)
            found[shop.id] = Measures(
                pull_age=(now - since).total_seconds() if watched else None,
                push_age=pushes.get(shop.id) if watched else None,
                errors=troubles.get(shop.id, (0, 0))[0],
                session_left=(ends - now).total_seconds() if ends and watched else None,
                missing=missing.get(shop.id, 0),
                order_age=(now - last).total_seconds() if last else None,
            )
        return found

    def _limits(self):
        return Limits(
            quiet=self.quiet_limit * 60,
            push=self.push_limit * 60,
            errors=self.error_limit,
            session=self.session_limit,
            order=self.order_limit * 3600,
        )

    def _push_ages(self):
        """``{shop id: seconds}`` that the oldest quantity has been waiting to be told; none waits, no entry."""
        return {}

    def _missing_counts(self):
        """``{shop id: orders}`` missing of the hours that are compared; nobody looks at older ones again."""
        self.flush_recordset(["compare_hours"])
        self.env["merchant.sync.hour"].flush_model(["missing_count"])
        self.env.cr.execute(
            SQL(
                """
                SELECT shop.id, SUM(missing.missing_count)
                  FROM merchant_shop shop JOIN merchant_sync_hour missing ON missing.shop_id = shop.id
                 WHERE shop.id = ANY(%s) AND missing.missing_count > 0
                   AND missing.hour >= %s - make_interval(hours => shop.compare_hours)
                 GROUP BY 1
                """,
                self.ids,
                fields.Datetime.now(),
            )
        )
        return dict(self.env.cr.fetchall())

    def _last_orders(self):
        """``{shop id: when its last order came}``, by the end of an index."""
        self.env.cr.execute(
            SQL(
                """
                SELECT s.id, last.received_at FROM merchant_shop s
                  JOIN LATERAL (
                      SELECT received_at FROM merchant_inbox WHERE shop_id = s.id ORDER BY id DESC LIMIT 1
                  ) last ON TRUE
                 WHERE s.id = ANY(%s)
                """,
                self.ids,
            )
        )
        return dict(self.env.cr.fetchall())

    def _compute_monitor(self):
        measures = self._measure()
        # sudo: counts only, of shops that the reader may see
        troubles = self.env["merchant.sync.trouble"].sudo()._last_hour(self.ids)
        alarms = self.sudo()._count_by_shop("merchant.sync.alarm", [("closed_at", "=", False)])
        for shop in self:
            found = measures.get(shop.id) or Measures()
            shop.pull_age = (found.pull_age or 0) // 60
            shop.push_age = (found.push_age or 0) // 60
            shop.trouble_count, shop.throttled_count = troubles.get(shop.id, (0, 0))
            shop.missing_count = found.missing
            shop.alarm_count = alarms.get(shop.id, 0)

    @api.depends("session_expires_at")
    @api.depends_context("lang")
    def _compute_session_left(self):
        now = fields.Datetime.now()
        for shop in self:
            ends = shop.session_expires_at
            seconds = (ends - now).total_seconds() if ends else 0
            if not ends:
                shop.session_left = False
            elif seconds <= 0:
                shop.session_left = self.env._("over")
            elif seconds < 2 * 86400:
                shop.session_left = self.env._("%(hours)s hours left", hours=int(seconds // 3600))
            else:
                shop.session_left = self.env._("%(days)s days left", days=int(seconds // 86400))

    def _compute_delay_chart(self):
        start = fields.Datetime.subtract(fields.Datetime.now(), hours=GRAPH_HOURS)
        # sudo: figures of shops that the reader may see
        samples = (
            self.env["merchant.sync.sample"]
            .sudo()
            .search_fetch(
                [("shop_id", "in", self.ids), ("moment", ">=", start)],
                ["shop_id", "moment", "pull_age", "push_age"],
                order="moment",
            )
        )
        by_shop = samples.grouped("shop_id")
        for shop in self:
            rows = by_shop.get(shop, samples.browse())
            shop.delay_chart = {
                "type": "line",
                "unit": self.env._("min"),
                "labels": [self._local(row.moment).strftime("%H:%M") for row in rows],
                "series": [
                    {"label": self.env._("Orders"), "values": [row.pull_age for row in rows]},
                    {"label": self.env._("Stock"), "values": [row.push_age for row in rows], "dash": True},
                ],
                "limit": shop.quiet_limit or None,
                "empty": self.env._("No delay was measured yet."),
            }

    def _compute_hours_chart(self):
        start = fields.Datetime.subtract(fields.Datetime.now(), hours=GRAPH_HOURS)
        # sudo: figures of shops that the reader may see
        hours = (
            self.env["merchant.sync.hour"]
            .sudo()
            .search_fetch(
                [("shop_id", "in", self.ids), ("hour", ">=", start)],
                ["shop_id", "hour", "platform_count", "inbox_count"],
                order="hour",
            )
        )
        by_shop = hours.grouped("shop_id")
        for shop in self:
            rows = by_shop.get(shop, hours.browse())
            shop.hours_chart = {
                "type": "bar",
                "labels": [self._local(row.hour).strftime("%H") for row in rows],
                "series": [
                    {"label": self.env._("Platform"), "values": [row.platform_count for row in rows]},
                    {"label": self.env._("Inbox"), "values": [row.inbox_count for row in rows]},
                ],
                "empty": self.env._("Not compared yet."),
            }

    def _local(self, moment):
        return pytz.utc.localize(moment).astimezone(pytz.timezone(self.env.user.tz or "Asia/Shanghai"))

    # -- the heartbeat ----------------------------------------------------------------------------------------------

    def write(self, vals):
        if vals.get("state") == "ready":
            self.filtered(lambda shop: shop.state not in WATCHED).watched_since = fields.Datetime.now()
        return super().write(vals)

    @api.model
    def _cron_heartbeat(self):
        """Each minute: measure every shop, keep the delays, raise and close alarms, queue comparisons that are due."""
        shops = self.search([])
        measures = shops._measure()
        self.env["merchant.sync.sample"]._note(
            [(shop.id, m.pull_age, m.push_age) for shop in shops for m in [measures[shop.id]] if m.pull_age is not None]
        )
        watched = shops.filtered(lambda shop: shop.state in WATCHED)
        found = {shop.id: judge(measures[shop.id], shop._limits()) for shop in watched}
        # archived shops are not looked at, so whatever was wrong with them is over
        everyone = self.with_context(active_test=False).search([])
        self.env["merchant.sync.alarm"]._update(everyone.ids, found)
        for shop in watched.filtered(lambda shop: shop._compare_due()):
            shop._enqueue_compare()

    def _set_aside(self, state, problem, until):
        result = super()._set_aside(state, problem, until)
        self._log_trouble(problem)
        return result

    def _log_trouble(self, problem, work=None):
        """Keep what the platform said, in a transaction of its own: it must survive whatever becomes of the job."""
        with self.env.registry.cursor() as cr:
            shop = self.with_env(self.env(cr=cr))
            work = work or self.env.context.get("merchant_work") or "pull"
            shop.env["merchant.sync.trouble"]._log(shop, trouble_kind(problem), shop._trouble(problem), work)

    # -- the platform's orders against ours -------------------------------------------------------------------------

    def _compare_due(self):
        if not self.compare_hours or not self._has_client() or self.state != "ready" or not self.pulled_until:
            return False
        return not self.compare_next_at or fields.Datetime.now() >= self.compare_next_at

    def _enqueue_compare(self):
        self.ensure_one()
        self._as_system().with_delay(
            identity_key=f"merchant-compare-{self.id}",
            channel="root.merchant",
            description=f"Comparison of {self.name}",
        )._compare()

    def action_open_monitored(self):
        """The shop behind a card of the monitor."""
        self.ensure_one()
        return {"type": "ir.actions.act_window", "res_model": self._name, "res_id": self.id, "views": [(False, "form")]}

    def action_compare(self):
        """Compare the platform's orders with the inbox now, in the background."""
        for shop in self:
            shop._check_pullable()
            shop._enqueue_compare()
        return self._notify(self.env._("The comparison runs in the background; what is missing is fetched."))

    def _compare(self):
        """Count the platform's orders hour by hour, and fetch those that the inbox does not have.

        What was created before ``pulled_until`` has to be in the inbox; what came since is the next pull's.
        """
        self.ensure_one()
        if not self.pulled_until or not self._has_client():
            return
        end = self.pulled_until - timedelta(minutes=self.pull_overlap)
        start = (end - timedelta(hours=self.compare_hours or GRAPH_HOURS)).replace(minute=0, second=0, microsecond=0)
        start = max(start, self.pull_from or start)
        # whatever happens to this one, the next is not before its time
        self._note({"compare_next_at": fields.Datetime.now() + COMPARE_EVERY})
        try:
            client = self._client()
            if hasattr(client, "order_ids"):
                self._compare_hours(client, start, end)
        except ChannelError as problem:  # the pull deals with the shop's state
            self._log_trouble(problem, "compare")

    def _compare_hours(self, client, start, end):
        by_hour = self._platform_hours(client, start, end)
        lacking = self._not_in_inbox([ref for refs in by_hour.values() for ref in refs])
        self._fetch(client, lacking)
        still = set(self._not_in_inbox(lacking))
        lacking = set(lacking)
        self._note_hours(
            {
                hour: (refs, [ref for ref in refs if ref in lacking], [ref for ref in refs if ref in still])
                for hour, refs in by_hour.items()
            }
        )

    def _platform_hours(self, client, start, end):
        """``{hour: [order ids]}``; hours without an order are there too."""
        by_hour, hour = defaultdict(dict), start.replace(minute=0, second=0, microsecond=0)
        while hour < end:
            by_hour[hour], hour = {}, hour + timedelta(hours=1)
        for order_id, created in client.order_ids(_aware(start), _aware(end)):
            moment = _naive(created)
            if start <= moment < end:
                by_hour[moment.replace(minute=0, second=0, microsecond=0)][order_id] = True
        return {hour: list(refs) for hour, refs in by_hour.items()}

    def _not_in_inbox(self, refs):
        """Those of the order ids that were never stored, asked in a fresh snapshot."""
        if not refs:
            return []
        with self.env.registry.cursor() as cr:
            cr.execute(
                SQL(
                    "SELECT order_ref FROM merchant_inbox WHERE shop_id = %s AND order_ref = ANY(%s)",
                    self.id,
                    list(refs),
                )
            )
            return missing_ids(refs, [row[0] for row in cr.fetchall()])

    def _fetch(self, client, refs):
        """Read orders one by one and store them; what the platform refuses to tell stays missing and is logged."""
        for at in range(0, len(refs), FETCH):
            payloads = []
            for _ref, found in client.details(refs[at : at + FETCH]):
                if isinstance(found, dict):
                    payloads += self._identify(found)
                elif isinstance(found, Rejected):
                    self._log_trouble(found, "compare")
                else:
                    self._receive(payloads, "pull")
                    raise found
            self._receive(payloads, "pull")

    def _note_hours(self, counts):
        with self.env.registry.cursor() as cr:
            shop = self.with_env(self.env(cr=cr))
            shop.env["merchant.sync.hour"]._note(shop, counts)
            shop.compared_at = fields.Datetime.now()
        self.invalidate_recordset()
