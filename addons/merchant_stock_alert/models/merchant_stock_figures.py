from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from .. import prepared
from .merchant_stock_mark import local_day

# the columns that are counted from quants, moves and products: a row is written when one of them differs
COUNTED = (
    "on_hand",
    "reserved",
    "negative",
    "outgoing",
    "incoming",
    "next_receipt",
    "active",
    "categ_id",
    "price",
    "cost",
)
FEW = 50  # positions: for so many the plans of the statements are kept
OPEN = SQL("('waiting', 'confirmed', 'assigned', 'partially_available')")


class Chosen(list):
    """Ids of positions that know their products and when their days were counted last, so that this is not asked for
    again by every statement."""

    products = None
    counted = ()


class MerchantStockFigures(models.AbstractModel):
    """Counts stock, sales and lead times into the positions: set-based, for a few of them or for a whole company.

    ``ids`` are positions of the company; None means all of them. Only rows that differ are written, but for
    ``always``, by which two workers that evaluate the same product collide instead of overtaking each other.
    """

    _name = "merchant.stock.figures"
    _description = "Stock Figures"

    @api.model
    def _today(self, company):
        return local_day(fields.Datetime.now(), company.stock_alert_tz or "UTC")

    # -- which positions ------------------------------------------------------------------------------------------

    def _positions(self, company, since):
        """Make the positions that are missing.

        :param since: {(product, warehouse or None): day or None}
        :return: ``(Chosen positions, {position: day} where there is a day)``
        """
        here = [pair for pair in since if pair[1] is not None]
        everywhere = [product for product, warehouse in since if warehouse is None]
        rows = self._known_positions(company, here, everywhere)
        if everywhere or len(rows) < len(here):
            pairs = SQL("SELECT * FROM unnest(%s::int[], %s::int[])", [p for p, _ in here], [w for _, w in here])
            self._create_positions(company, pairs)
            if everywhere:
                self._create_positions(company, self._whereabouts(everywhere))
            rows = self._known_positions(company, here, everywhere)
        ids = Chosen(sorted(row[0] for row in rows))
        ids.products = sorted({row[1] for row in rows})
        ids.counted = [row[3] for row in rows]
        since = {
            ident: since.get((product, warehouse)) or since.get((product, None))
            for ident, product, warehouse, _counted in rows
        }
        return ids, {ident: day for ident, day in since.items() if day}

    def _known_positions(self, company, here, everywhere):
        """``[(id, product, warehouse, day of its average)]``"""
        return self.env.execute_query(
            SQL(
                "SELECT p.id, p.product_id, p.warehouse_id, p.demand_day FROM merchant_stock_position p"
                " JOIN unnest(%(products)s::int[], %(warehouses)s::int[]) AS x(product_id, warehouse_id)"
                " USING (product_id, warehouse_id) WHERE p.company_id = %(company)s"
                " UNION SELECT p.id, p.product_id, p.warehouse_id, p.demand_day FROM merchant_stock_position p"
                " WHERE p.company_id = %(company)s AND p.product_id = ANY(%(everywhere)s)",
                company=company.id,
                everywhere=everywhere,
                products=[product for product, _warehouse in here],
                warehouses=[warehouse for _product, warehouse in here],
            )
        )

    def _execute(self, sql, ids=None):
        """Run a statement for these positions."""
        if ids is not None and len(ids) <= FEW:
            prepared.execute(self.env.cr, sql)
        else:
            self.env.cr.execute(sql)

    def _whereabouts(self, products):
        """SQL: the warehouses where these products lie, leave from or go to; they may have been archived before."""
        return SQL(
            """
            SELECT q.product_id, l.warehouse_id FROM stock_quant q JOIN stock_location l ON l.id = q.location_id
             WHERE q.product_id = ANY(%(products)s)
            UNION
            SELECT m.product_id, l.warehouse_id
              FROM stock_move m JOIN stock_location l
                ON l.id IN (m.location_id, COALESCE(m.location_final_id, m.location_dest_id))
             WHERE m.product_id = ANY(%(products)s) AND m.state IN %(open)s
            """,
            products=products,
            open=OPEN,
        )

    def _discover(self, company, warehouses):
        """A position for everything that lies in, is on its way to or left these warehouses."""
        pairs = self._source(
            "merchant_stock_found",
            SQL(
                """
                SELECT x.product_id, x.warehouse_id FROM (
                SELECT q.product_id, l.warehouse_id FROM stock_quant q JOIN stock_location l ON l.id = q.location_id
                 WHERE l.warehouse_id = ANY(%(warehouses)s)
                UNION ALL
                SELECT m.product_id, l.warehouse_id FROM stock_move m JOIN stock_location l ON l.id = m.location_id
                 WHERE l.warehouse_id = ANY(%(warehouses)s) AND m.state IN %(open)s
                UNION ALL
                SELECT m.product_id, l.warehouse_id FROM stock_move m
                  JOIN stock_location l ON l.id = COALESCE(m.location_final_id, m.location_dest_id)
                 WHERE l.warehouse_id = ANY(%(warehouses)s) AND m.state IN %(open)s
                UNION ALL
                SELECT t.product_id, t.warehouse_id FROM merchant_stock_threshold t
                 WHERE t.warehouse_id = ANY(%(warehouses)s) AND t.product_id IS NOT NULL AND t.active
                UNION ALL
                SELECT DISTINCT v.product_id, l.warehouse_id
                  FROM stock_move_line v JOIN stock_location l ON l.id = v.location_id
                 WHERE l.warehouse_id = ANY(%(warehouses)s) AND v.state = 'done'
                   AND NOT EXISTS (SELECT 1 FROM merchant_stock_position p WHERE p.company_id = %(company)s)) x
                 WHERE NOT EXISTS (SELECT 1 FROM merchant_stock_position p
                                    WHERE p.product_id = x.product_id AND p.warehouse_id = x.warehouse_id)
                """,
                warehouses=warehouses,
                open=OPEN,
                company=company.id,
            ),
        )
        self._create_positions(company, SQL("TABLE %s", pairs))

    def _create_positions(self, company, pairs):
        """:param pairs: SQL that selects (product, warehouse)"""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO merchant_stock_position
                       (product_id, warehouse_id, company_id, active, state, level, low_level, over_level, slow_level,
                        expiring_level, negative_level, daily, lead_source)
                SELECT x.product_id, x.warehouse_id, w.company_id, TRUE, 'ok', 0, 0, 0, 0, 0, 0, 0, 'none'
                  FROM (%(pairs)s) AS x(product_id, warehouse_id)
                  JOIN stock_warehouse w ON w.id = x.warehouse_id AND w.company_id = %(company)s
                  JOIN product_product v ON v.id = x.product_id
                  JOIN product_template t ON t.id = v.product_tmpl_id
                 WHERE t.is_storable AND v.active
                   AND NOT EXISTS (SELECT 1 FROM merchant_stock_position p
                                    WHERE p.product_id = x.product_id AND p.warehouse_id = x.warehouse_id)
                 ORDER BY 1, 2
                ON CONFLICT (product_id, warehouse_id) DO NOTHING
                """,
                pairs=pairs,
                company=company.id,
            )
        )

    def _uncounted(self, company, today):
        """:return: ``(ids of positions whose days were never counted, whether any average is not of today)``"""
        rows = self.env.execute_query(
            SQL(
                "SELECT array_agg(id) FILTER (WHERE demand_day IS NULL), bool_or(demand_day IS NULL"
                " OR demand_day != %s) FROM merchant_stock_position WHERE company_id = %s",
                today,
                company.id,
            )
        )
        return sorted(rows[0][0] or []), rows[0][1]

    def _among(self, ids, column="p.id"):
        return SQL("TRUE") if ids is None else SQL("%s = ANY(%s)", SQL(column), ids)

    def _products(self, ids, column):
        """Narrows a subquery to the products of ``ids``, so that its index is used."""
        if ids is None:
            return SQL("TRUE")
        products = getattr(ids, "products", None)
        if products is None:
            self.env.cr.execute(SQL("SELECT DISTINCT product_id FROM merchant_stock_position WHERE id = ANY(%s)", ids))
            products = [product for (product,) in self.env.cr.fetchall()]
        return SQL("%s = ANY(%s)", SQL(column), products)

    # -- stock ----------------------------------------------------------------------------------------------------

    def _refresh_stock(self, company, ids=None, always=False):
        """What lies there, what orders wait for and what is on its way, as Odoo's own product figures count it."""
        changed = SQL(
            """
            SELECT f.* FROM (%(figures)s) f WHERE %(always)s OR (%(old)s) IS DISTINCT FROM (%(new)s)
            """,
            figures=self._stock_figures(company, ids),
            old=SQL(", ").join(SQL("f.%s", SQL.identifier(f"old_{name}")) for name in COUNTED),
            new=SQL(", ").join(SQL("f.%s", SQL.identifier(name)) for name in COUNTED),
            always=always,
        )
        self._execute(
            SQL(
                """
                UPDATE merchant_stock_position AS p
                   SET on_hand = f.on_hand, reserved = f.reserved, free = f.on_hand - f.reserved,
                       negative = f.negative, outgoing = f.outgoing, available = f.on_hand - f.outgoing,
                       incoming = f.incoming, next_receipt = f.next_receipt, active = f.active,
                       categ_id = f.categ_id, price = f.price, cost = f.cost,
                       stock_value = ROUND(f.on_hand * f.cost, 2), evaluated_at = now() AT TIME ZONE 'UTC'
                  FROM %s f WHERE f.id = p.id
                """,
                self._source("merchant_stock_counted", changed, ids),
            ),
            ids,
        )

    def _source(self, name, select, ids=None):
        """SQL to take rows from: the select itself; for everything a table of the transaction, because PostgreSQL makes
        that with several cores, an update with one."""
        if ids is not None:
            return SQL("(%s)", select)
        table = SQL.identifier(name)
        self.env.cr.execute(SQL("DROP TABLE IF EXISTS %s", table))
        self.env.cr.execute(SQL("CREATE TEMP TABLE %s ON COMMIT DROP AS %s", table, select))
        return table

    def _stock_figures(self, company, ids):
        return SQL(
            """
            SELECT p.id, %(old)s, COALESCE(q.on_hand, 0) AS on_hand, COALESCE(q.reserved, 0) AS reserved,
                   COALESCE(q.negative, 0) AS negative, COALESCE(o.units, 0) AS outgoing,
                   COALESCE(i.units, 0) AS incoming, i.day AS next_receipt,
                   (v.active AND t.is_storable AND w.active AND NOT %(kit)s) AS active, t.categ_id,
                   ROUND((COALESCE(t.list_price, 0) + COALESCE(e.extra, 0))
                         * CASE WHEN t.company_id IS NULL THEN %(rate)s::numeric ELSE 1 END, 2) AS price,
                   ROUND(COALESCE((v.standard_price ->> %(company_key)s)::numeric, 0), 4) AS cost
              FROM merchant_stock_position p
              JOIN product_product v ON v.id = p.product_id
              JOIN product_template t ON t.id = v.product_tmpl_id
              JOIN stock_warehouse w ON w.id = p.warehouse_id
              LEFT JOIN (SELECT c.product_product_id, SUM(a.price_extra) AS extra
                           FROM product_variant_combination c JOIN product_template_attribute_value a
                             ON a.id = c.product_template_attribute_value_id
                          WHERE a.price_extra != 0 AND %(variants)s GROUP BY 1) e
                     ON e.product_product_id = p.product_id
              LEFT JOIN (SELECT q.product_id, l.warehouse_id, %(on_hand)s AS on_hand, %(reserved)s AS reserved,
                                %(negative)s AS negative
                           FROM stock_quant q JOIN stock_location l ON l.id = q.location_id
                          WHERE l.warehouse_id IS NOT NULL AND %(quants)s GROUP BY 1, 2) q
                     ON q.product_id = p.product_id AND q.warehouse_id = p.warehouse_id
              LEFT JOIN (SELECT m.product_id, a.warehouse_id, SUM(m.product_qty) AS units
                           FROM stock_move m JOIN stock_location a ON a.id = m.location_id
                           JOIN stock_location z ON z.id = COALESCE(m.location_final_id, m.location_dest_id)
                          WHERE m.state IN %(open)s AND a.warehouse_id IS NOT NULL
                            AND z.warehouse_id IS DISTINCT FROM a.warehouse_id AND %(moves)s GROUP BY 1, 2) o
                     ON o.product_id = p.product_id AND o.warehouse_id = p.warehouse_id
              LEFT JOIN (SELECT m.product_id, z.warehouse_id, SUM(m.product_qty) AS units,
                                MIN((m.date AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date) AS day
                           FROM stock_move m JOIN stock_location a ON a.id = m.location_id
                           JOIN stock_location z ON z.id = COALESCE(m.location_final_id, m.location_dest_id)
                          WHERE m.state IN %(open)s AND z.warehouse_id IS NOT NULL
                            AND z.warehouse_id IS DISTINCT FROM a.warehouse_id AND %(moves)s GROUP BY 1, 2) i
                     ON i.product_id = p.product_id AND i.warehouse_id = p.warehouse_id
             WHERE p.company_id = %(company)s AND %(among)s
            """,
            old=SQL(", ").join(
                SQL("p.%s AS %s", SQL.identifier(name), SQL.identifier(f"old_{name}")) for name in COUNTED
            ),
            on_hand=self._sum("q.quantity"),
            reserved=self._sum("q.reserved_quantity"),
            negative=self._sum("LEAST(q.quantity, 0)"),
            kit=self._is_kit(),
            company_key=str(company.id),
            rate=self._price_rate(company),
            variants=self._products(ids, "c.product_product_id"),
            quants=self._products(ids, "q.product_id"),
            moves=self._products(ids, "m.product_id"),
            open=OPEN,
            zone=company.stock_alert_tz,
            company=company.id,
            among=self._among(ids),
        )

    def _price_rate(self, company):
        """What the list price of goods for all companies, which is in the main company's currency, is multiplied by;
        that of a company's own goods is in its own."""
        if self.env["ir.model.data"]._xmlid_to_res_id("base.main_company") == company.id:
            return 1.0  # asked with every evaluation: the usual company costs no query
        source = company._get_main_company().currency_id
        return source._get_conversion_rate(source, company.currency_id, company, self._today(company))

    def _sum(self, units):
        """SQL: a sum of quantities, to the millionth; half a million sums of exact numbers would take a kilobyte each
        while they are made. Most are 0, which need not be rounded."""
        total = SQL("SUM((%s)::float8)", SQL(units))
        return SQL("CASE WHEN %(total)s = 0 THEN 0 ELSE ROUND(%(total)s::numeric, 6) END", total=total)

    def _is_kit(self):
        """A kit has no stock of its own: its parts are watched. Bills of materials come with Odoo's manufacturing app,
        which need not be there."""
        if "mrp.bom" not in self.env:
            return SQL("FALSE")
        return SQL(
            "EXISTS (SELECT 1 FROM mrp_bom b WHERE b.product_tmpl_id = t.id AND b.type = 'phantom' AND b.active"
            " AND (b.product_id IS NULL OR b.product_id = v.id)"
            " AND (b.company_id IS NULL OR b.company_id = p.company_id))"
        )

    # -- sales ----------------------------------------------------------------------------------------------------

    def _refresh_days(self, company, today, ids, since=None):
        """Count the days of these positions again, from the day before the last counted one or from ``since`` on.

        :param since: {position: first day that changed}
        """
        if not ids:
            return
        since = since or {}
        changed = SQL(
            "(SELECT p.product_id, p.warehouse_id, LEAST(p.demand_day - 1, x.since, %s::date) AS since, p.demand_day"
            " FROM merchant_stock_position p LEFT JOIN unnest(%s::int[], %s::date[]) AS x(id, since) ON x.id = p.id"
            " WHERE p.id = ANY(%s))",
            today,
            list(since),
            list(since.values()),
            ids,
        )
        self._execute(
            SQL(
                "DELETE FROM merchant_stock_day d USING %s c WHERE d.product_id = c.product_id"
                " AND d.warehouse_id = c.warehouse_id AND (c.demand_day IS NULL OR d.day >= c.since)",
                changed,
            ),
            ids,
        )
        self._execute(
            SQL(
                """
                INSERT INTO merchant_stock_day (product_id, warehouse_id, company_id, day, sold, returned, change)
                SELECT x.product_id, x.warehouse_id, %(company)s, x.day, SUM(x.sold), SUM(x.returned), SUM(x.change)
                  FROM (%(done)s) x JOIN %(changed)s c
                    ON c.product_id = x.product_id AND c.warehouse_id = x.warehouse_id
                   AND (c.demand_day IS NULL OR x.day >= c.since)
                 GROUP BY 1, 2, 4
                """,
                company=company.id,
                done=self._done(company, ids, self._recent(ids, today, since)),
                changed=changed,
            ),
            ids,
        )

    def _recent(self, ids, today, since):
        """SQL that leaves out move lines before anything changed, or TRUE when some positions were never counted."""
        counted = getattr(ids, "counted", ())
        if not counted or None in counted:
            return SQL("TRUE")
        # a day before the last counted one, and two days of slack for time zones
        first = min([today, min(counted) - timedelta(days=1), *since.values()])
        return SQL("v.date >= %s", first - timedelta(days=2))

    def _done(self, company, ids, recent):
        """SQL: one row for each done line and the warehouse it left or reached."""
        return SQL(
            """
            SELECT v.product_id, s.warehouse_id, s.day,
                   CASE WHEN s.sign < 0 AND v.other IN ('customer', 'production') THEN v.units ELSE 0 END AS sold,
                   CASE WHEN s.sign > 0 AND v.other_from = 'customer' THEN v.units ELSE 0 END AS returned,
                   s.sign * v.units AS change
              FROM (SELECT v.product_id, v.quantity_product_uom AS units, a.warehouse_id AS source,
                           z.warehouse_id AS target, z.usage AS other, a.usage AS other_from,
                           (v.date AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date AS day
                      FROM stock_move_line v
                      JOIN stock_location a ON a.id = v.location_id JOIN stock_location z ON z.id = v.location_dest_id
                     WHERE v.state = 'done' AND a.warehouse_id IS DISTINCT FROM z.warehouse_id
                       AND %(products)s AND %(recent)s) v
             CROSS JOIN LATERAL (VALUES (v.source, v.day, -1), (v.target, v.day, 1)) AS s(warehouse_id, day, sign)
             WHERE s.warehouse_id IS NOT NULL
            """,
            zone=company.stock_alert_tz,
            products=self._products(ids if len(ids) <= 20000 else None, "v.product_id"),
            recent=recent,
        )

    def _refresh_demand(self, company, today, ids=None, stale=False):
        """Averages from the days: the same as ``core.demand.demand``, for all at once.

        :param stale: only positions whose average is not of today
        """
        self._execute(
            SQL(
                """
                WITH chosen AS (
                    SELECT p.* FROM merchant_stock_position p WHERE p.company_id = %(company)s AND %(among)s
                       AND (NOT %(stale)s OR p.demand_day IS DISTINCT FROM %(today)s)),
                ends AS (
                    SELECT d.product_id, d.warehouse_id, MIN(d.day) AS first_day,
                           MAX(d.day) FILTER (WHERE d.sold > 0 AND d.day <= %(today)s) AS last_sale
                      FROM merchant_stock_day d WHERE d.company_id = %(company)s AND %(days)s GROUP BY 1, 2),
                known AS (
                    SELECT c.id, c.on_hand, c.daily AS before, c.product_id, c.warehouse_id, e.first_day, e.last_sale,
                           GREATEST(e.first_day, %(today)s::date - %(window)s) AS start
                      FROM chosen c JOIN ends e USING (product_id, warehouse_id)),
                seen AS (
                    SELECT k.id, k.start, d.day, d.sold, d.change,
                           LEAST(LEAD(d.day) OVER w, %(today)s) AS next_day,
                           k.on_hand - SUM(d.change) OVER (PARTITION BY k.id ORDER BY d.day DESC) + d.change AS level,
                           ROW_NUMBER() OVER w AS nr
                      FROM known k JOIN merchant_stock_day d
                        ON d.product_id = k.product_id AND d.warehouse_id = k.warehouse_id AND d.day >= k.start
                    WINDOW w AS (PARTITION BY k.id ORDER BY d.day)),
                summed AS (
                    SELECT s.id, SUM(s.sold) FILTER (WHERE s.day < %(today)s) AS sold,
                           SUM(s.sold * s.sold) FILTER (WHERE s.day < %(today)s) AS squares,
                           SUM(s.sold) FILTER (WHERE s.day = %(today)s) AS sold_today,
                           COUNT(*) FILTER (WHERE s.day < %(today)s AND s.level <= 0 AND s.level - s.change <= 0
                                              AND s.sold = 0)
                           + COALESCE(SUM(COALESCE(s.next_day, %(today)s) - s.day - 1)
                                      FILTER (WHERE s.day < %(today)s AND s.level <= 0), 0)
                           + COALESCE(SUM(LEAST(s.day, %(today)s) - s.start)
                                      FILTER (WHERE s.nr = 1 AND s.level - s.change <= 0 AND s.day > s.start), 0)
                           AS out_days
                      FROM seen s GROUP BY s.id),
                whole AS (
                    SELECT k.id, k.before, k.first_day, k.last_sale,
                           COALESCE(s.sold, 0) AS sold, COALESCE(s.squares, 0) AS squares,
                           COALESCE(s.sold_today, 0) AS sold_today,
                           CASE WHEN s.id IS NULL AND k.on_hand <= 0 THEN GREATEST(%(today)s::date - k.start, 0)
                                ELSE COALESCE(s.out_days, 0) END AS out_days,
                           GREATEST(%(today)s::date - k.start, 0) AS length
                      FROM known k LEFT JOIN summed s ON s.id = k.id),
                extended AS (
                    SELECT w.*, w.length - w.out_days AS complete,
                           w.sold_today * GREATEST(w.length - w.out_days, 1) >
                           CASE WHEN w.length > w.out_days THEN w.sold ELSE 0 END AS with_today
                      FROM whole w),
                counted AS (
                    SELECT x.id, x.first_day, x.last_sale, x.before, x.out_days,
                           x.complete + x.with_today::int AS n,
                           x.sold + CASE WHEN x.with_today THEN x.sold_today ELSE 0 END AS sold,
                           x.squares + CASE WHEN x.with_today THEN x.sold_today ^ 2 ELSE 0 END AS squares
                      FROM extended x),
                final AS (
                    SELECT c.id, k.first_day, k.last_sale, COALESCE(k.sold, 0) AS sold,
                           COALESCE(k.n, 0) AS n, COALESCE(k.out_days, 0) AS out_days,
                           ROUND(CASE WHEN k.n > 0 THEN k.sold / k.n WHEN k.out_days > 0 THEN COALESCE(k.before, 0)
                                      ELSE 0 END, 4) AS daily,
                           ROUND(CASE WHEN k.n > 1 THEN SQRT(GREATEST((k.squares - k.sold ^ 2 / k.n) / (k.n - 1), 0))
                                      ELSE 0 END, 4) AS deviation
                      FROM chosen c LEFT JOIN counted k ON k.id = c.id)
                UPDATE merchant_stock_position AS p
                   SET daily = f.daily, deviation = f.deviation, sold = f.sold, counted_days = f.n,
                       out_days = f.out_days, first_day = f.first_day, last_sale = f.last_sale, demand_day = %(today)s
                  FROM final f
                 WHERE f.id = p.id
                """,
                company=company.id,
                among=self._among(ids),
                stale=stale,
                today=today,
                window=int(company.stock_alert_window),
                days=self._products(ids, "d.product_id"),
            ),
            ids,
        )

    # -- lead times -----------------------------------------------------------------------------------------------

    def _refresh_lead(self, company, ids=None):
        """Days from a confirmed purchase to its receipt: from three or more receipts of the last year, else from the
        supplier's price list."""
        changed = SQL(
            """
            SELECT f.* FROM (
                SELECT p.id, s.partner_id AS supplier_id, ROUND(COALESCE(h.days, s.delay, 0)::numeric, 2) AS lead_days,
                       ROUND(COALESCE(h.spread, 0)::numeric, 2) AS lead_deviation,
                       CASE WHEN h.days IS NOT NULL THEN 'history' WHEN s.delay > 0 THEN 'supplier'
                            ELSE 'none' END AS lead_source,
                       p.supplier_id AS old_supplier, p.lead_days AS old_days, p.lead_deviation AS old_deviation,
                       p.lead_source AS old_source
                  FROM merchant_stock_position p
                  LEFT JOIN (%(suppliers)s) s ON s.product_id = p.product_id
                  LEFT JOIN (%(history)s) h ON h.product_id = p.product_id
                 WHERE p.company_id = %(company)s AND %(among)s) f
             WHERE (f.old_supplier, f.old_days, f.old_deviation, f.old_source)
                   IS DISTINCT FROM (f.supplier_id, f.lead_days, f.lead_deviation, f.lead_source)
            """,
            suppliers=self._suppliers(company, ids),
            history=self._lead_history(company, ids),
            company=company.id,
            among=self._among(ids),
        )
        self._execute(
            SQL(
                "UPDATE merchant_stock_position AS p SET supplier_id = f.supplier_id, lead_days = f.lead_days,"
                " lead_deviation = f.lead_deviation, lead_source = f.lead_source FROM %s f WHERE f.id = p.id",
                self._source("merchant_stock_lead", changed, ids),
            ),
            ids,
        )

    def _suppliers(self, company, ids):
        """SQL: the first supplier of each product, in the order in which Odoo's product form shows them."""
        return SQL(
            """
            SELECT DISTINCT ON (v.id) v.id AS product_id, s.partner_id, s.delay
              FROM product_product v JOIN product_supplierinfo s ON s.product_tmpl_id = v.product_tmpl_id
              JOIN res_partner c ON c.id = s.partner_id AND c.active
             WHERE (s.product_id IS NULL OR s.product_id = v.id)
               AND (s.company_id IS NULL OR s.company_id = %(company)s)
               AND (s.date_end IS NULL OR s.date_end >= CURRENT_DATE) AND %(products)s
             ORDER BY v.id, s.sequence, s.min_qty, s.price, s.id
            """,
            company=company.id,
            products=self._products(ids, "v.id"),
        )

    def _lead_history(self, company, ids):
        return SQL(
            """
            SELECT m.product_id, AVG(x.days) AS days, STDDEV_SAMP(x.days) AS spread
              FROM stock_move m JOIN purchase_order_line l ON l.id = m.purchase_line_id
              JOIN purchase_order o ON o.id = l.order_id
             CROSS JOIN LATERAL (SELECT EXTRACT(EPOCH FROM m.date - o.date_approve) / 86400 AS days) x
             WHERE m.state = 'done' AND o.company_id = %(company)s AND x.days >= 0
               AND m.date > (now() AT TIME ZONE 'UTC') - interval '1 year' AND %(products)s
             GROUP BY m.product_id HAVING COUNT(*) >= 3
            """,
            company=company.id,
            products=self._products(ids, "m.product_id"),
        )

    # -- classes --------------------------------------------------------------------------------------------------

    def _classify(self, company, today):
        """ABC and XYZ of the last 13 weeks; the same as ``core.classify``."""
        self.env.cr.execute(
            SQL(
                """
                WITH weeks AS (
                    SELECT p.product_id, (%(today)s::date - 1 - d.day) / 7 AS week, SUM(d.sold) AS units
                      FROM merchant_stock_position p JOIN merchant_stock_day d USING (product_id, warehouse_id)
                     WHERE p.company_id = %(company)s AND d.day < %(today)s AND d.day >= %(today)s::date - 91
                     GROUP BY 1, 2),
                products AS (
                    SELECT p.product_id, MAX(p.price) AS price FROM merchant_stock_position p
                     WHERE p.company_id = %(company)s GROUP BY 1),
                sales AS (
                    SELECT p.product_id, COALESCE(SUM(w.units), 0) * p.price AS money,
                           COALESCE(SUM(w.units), 0) / 13 AS mean, COALESCE(SUM(w.units ^ 2), 0) / 13 AS square
                      FROM products p LEFT JOIN weeks w USING (product_id) GROUP BY p.product_id, p.price),
                ranked AS (
                    SELECT s.*, SUM(s.money) OVER () AS total,
                           SUM(s.money) OVER (ORDER BY s.money DESC, s.product_id) - s.money AS before
                      FROM sales s),
                classes AS (
                    SELECT r.product_id,
                           CASE WHEN r.money <= 0 THEN 'C' WHEN r.before < 0.80 * r.total THEN 'A'
                                WHEN r.before < 0.95 * r.total THEN 'B' ELSE 'C' END AS abc,
                           CASE WHEN r.mean <= 0 THEN 'Z'
                                WHEN SQRT(GREATEST(r.square - r.mean ^ 2, 0)) <= 0.5 * r.mean THEN 'X'
                                WHEN SQRT(GREATEST(r.square - r.mean ^ 2, 0)) <= r.mean THEN 'Y' ELSE 'Z' END AS xyz
                      FROM ranked r)
                UPDATE merchant_stock_position AS p SET abc = c.abc, xyz = c.xyz FROM classes c
                 WHERE c.product_id = p.product_id AND p.company_id = %(company)s
                   AND (p.abc, p.xyz) IS DISTINCT FROM (c.abc, c.xyz)
                """,
                company=company.id,
                today=today,
            )
        )
