from datetime import timedelta

from odoo import api, fields, models

from ..core.decide import FAR, UNPRICED

STATES = [
    ("sourced", "Sourced"),
    ("backorder", "Part follows"),
    ("held", "Held"),
    ("unruled", "No rule"),
    ("manual", "By hand"),
]


class MerchantSourcingDecision(models.Model):
    """Which warehouses an order got, which rule said so and what was considered; kept as it was.

    ``tale`` holds codes and figures (see ``core.decide``) with the names as they were then; they are worded in the
    language of whoever reads them.
    """

    _name = "merchant.sourcing.decision"
    _description = "Sourcing Decision"
    _order = "id desc"

    order_id = fields.Many2one("sale.order", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    date = fields.Datetime(required=True, readonly=True, index=True)
    user_id = fields.Many2one("res.users", readonly=True)
    cause = fields.Selection(
        [
            ("confirm", "Confirmation"),
            ("again", "Sourced again"),
            ("refused", "Warehouse refused"),
            ("dry", "Warehouse ran dry"),
            ("more", "More was ordered"),
            ("hand", "By hand"),
        ],
        required=True,
        readonly=True,
    )
    state = fields.Selection(STATES, required=True, readonly=True)
    rule_id = fields.Many2one("merchant.sourcing.rule", readonly=True, index="btree_not_null", ondelete="set null")
    warehouse_id = fields.Many2one("stock.warehouse", string="Main Warehouse", readonly=True, index=True)
    parcels = fields.Integer(readonly=True, aggregator="sum")
    freight = fields.Monetary(readonly=True, help="Estimated by the freight rates.")
    currency_id = fields.Many2one(related="company_id.currency_id")
    ship_date = fields.Date("Ships On", readonly=True, index=True)
    arrival_date = fields.Date("Arrives On", readonly=True)
    reason = fields.Char(readonly=True, help="What the person wrote who decided by hand.")
    tale = fields.Json(readonly=True)
    why = fields.Json("Why?", compute="_compute_why", exportable=False)

    @api.depends("order_id", "date")
    def _compute_display_name(self):
        for decision in self:
            decision.display_name = f"{decision.order_id.name} {decision.date:%Y-%m-%d %H:%M}"

    @api.depends("tale", "state")
    @api.depends_context("lang")
    def _compute_why(self):
        for decision in self:
            decision.why = self._word(decision._told())

    def _told(self):
        """What :meth:`_word` needs."""
        self.ensure_one()
        return {**(self.tale or {}), "state": self.state, "reason": self.reason, "ships": self.ship_date}

    @api.autovacuum
    def _gc_explanations(self):
        """Forget explanations after the time set on the rule set; the decision itself stays."""
        rulesets = self.env["merchant.sourcing.ruleset"].search([])  # the live one of a company stands first
        for company, mine in rulesets.sorted(lambda ruleset: ruleset.state != "live").grouped("company_id").items():
            before = fields.Datetime.now() - timedelta(days=mine[0].keep_days)
            old = self.search(
                [("company_id", "=", company.id), ("date", "<", before), ("tale", "!=", False)], limit=10_000
            )
            old.tale = False

    # -- words --------------------------------------------------------------------------------------------------------

    @api.model
    def _word(self, told):
        """``{summary, steps, table}`` for the explanation widget, in the reader's language.

        :param told: ``{"t": tale, "w": {warehouse id: name}, "p": [[warehouse id, pieces]], "state", …}``
        """
        names = told.get("w") or {}
        steps, rows = [], []
        for entry in told.get("t") or []:
            steps.append(self._word_rule(entry))
            rows += [self._word_candidate(entry, line, names) for line in entry.get("c") or []]
        table = {"columns": [self.env._("Rule"), self.env._("Warehouse"), self.env._("Result"), self.env._("Rank")]}
        return {
            "summary": self._word_summary(told, names),
            "steps": steps,
            "table": {**table, "rows": rows} if rows else None,
        }

    def _word_summary(self, told, names):
        _ = self.env._
        served = [entry["r"][1] for entry in told.get("t") or [] if entry.get("s")]
        rules = "、".join(dict.fromkeys(served))
        places = "、".join(names.get(str(warehouse), "?") for warehouse, _pieces in told.get("p") or [])
        state = told["state"]
        if state == "manual":
            return _("%(warehouses)s, by hand: %(reason)s", warehouses=places, reason=told.get("reason") or "")
        if state == "held":
            return _("Held: no rule finds a warehouse that can serve this order. Choose one by hand, or confirm again "
                     "when goods have come.")  # fmt: skip
        if state == "unruled" and not places:
            return _("No rule fits this order: it keeps the warehouse that stands on it.")
        if state == "backorder":
            return _("%(warehouses)s, by the rule “%(rules)s”; a part follows.", warehouses=places, rules=rules)
        if told.get("ships"):
            day = fields.Date.to_string(fields.Date.to_date(told["ships"]))
            return _("%(warehouses)s, by the rule “%(rules)s”; ships on %(day)s.",
                     warehouses=places, rules=rules, day=day)  # fmt: skip
        return _("%(warehouses)s, by the rule “%(rules)s”.", warehouses=places, rules=rules)

    def _word_rule(self, entry):
        _ = self.env._
        name = entry["r"][1]
        if entry.get("s"):
            return {"state": "good", "text": _("“%(rule)s” fits and serves.", rule=name)}
        then = {
            "next": _("the next rules may try"),
            "hold": _("a person has to decide"),
            "backorder": _("there is no warehouse to wait at"),
            "route": _("nor can the missing lines be supplied another way"),
        }[entry.get("x", "next")]
        return {"state": "bad", "text": _("“%(rule)s” fits but cannot serve: %(then)s.", rule=name, then=then)}

    def _word_candidate(self, entry, line, names):
        warehouse, code, *figures = line
        _ = self.env._
        score = ""
        if code in ("chosen", "could"):
            result = _("chosen") if code == "chosen" else _("could serve, ranks behind")
            score = self._word_score(entry["r"][2], figures[0])
        elif code == "part":
            result = self._word_part(*figures)
        else:
            result = self._reasons()[code]
        return [entry["r"][1], names.get(str(warehouse), "?"), result, score]

    def _word_part(self, articles, wanted, have, want, kept, stale=0):
        _ = self.env._
        if wanted == 1:
            text = _("%(have)s of %(want)s in stock", have=_number(have), want=_number(want))
        else:
            text = _("%(have)s of %(want)s articles in stock", have=articles, want=wanted)
        if kept:
            text = _("%(text)s, %(kept)s kept back", text=text, kept=_number(kept))
        return _("%(text)s, %(stale)s expire too soon", text=text, stale=_number(stale)) if stale else text

    @api.model
    def _reasons(self):
        """Why a warehouse was not even asked; an addon with another reason extends it."""
        _ = self.env._
        return {
            "gone": _("not in use"),
            "refused": _("refused this order"),
            "not_serving": _("does not serve this shop"),
            "late": _("cannot ship soon enough"),
            "no_rate": _("no freight rate to this region"),
        }

    def _word_score(self, ranking, score):
        _ = self.env._
        if ranking == "nearest":
            return _("distance unknown") if score >= FAR else _("%(km)s km", km=score)
        if ranking == "quickest":
            return _("%(days)s days", days=score)
        if ranking == "freight":
            return f"{score / 100:.2f}"
        if ranking == "mix":
            return f"{score / 100_000:.2f}"
        if ranking == "parcels" and score < UNPRICED:
            return f"{score // 100 / 100:.2f}"
        if ranking in ("given", "parcels"):
            score -= UNPRICED if ranking == "parcels" else 0
            return _("place %(number)s", number=score + 1)
        return _number(score)


def _number(value):
    return f"{value:g}" if isinstance(value, float) else str(value)
