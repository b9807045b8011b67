from odoo import api, models
from odoo.tools import SQL

from ..core.cover import LATE_GRACE
from ..core.line import DEFAULT_LEAD
from ..core.scope import narrowest, path_ids
from .merchant_stock_figures import OPEN
from .merchant_stock_position import LEVELS

# the columns that a judgement decides: a row is written when one of them differs
DECIDED = (
    "low_rule_id",
    "over_rule_id",
    "slow_rule_id",
    "expiring_rule_id",
    "negative_rule_id",
    "counted",
    "days_cover",
    "runout_date",
    "orders_at_risk",
    "money_per_day",
    "idle_days",
    "expiring",
    "low_line",
    "low_leave",
    "low_measure",
    "over_line",
    "low_level",
    "over_level",
    "slow_level",
    "expiring_level",
    "negative_level",
    "level",
    "state",
)
FARTHEST = 3650  # days: what lasts longer has no run-out date


class MerchantStockJudge(models.AbstractModel):
    """Holds the figures of the positions against the thresholds: ``core.line`` and ``core.cover`` in one statement."""

    _name = "merchant.stock.judge"
    _description = "Stock Judgement"

    @api.model
    def _judge(self, company, today, ids=None):
        """Decide levels, run-out dates and what is at risk; write the positions for which something is new.

        :return: ids of the positions that were written
        """
        columns = [SQL.identifier(name) for name in DECIDED]
        new = SQL(", ").join(SQL("f.%s", column) for column in columns)
        changed = SQL(
            "%(with)s SELECT f.id, %(new)s FROM decided f WHERE (%(old)s) IS DISTINCT FROM (%(new)s)",
            **{"with": self._decided(company, today, ids)},
            old=SQL(", ").join(SQL("f.%s", SQL.identifier(f"old_{name}")) for name in DECIDED),
            new=new,
        )
        figures = self.env["merchant.stock.figures"]
        figures._execute(
            SQL(
                "UPDATE merchant_stock_position AS p SET (%(columns)s) = ROW(%(new)s) FROM %(changed)s f"
                " WHERE f.id = p.id RETURNING p.id",
                columns=SQL(", ").join(columns),
                new=new,
                changed=figures._source("merchant_stock_judged", changed, ids),
            ),
            ids,
        )
        return [ident for (ident,) in self.env.cr.fetchall()]

    def _decided(self, company, today, ids):
        parts = [self._ruled(company, ids), *self._receipts(company, today, ids), self._risk(company, ids)]
        parts.append(self._expire(today))
        return SQL("WITH %s, %s", SQL(", ").join(parts), self._measured(today))

    # -- which thresholds apply -----------------------------------------------------------------------------------

    def _ruled(self, company, ids):
        """SQL: the positions with the thresholds that apply to them; product thresholds by joins, the others looked up
        once for each combination of warehouse, category and classes.

        A product's own (``wide``) stand apart from those of a product in a warehouse (``special``): grouped by one
        column PostgreSQL knows them to be unique, hashes them and not the positions, and so reads these in parallel.
        """
        figures = self.env["merchant.stock.figures"]
        general = self._general(company, ids)
        return SQL(
            """
            special AS NOT MATERIALIZED (
                SELECT product_id, warehouse_id, %(pivot)s FROM merchant_stock_threshold
                 WHERE active AND company_id = %(company)s AND product_id IS NOT NULL AND warehouse_id IS NOT NULL
                   AND %(products)s GROUP BY 1, 2),
            wide AS NOT MATERIALIZED (
                SELECT product_id, %(pivot)s FROM merchant_stock_threshold
                 WHERE active AND company_id = %(company)s AND product_id IS NOT NULL AND warehouse_id IS NULL
                   AND %(products)s GROUP BY 1),
            general AS NOT MATERIALIZED (
                SELECT * FROM unnest(%(warehouses)s::int[], %(categories)s::int[], %(abc)s::text[], %(xyz)s::text[],
                                     %(found)s) AS g(warehouse_id, categ_id, abc, xyz, %(kinds)s)),
            ruled AS NOT MATERIALIZED (
                SELECT p.*, %(chosen)s
                  FROM merchant_stock_position p
                  LEFT JOIN special pw ON pw.product_id = p.product_id AND pw.warehouse_id = p.warehouse_id
                  LEFT JOIN wide pp ON pp.product_id = p.product_id
                  LEFT JOIN general g ON g.warehouse_id = p.warehouse_id AND g.categ_id = COALESCE(p.categ_id, 0)
                        AND g.abc = COALESCE(p.abc, '') AND g.xyz = COALESCE(p.xyz, '')
                 WHERE p.company_id = %(company)s AND %(among)s)
            """,
            pivot=SQL(", ").join(
                SQL("MAX(id) FILTER (WHERE kind = %s) AS %s", kind, SQL.identifier(kind)) for kind in LEVELS
            ),
            company=company.id,
            products=figures._products(ids, "product_id"),
            warehouses=[key[0] for key in general],
            categories=[key[1] for key in general],
            abc=[key[2] for key in general],
            xyz=[key[3] for key in general],
            found=SQL(", ").join(SQL("%s::int[]", [found[kind] for found in general.values()]) for kind in LEVELS),
            kinds=SQL(", ").join(SQL.identifier(kind) for kind in LEVELS),
            chosen=SQL(", ").join(
                SQL(
                    "COALESCE(pw.%(kind)s, pp.%(kind)s, g.%(kind)s) AS %(name)s",
                    kind=SQL.identifier(kind),
                    name=SQL.identifier(f"{kind}_id"),
                )
                for kind in LEVELS
            ),
            among=figures._among(ids),
        )

    def _general(self, company, ids):
        """``{(warehouse, category or 0, abc or "", xyz or ""): {kind: threshold id or None}}``"""
        combinations = self.env.execute_query(
            SQL(
                "SELECT DISTINCT p.warehouse_id, COALESCE(p.categ_id, 0), COALESCE(p.abc, ''), COALESCE(p.xyz, ''),"
                " c.parent_path FROM merchant_stock_position p LEFT JOIN product_category c ON c.id = p.categ_id"
                " WHERE p.company_id = %s AND %s",
                company.id,
                self.env["merchant.stock.figures"]._among(ids),
            )
        )
        scopes = self.env["merchant.stock.threshold"]._scopes(company)
        found = {}
        for warehouse, category, abc, xyz, path in combinations:
            where = (False, warehouse, path_ids(path), abc or False, xyz or False)
            ranked = {kind: narrowest(scopes.get(kind, ()), *where) for kind in LEVELS}
            found[warehouse, category, abc, xyz] = {kind: scope and scope.id for kind, scope in ranked.items()}
        return found

    # -- what is on its way, what waits ---------------------------------------------------------------------------

    def _receipts(self, company, today, ids):
        """SQL: the stock with receipts in time, for positions that expect any (``core.cover.counted_stock``)."""
        moves = SQL(
            """
            receipt AS (
                SELECT r.id, r.available, r.daily, x.t, SUM(m.product_qty) AS units
                  FROM stock_move m JOIN stock_location a ON a.id = m.location_id
                  JOIN stock_location z ON z.id = COALESCE(m.location_final_id, m.location_dest_id)
                  JOIN merchant_stock_position r ON r.product_id = m.product_id AND r.warehouse_id = z.warehouse_id
                 CROSS JOIN LATERAL (SELECT (m.date AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date
                                            - %(today)s::date AS late) y
                 CROSS JOIN LATERAL (SELECT GREATEST(y.late, 0) AS t) x
                 WHERE m.state IN %(open)s AND r.company_id = %(company)s AND y.late >= -%(grace)s
                   AND z.warehouse_id IS DISTINCT FROM a.warehouse_id AND %(products)s
                 GROUP BY 1, 2, 3, 4)
            """,
            zone=company.stock_alert_tz,
            today=today,
            company=company.id,
            open=OPEN,
            grace=LATE_GRACE,
            products=self.env["merchant.stock.figures"]._products(ids, "m.product_id"),
        )
        cover = SQL(
            """
            cover AS (
                SELECT c.id, COALESCE(MIN(c.stock) FILTER (WHERE c.stock < c.daily * c.t),
                                      MAX(c.stock + c.units)) AS counted
                  FROM (SELECT e.id, e.daily, e.t, e.units, e.available - e.units
                               + SUM(e.units) OVER (PARTITION BY e.id ORDER BY e.t) AS stock FROM receipt e) c
                 GROUP BY c.id)
            """
        )
        return moves, cover

    def _risk(self, company, ids):
        """SQL: deliveries that cannot be served, first come first served (``core.cover.orders_at_risk``)."""
        return SQL(
            """
            risk AS (
                SELECT s.id, COUNT(DISTINCT s.delivery) FILTER (WHERE s.taken > s.on_hand) AS orders
                  FROM (SELECT r.id, r.on_hand, COALESCE(m.picking_id, -m.id) AS delivery,
                               SUM(m.product_qty) OVER (PARTITION BY r.id ORDER BY (m.state = 'assigned') DESC,
                                                        m.priority DESC, m.date, m.id) AS taken
                          FROM merchant_stock_position r JOIN stock_move m ON m.product_id = r.product_id
                          JOIN stock_location a ON a.id = m.location_id AND a.warehouse_id = r.warehouse_id
                          JOIN stock_location z ON z.id = COALESCE(m.location_final_id, m.location_dest_id)
                         WHERE r.company_id = %(company)s AND r.available < 0 AND m.state IN %(open)s AND %(products)s
                           AND z.warehouse_id IS DISTINCT FROM a.warehouse_id) s
                 GROUP BY s.id)
            """,
            company=company.id,
            open=OPEN,
            products=self.env["merchant.stock.figures"]._products(ids, "m.product_id"),
        )

    def _expire(self, today):
        """SQL: what lies in lots that expire within the threshold's days; nothing where Odoo keeps no dates."""
        if "expiration_date" not in self.env["stock.quant"]._fields:
            return SQL("expire AS (SELECT NULL::int AS id, 0::numeric AS units WHERE FALSE)")
        return SQL(
            """
            expire AS (
                SELECT r.id, SUM(q.quantity) AS units
                  FROM stock_quant q JOIN stock_location l ON l.id = q.location_id
                  JOIN ruled r ON r.product_id = q.product_id AND r.warehouse_id = l.warehouse_id
                  JOIN merchant_stock_threshold t ON t.id = r.expiring_id
                 WHERE q.quantity > 0 AND q.expiration_date < %s::date + (t.days || ' days')::interval
                 GROUP BY r.id)
            """,
            today,
        )

    # -- the judgement --------------------------------------------------------------------------------------------

    def _measured(self, today):
        """SQL: ``decided``, one row for each position; every step is a function of ``core.line``.

        OFFSET 0 keeps a step apart whose expressions would else be worked out again wherever their names are used; the
        others flow into the next, because handing on every position costs more than they do.
        """
        return SQL(
            """
            figured AS (
                SELECT r.*, COALESCE(c.counted, r.available) AS in_time, COALESCE(k.orders, 0) AS orders,
                       COALESCE(x.units, 0) AS expire_units, (%(today)s::date - COALESCE(r.last_sale, r.first_day,
                       %(today)s::date)) AS idle,
                       l.method, l.quantity, l.days, l.leave, l.factor, l.with_incoming,
                       COALESCE(NULLIF(r.lead_days, 0), NULLIF(l.lead, 0), %(lead)s) AS lead,
                       o.method AS over_method, o.quantity AS over_quantity, o.days AS over_days,
                       o.leave AS over_leave, s.days AS slow_days
                  FROM ruled r
                  LEFT JOIN cover c ON c.id = r.id LEFT JOIN risk k ON k.id = r.id LEFT JOIN expire x ON x.id = r.id
                  LEFT JOIN merchant_stock_threshold l ON l.id = r.low_id
                  LEFT JOIN merchant_stock_threshold o ON o.id = r.over_id
                  LEFT JOIN merchant_stock_threshold s ON s.id = r.slow_id),
            lined AS (
                SELECT f.*,
                       ROUND(CASE f.method WHEN 'quantity' THEN f.quantity WHEN 'days' THEN f.days * f.daily
                             WHEN 'reorder' THEN f.daily * f.lead + f.factor
                                  * SQRT(f.lead * COALESCE(f.deviation, 0) ^ 2
                                         + f.daily ^ 2 * COALESCE(f.lead_deviation, 0) ^ 2) END, 2) AS line,
                       ROUND(CASE WHEN f.method != 'quantity' OR f.with_incoming THEN f.in_time
                                  ELSE f.available END, 2) AS measure,
                       ROUND(CASE f.over_method WHEN 'quantity' THEN f.over_quantity
                             ELSE CASE WHEN f.daily > 0 THEN f.over_days * f.daily END END, 2) AS too_much,
                       CASE WHEN f.daily > 0 THEN GREATEST(f.in_time, 0) / f.daily END AS cover
                  FROM figured f OFFSET 0),
            leaving AS (
                SELECT i.*, ROUND(CASE WHEN i.method = 'quantity' THEN GREATEST(i.line * (1 + i.leave), i.line + 1)
                                       ELSE i.line * (1 + i.leave) END, 2) AS leave_line,
                       (i.method = 'quantity' OR i.line > 0) AS means_something,
                       CASE WHEN i.available <= 0 AND (i.daily > 0 OR i.outgoing > 0) THEN 3
                            WHEN i.daily > 0 AND i.in_time < i.daily * i.lead THEN 2 ELSE 1 END AS severity
                  FROM lined i),
            levelled AS (
                SELECT v.*,
                       CASE WHEN NOT v.active OR v.method IS NULL THEN 0
                            WHEN v.available < 0 OR (v.means_something AND v.measure <= v.line) THEN v.severity
                            WHEN v.low_level > 0 AND v.means_something
                             AND NOT (v.measure > v.line AND v.measure >= v.leave_line) THEN v.severity
                            ELSE 0 END AS low,
                       CASE WHEN v.active AND v.on_hand > 0 AND v.available > v.too_much
                                 * CASE WHEN v.over_level > 0 THEN 1 - v.over_leave ELSE 1 END
                            THEN 1 ELSE 0 END AS over,
                       CASE WHEN v.active AND v.on_hand > 0 AND v.idle >= v.slow_days THEN 1 ELSE 0 END AS slow,
                       CASE WHEN v.active AND v.expire_units > 0 THEN 2 ELSE 0 END AS expiring_now,
                       CASE WHEN v.active AND v.negative_id IS NOT NULL AND v.negative < 0
                            THEN 3 ELSE 0 END AS negative_now
                  FROM leaving v OFFSET 0),
            decided AS (
                SELECT e.id, %(old)s, e.low_id AS low_rule_id, e.over_id AS over_rule_id, e.slow_id AS slow_rule_id,
                       e.expiring_id AS expiring_rule_id, e.negative_id AS negative_rule_id, e.in_time AS counted,
                       ROUND(e.cover, 1) AS days_cover,
                       CASE WHEN e.cover < %(farthest)s THEN %(today)s::date + FLOOR(e.cover)::int END AS runout_date,
                       e.orders::int AS orders_at_risk, ROUND(e.daily * e.price, 2) AS money_per_day,
                       e.idle AS idle_days, e.expire_units AS expiring, e.line AS low_line, e.leave_line AS low_leave,
                       e.measure AS low_measure, e.too_much AS over_line,
                       e.low AS low_level, e.over AS over_level, e.slow AS slow_level,
                       e.expiring_now AS expiring_level, e.negative_now AS negative_level,
                       GREATEST(e.low, e.over, e.slow, e.expiring_now, e.negative_now) AS level,
                       CASE WHEN e.negative_now > 0 THEN 'negative' WHEN e.low = 3 THEN 'out' WHEN e.low = 2 THEN 'late'
                            WHEN e.low = 1 THEN 'low' WHEN e.expiring_now > 0 THEN 'expiring'
                            WHEN e.over > 0 THEN 'over'
                            WHEN e.slow > 0 THEN 'slow' ELSE 'ok' END AS state
                  FROM levelled e)
            """,
            old=SQL(", ").join(
                SQL("e.%s AS %s", SQL.identifier(name), SQL.identifier(f"old_{name}")) for name in DECIDED
            ),
            today=today,
            lead=DEFAULT_LEAD,
            farthest=FARTHEST,
        )
