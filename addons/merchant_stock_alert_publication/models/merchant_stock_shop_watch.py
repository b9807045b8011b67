from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.merchant_stock_alert.core.scope import Scope, path_ids

from ..core.shop_line import Lines, shop_level

# What has no stock of its own is not watched; a number set by hand is nobody's shortage.
NOT_STORED = ("no_product", "not_stored", "no_parts")


class MerchantStockShopWatch(models.AbstractModel):
    """Holds what shops can sell of their listings against the lines for shops; a handful of queries for any number.

    A shop that publishes can sell what it offers, without what an alert holds back and without what its platform
    subtracts itself; any other what is available in the warehouses that it sells from.
    """

    _name = "merchant.stock.shop.watch"
    _description = "Watch over Shops"

    @api.model
    def _look(self, condition):
        """Open, update and close the alerts of listings.

        :param condition: SQL on ``listing`` and ``shop``: which ones
        """
        # sudo: whoever works out offers or stock need not see every shop; only alerts are written
        self = self.sudo()
        if not self._any_lines():
            return
        rows = self._listings(condition)
        known = self._open_alerts([row["listing"] for row in rows])
        rules, lines = self._rules()
        opened, changed, gone = [], [], []
        for row in rows:
            alert = known.get(row["listing"])
            self._judge(row, rules, lines, alert)
            if row["level"]:
                (changed if alert else opened).append(row)
            elif alert:
                gone.append(alert["id"])
        self._write_down(opened, changed, gone)

    def _any_lines(self):
        """Whether there is any line for shops, or an alert left of one that was removed."""
        return self.env.execute_query(
            SQL(
                "SELECT EXISTS (SELECT 1 FROM merchant_stock_threshold WHERE kind = 'shop' AND active)"
                " OR EXISTS (SELECT 1 FROM merchant_stock_alert WHERE kind = 'shop' AND state != 'closed')",
                to_flush=self.env["merchant.stock.threshold"]._fields["quantity"],
            )
        )[0][0]

    def _listings(self, condition):
        """``[{listing, shop, company, product, part, categories, warehouse, units}]``; no units: not watched."""
        self.env["merchant.listing"].flush_model()
        self.env["merchant.shop"].flush_model()
        self.env["merchant.publication"].flush_model()
        names = ("listing", "shop", "company", "product", "part", "path", "warehouse", "units")
        rows = self.env.execute_query(
            SQL(
                """
                SELECT listing.id, listing.shop_id, listing.company_id, listing.product_id,
                       COALESCE(offer.limit_product_id, listing.product_id), category.parent_path, shop.warehouse_id,
                       CASE WHEN NOT (listing.active AND shop.active AND listing.publication_mode = 'auto') THEN NULL
                            WHEN NOT COALESCE(listing.on_sale, TRUE) AND NOT COALESCE(offer.delisted, FALSE) THEN NULL
                            WHEN NOT COALESCE(shop.publishes, FALSE) THEN (%(available)s)
                            WHEN offer.state = 'stopped' AND offer.reason_code IN %(not_stored)s THEN NULL
                            ELSE offer.wanted - COALESCE((%(aside)s), 0) END
                  FROM merchant_listing listing
                  JOIN merchant_shop shop ON shop.id = listing.shop_id
                  LEFT JOIN merchant_publication offer ON offer.listing_id = listing.id
                  LEFT JOIN product_product product ON product.id = listing.product_id
                  LEFT JOIN product_template template ON template.id = product.product_tmpl_id
                  LEFT JOIN product_category category ON category.id = template.categ_id
                 WHERE %(condition)s
                """,
                available=self._available(),
                aside=SQL(
                    "SELECT SUM((term ->> 1)::numeric) FROM jsonb_array_elements(offer.terms) AS term"
                    " WHERE term ->> 0 IN ('alert', 'kept_back')"
                ),
                not_stored=NOT_STORED,
                condition=condition,
            )
        )
        found = [dict(zip(names, row, strict=True)) for row in rows]
        for row in found:
            row["categories"] = frozenset(path_ids(row.pop("path")))
        return found

    def _available(self):
        """SQL: what is available in the warehouses that the shop sells from."""
        places = self.env["merchant.shop"]._fields["warehouse_ids"]
        return SQL(
            """
            SELECT SUM(position.available) FROM merchant_stock_position position
             WHERE position.product_id = listing.product_id AND position.active
               AND (EXISTS (SELECT 1 FROM %(places)s place WHERE place.%(shop)s = shop.id
                               AND place.%(warehouse)s = position.warehouse_id)
                    OR (position.warehouse_id = shop.warehouse_id
                        AND NOT EXISTS (SELECT 1 FROM %(places)s place WHERE place.%(shop)s = shop.id)))
            """,
            places=SQL.identifier(places.relation),
            shop=SQL.identifier(places.column1),
            warehouse=SQL.identifier(places.column2),
        )

    def _open_alerts(self, listings):
        """``{listing: {id, level}}``"""
        rows = self.env.execute_query(
            SQL(
                "SELECT listing_id, id, severity_rank FROM merchant_stock_alert"
                " WHERE kind = 'shop' AND state != 'closed' AND listing_id = ANY(%s)",
                listings,
            )
        )
        return {listing: {"id": ident, "level": level} for listing, ident, level in rows}

    def _rules(self):
        """``({id: core Rule}, {company: Lines})``"""
        found = self.env["merchant.stock.threshold"].search([("kind", "=", "shop")])
        scopes = defaultdict(list)
        for each in found:
            categories = path_ids(each.categ_id.parent_path)
            scopes[each.company_id.id].append(
                Scope(each.id, each.product_id.id, each.shop_id.id, each.categ_id.id, len(categories))
            )
        rules = {each.id: each._to_core() for each in found}
        return rules, {company: Lines(mine) for company, mine in scopes.items()}

    def _judge(self, row, rules, lines, alert):
        """Add ``level``, ``threshold`` and ``line`` to the row."""
        mine = lines.get(row["company"])
        threshold = mine and mine.applying(row["product"], row["shop"], row["categories"])
        row |= {"threshold": threshold, "level": 0, "line": 0.0}
        if threshold and row["units"] is not None:
            rule = rules[threshold]
            row["line"] = rule.quantity
            row["level"] = shop_level(float(row["units"]), rule, alert["level"] if alert else 0)

    # -- writing down -----------------------------------------------------------------------------------------------

    def _write_down(self, opened, changed, gone):
        alerts = self.env["merchant.stock.alert"]
        self._place(opened + changed)
        new = self._open(opened) if opened else []
        worse = self._update(changed) if changed else []
        if gone:
            self._close(gone)
        if opened or changed or gone:
            alerts.invalidate_model()
        alerts.browse(new)._tell_people()
        alerts.browse(worse)._tell_worse()
        if gone:
            alerts._closed(gone)

    def _place(self, rows):
        """A position for each product in its shop's own warehouse: it carries the figures and what can be done."""
        marks, figures = self.env["merchant.stock.mark"], self.env["merchant.stock.figures"]
        pairs = {(row["part"], row["warehouse"], row["company"]) for row in rows}
        for company in {company for _product, _warehouse, company in pairs}:
            mine = [pair[:2] for pair in pairs if pair[2] == company]
            products, warehouses = (list(each) for each in zip(*mine, strict=True))
            figures._create_positions(
                self.env["res.company"].browse(company),
                SQL("SELECT * FROM unnest(%s::int[], %s::int[])", products, warehouses),
            )
            if self.env.cr.rowcount:
                marks._mark(mine)

    def _sources(self, rows):
        """SQL: the rows with their positions, as columns of an alert."""
        columns = (("listing", "int"), ("shop", "int"), ("part", "int"), ("warehouse", "int"), ("threshold", "int"))
        columns += (("level", "int"), ("units", "numeric"), ("line", "numeric"))
        return SQL(
            """
            SELECT p.id AS position_id, p.product_id, p.warehouse_id, p.company_id, p.categ_id, p.supplier_id,
                   x.shop AS shop_id, x.listing AS listing_id, x.threshold AS threshold_id, x.level AS severity_rank,
                   (ARRAY['info', 'warning', 'critical'])[x.level] AS severity, x.units AS measure, x.line,
                   p.runout_date, p.days_cover, p.orders_at_risk, p.money_per_day
              FROM unnest(%s) AS x(%s) JOIN merchant_stock_position p
                ON p.product_id = x.part AND p.warehouse_id = x.warehouse
            """,
            SQL(", ").join(SQL("%s::%s[]", [row[name] for row in rows], SQL(kind)) for name, kind in columns),
            SQL(", ").join(SQL.identifier(name) for name, _kind in columns),
        )

    def _open(self, rows):
        """:return: ids of the new alerts; what another worker opened meanwhile is left alone"""
        found = self.env.execute_query(
            SQL(
                "INSERT INTO merchant_stock_alert (%(names)s, kind, state, opened_at, told, create_uid, write_uid,"
                " create_date, write_date)"
                " SELECT %(values)s, 'shop', 'open', x.now, 0, %(user)s, %(user)s, x.now, x.now"
                " FROM (%(sources)s) s CROSS JOIN (SELECT now() AT TIME ZONE 'UTC' AS now) x"
                " ORDER BY s.listing_id ON CONFLICT DO NOTHING RETURNING id",
                names=SQL(", ").join(map(SQL.identifier, COLUMNS)),
                values=SQL(", ").join(SQL("s.%s", SQL.identifier(name)) for name in COLUMNS),
                user=self.env.uid,
                sources=self._sources(rows),
            )
        )
        return [ident for (ident,) in found]

    def _update(self, rows):
        """:return: ids of the alerts that got worse"""
        new = SQL(", ").join(SQL("s.%s", SQL.identifier(name)) for name in COLUMNS)
        found = self.env.execute_query(
            SQL(
                "UPDATE merchant_stock_alert AS a SET (%(names)s) = ROW(%(new)s)"
                " FROM (%(sources)s) s JOIN merchant_stock_alert was"
                " ON was.listing_id = s.listing_id AND was.kind = 'shop' AND was.state != 'closed'"
                " WHERE a.id = was.id AND (%(old)s) IS DISTINCT FROM (%(new)s) RETURNING a.id, %(worse)s",
                names=SQL(", ").join(map(SQL.identifier, COLUMNS)),
                new=new,
                old=SQL(", ").join(SQL("a.%s", SQL.identifier(name)) for name in COLUMNS),
                sources=self._sources(rows),
                worse=self.env["merchant.stock.alert"]._worse(),
            )
        )
        return [ident for ident, worse in found if worse]

    def _close(self, ids):
        self.env.cr.execute(
            SQL(
                "UPDATE merchant_stock_alert SET state = 'closed', closed_at = now() AT TIME ZONE 'UTC',"
                " outcome = COALESCE(outcome, 'none'), snooze_until = NULL WHERE id = ANY(%s)",
                ids,
            )
        )


COLUMNS = (
    "position_id",
    "product_id",
    "warehouse_id",
    "company_id",
    "categ_id",
    "supplier_id",
    "shop_id",
    "listing_id",
    "threshold_id",
    "severity_rank",
    "severity",
    "measure",
    "line",
    "runout_date",
    "days_cover",
    "orders_at_risk",
    "money_per_day",
)
