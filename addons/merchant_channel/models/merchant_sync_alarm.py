from odoo import api, fields, models
from odoo.tools import SQL

CRITICAL = ("quiet", "missing")


class MerchantSyncAlarm(models.Model):
    """A shop's sync needs a person: raised once, kept open until it is over, closed by itself."""

    _name = "merchant.sync.alarm"
    _description = "Sync Alarm"
    _inherit = ["merchant.notice.mixin"]
    _order = "id desc"
    _rec_name = "sentence"

    shop_id = fields.Many2one("merchant.shop", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="shop_id.company_id", store=True, index=True)
    kind = fields.Selection(
        [
            ("quiet", "No good pull"),
            ("push", "Stock not told"),
            ("errors", "Many troubles"),
            ("session", "Session ends"),
            ("missing", "Orders missing"),
            ("no_orders", "No orders come"),
        ],
        required=True,
        readonly=True,
    )
    figure = fields.Integer(readonly=True)
    worst = fields.Integer(readonly=True)
    sentence = fields.Char("What", compute="_compute_sentence")
    opened_at = fields.Datetime("Since", required=True, readonly=True, default=fields.Datetime.now)
    closed_at = fields.Datetime("Over Since", readonly=True)
    state = fields.Selection([("open", "Open"), ("closed", "Over")], compute="_compute_state", search="_search_state")
    acknowledged_by_id = fields.Many2one("res.users", string="Seen By", readonly=True)

    _open_uniq = models.UniqueIndex("(shop_id, kind) WHERE closed_at IS NULL", "This alarm is raised already.")

    @api.depends("closed_at")
    def _compute_state(self):
        for alarm in self:
            alarm.state = "closed" if alarm.closed_at else "open"

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        closed = {"open": False, "closed": True}
        wanted = {closed[each] for each in value if each in closed}
        if len(wanted) != 1:
            return [(1, "=", 1)] if wanted else [(0, "=", 1)]
        return [("closed_at", "!=" if wanted.pop() else "=", False)]

    @api.depends("kind", "figure", "shop_id")
    @api.depends_context("lang")
    def _compute_sentence(self):
        for alarm in self:
            alarm.sentence = alarm._sentence()

    def _sentence(self):
        shop, figure = self.shop_id.name, self.figure
        match self.kind:
            case "quiet":
                return self.env._("%(shop)s: no good pull for %(figure)s minutes.", shop=shop, figure=figure)
            case "push":
                return self.env._(
                    "%(shop)s: stock has been waiting %(figure)s minutes to be told.", shop=shop, figure=figure
                )
            case "errors":
                return self.env._("%(shop)s: %(figure)s troubles in the last hour.", shop=shop, figure=figure)
            case "session" if figure < 0:
                return self.env._("%(shop)s: the session is over; authorise the shop again.", shop=shop)
            case "session":
                return self.env._(
                    "%(shop)s: the session ends in %(figure)s hours; authorise the shop again.",
                    shop=shop,
                    figure=figure,
                )
            case "missing":
                return self.env._(
                    "%(shop)s: %(figure)s orders of the platform are missing here and could not be fetched.",
                    shop=shop,
                    figure=figure,
                )
            case _:
                return self.env._("%(shop)s: no order has come for %(figure)s hours.", shop=shop, figure=figure)

    # -- raising and closing ----------------------------------------------------------------------------------------

    @api.model
    def _update(self, shop_ids, found):
        """Raise, refresh and close the alarms of these shops; tell people of what begins and of what is over.

        :param shop_ids: the shops that were looked at
        :param found: ``{shop id: {kind: figure}}``
        """
        wanted = {(shop, kind): figure for shop, kinds in found.items() for kind, figure in kinds.items()}
        open_alarms = self.search([("shop_id", "in", list(shop_ids)), ("closed_at", "=", False)])
        for alarm in open_alarms:
            figure = wanted.pop((alarm.shop_id.id, alarm.kind), None)
            if figure is None:
                alarm.closed_at = fields.Datetime.now()
            elif figure != alarm.figure:
                alarm.write({"figure": figure, "worst": max(alarm.worst, figure)})
        raised = self._raise(wanted)
        (raised | open_alarms.filtered("closed_at"))._tell("sync")

    def _raise(self, wanted):
        """Insert the alarms that are not open yet; of two workers at the same time one does."""
        if not wanted:
            return self
        self.env.flush_all()
        now = fields.Datetime.now()
        shops = {shop.id: shop for shop in self.env["merchant.shop"].browse({shop for shop, _kind in wanted})}
        rows = [
            SQL(
                "(%s, %s, %s, %s, %s, %s, %s, %s)", shop, shops[shop].company_id.id, kind, figure, figure, now, now, now
            )
            for (shop, kind), figure in sorted(wanted.items())
        ]
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO merchant_sync_alarm
                       (shop_id, company_id, kind, figure, worst, opened_at, create_date, write_date)
                VALUES %s
                ON CONFLICT (shop_id, kind) WHERE closed_at IS NULL DO NOTHING RETURNING id
                """,
                SQL(", ").join(rows),
            )
        )
        return self.browse(row[0] for row in self.env.cr.fetchall())

    # -- telling ----------------------------------------------------------------------------------------------------

    def _notice_text(self):
        if not self.closed_at:
            return self.sentence, self.shop_id.last_error or ""
        minutes = round((self.closed_at - self.opened_at).total_seconds() / 60)
        return (
            self.env._("%(shop)s: over after %(minutes)s minutes.", shop=self.shop_id.name, minutes=minutes),
            self.sentence,
        )

    def _notice_severity(self):
        if self.kind in CRITICAL or (self.kind == "session" and self.figure < 0):
            return "critical"
        return "warning"

    def _notice_key(self):
        return f"{super()._notice_key()},{'over' if self.closed_at else 'open'}"

    # -- buttons ----------------------------------------------------------------------------------------------------

    def action_acknowledge(self):
        """Say that somebody looks after it."""
        self.check_access("read")
        # sudo: whoever may see an alarm may say that he looks after it; nothing else of it is written by people
        self.sudo().filtered(lambda alarm: not alarm.acknowledged_by_id).acknowledged_by_id = self.env.user
        return True

    def action_open_shop(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "merchant.shop",
            "res_id": self.shop_id.id,
            "views": [(False, "form")],
        }

    @api.autovacuum
    def _gc_alarms(self):
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=180)
        self.search([("closed_at", "<", limit)], limit=10000).unlink()
