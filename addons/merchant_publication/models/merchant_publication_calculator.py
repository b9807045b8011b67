import json
from collections import defaultdict
from decimal import Decimal
from types import SimpleNamespace

from odoo import api, fields, models
from odoo.tools import SQL

from ..core.publication import Claim, Rule, Supply, offers

# Whose midnight begins a day: receipts “within three days” are counted by it.
DAY_ZONE = "Asia/Shanghai"
BATCH = 2000


class MerchantPublicationCalculator(models.AbstractModel):
    """From stock to what each listing offers: a handful of queries for any number of products."""

    _name = "merchant.publication.calculator"
    _description = "Stock Sync Calculator"

    # -- what to work out -------------------------------------------------------------------------------------------

    @api.model
    def _catch_up(self, limit=5000):
        """Work out the offers of what is marked; return the shops that have something to tell.

        All in one transaction: a crash leaves the marks where they were.
        """
        marks = self.env["merchant.publication.mark"]._take(limit)
        if not marks:
            return self.env["merchant.shop"]
        changed, places = {}, self._places()
        for product, warehouse, _listing, _shop, marked_at in marks:
            if product and (not warehouse or warehouse in places):
                changed[product] = min(changed.get(product, marked_at), marked_at)
        listings = {listing: marked_at for _product, _warehouse, listing, _shop, marked_at in marks if listing}
        sold = {(product, shop) for product, _warehouse, _listing, shop, _marked_at in marks if shop}
        return self._refresh(changed, listings, sold)

    def _places(self):
        """Ids of the warehouses from which a shop that publishes sells."""
        return {place for shop in self._shops().values() for place in shop.places}

    @api.model
    def _refresh(self, changed, listings=(), sold=()):
        """Work out offers anew and write down those that differ.

        :param changed: ``{product id: when}``
        :param listings: ``{listing id: when}`` of listings without a product
        :param sold: ``{(product id, shop id)}`` whose platform has counted down by itself
        :return: the shops of listings whose offer has to be told
        """
        products = self._touched(set(changed))
        ids = sorted(products)
        told = set()
        for start in range(0, max(len(ids), 1), BATCH):
            batch = ids[start : start + BATCH]
            rows = self._work_out(batch, dict(listings) if start == 0 else {})
            told |= self._write_down(rows, changed, dict(listings), sold)
        return self.env["merchant.shop"].browse(sorted(told))

    def _touched(self, products):
        """The products whose offers may change: a part's kits, a kit's parts, and their other kits."""
        if not products:
            return set()
        parts = {part for needs in self._parts(products).values() for part, _pieces in needs}
        return products | parts | self._kits_with(products | parts)

    @api.model
    def _kits_with(self, products):
        """Ids of the kits that hold one of these products; an addon with kits says which."""
        return set()

    @api.model
    def _parts(self, products):
        """``{kit id: ((part id, pieces), …)}`` of those products that are kits; an addon with kits says so."""
        return {}

    # -- working out ------------------------------------------------------------------------------------------------

    def _work_out(self, products, listings=()):
        """Offers of these products' listings, and of listings without product.

        :return: ``[SimpleNamespace(listing, shop, company, product, parts, wanted, limit, terms, stopped)]``
        """
        facts = self._facts(products, list(listings))
        if not facts.rows:
            return []
        found = offers(facts.claims, facts.supplies)
        return [self._row(facts, listing, found[listing.id]) for listing in facts.rows if listing.id in facts.asked]

    def _row(self, facts, listing, offer):
        stopped = self._stopped(facts, listing)
        return SimpleNamespace(
            listing=listing.id,
            shop=listing.shop_id,
            company=facts.shops[listing.shop_id].company,
            product=listing.product_id,
            parts=_parts(listing.product_id, facts.needs.get(listing.product_id, ())),
            wanted=offer.quantity,
            limit=offer.limit if offer.limit != listing.product_id else None,
            terms=[[code, _plain(value)] for code, value in offer.terms],
            stopped=stopped,
        )

    def _stopped(self, facts, listing):
        """The code of why nothing is sent, or None."""
        shop = facts.shops[listing.shop_id]
        if not listing.product_id:
            return "no_product"
        if listing.publication_mode == "paused":
            return "listing_paused"
        if listing.publication_mode != "forced" and not facts.needs[listing.product_id]:
            return "no_parts" if listing.product_id in facts.kits else "not_stored"
        return "no_platform" if not shop.has_client else None

    def _facts(self, products, listing_ids):
        """Everything the core has to know, read for the products and whoever shares stock with them."""
        shops = self._shops()
        kits = self._parts(set(products))
        needed = set(products) | {part for needs in kits.values() for part, _pieces in needs}
        around = needed | self._kits_with(needed)
        if more := around - set(products):
            kits = {**self._parts(more), **kits}
        rows = self._listing_rows(around, listing_ids, shops)
        needs = self._needs({row.product_id for row in rows if row.product_id}, kits)
        wanted = set(products)
        asked = {row.id for row in rows if row.product_id in wanted or not row.product_id}
        rules = self.env["merchant.publication.rule"].search([])._as_core()
        pending, unpaid = self._pending(around, kits, shops)
        quotas = self._quotas([row.id for row in rows])
        claims = [
            self._claim(row, shops[row.shop_id], needs.get(row.product_id, ()), rules, unpaid, quotas) for row in rows
        ]
        parts = {part for each in needs.values() for part, _pieces in each}
        supplies = self._supplies(parts, shops, pending)
        return SimpleNamespace(
            rows=rows, asked=asked, claims=claims, supplies=supplies, shops=shops, needs=needs, kits=kits
        )

    def _claim(self, row, shop, needs, rules, unpaid, quotas):
        quota, only = quotas.get(row.id, (0, False))
        return Claim(
            key=row.id,
            needs=needs,
            places=shop.places,
            rule=rules.get(row.publication_rule_id or shop.rule, Rule()),
            shares=shop.shares,
            weight=shop.weight,
            shield=row.shield or 0,
            quota=quota,
            quota_only=only,
            forced=row.publication_forced if row.publication_mode == "forced" else None,
            kept_back=int(unpaid.get((row.shop_id, row.product_id), 0)) if shop.withholds else 0,
        )

    # -- what there is ----------------------------------------------------------------------------------------------

    def _shops(self):
        """``{shop id: its settings}`` of the shops that publish."""
        shops = self.env["merchant.shop"].search([("publishes", "=", True)])
        return {
            shop.id: SimpleNamespace(
                company=shop.company_id.id,
                places=tuple(sorted((shop.warehouse_ids or shop.warehouse_id).ids)),
                home=shop.warehouse_id.id,
                rule=shop.publication_rule_id.id,
                shares=shop.publication_shares,
                weight=shop.publication_weight,
                withholds=shop.publication_withholds,
                has_client=shop._has_client(),
            )
            for shop in shops
        }

    def _listing_rows(self, products, listing_ids, shops):
        self.env["merchant.listing"].flush_model()
        self.env["merchant.publication"].flush_model(["shield"])
        return self._query(
            """
            SELECT listing.id, listing.shop_id, listing.product_id, listing.publication_rule_id,
                   listing.publication_mode, listing.publication_forced, publication.shield
              FROM merchant_listing listing
              LEFT JOIN merchant_publication publication ON publication.listing_id = listing.id
             WHERE listing.active AND listing.shop_id = ANY(%(shops)s)
               AND (listing.product_id = ANY(%(products)s)
                    OR (listing.id = ANY(%(listings)s) AND listing.product_id IS NULL))
             ORDER BY listing.id
            """,
            shops=list(shops),
            products=sorted(products),
            listings=list(listing_ids),
        )

    def _needs(self, products, kits):
        """``{product id: ((part, pieces), …)}``; what is not kept in stock limits nothing."""
        parts = {part for product in products for part, _pieces in kits.get(product, ((product, 1),))}
        stored = {
            row.id
            for row in self._query(
                "SELECT product.id FROM product_product product"
                "  JOIN product_template template ON template.id = product.product_tmpl_id"
                " WHERE product.id = ANY(%(parts)s) AND template.is_storable",
                parts=sorted(parts),
            )
        }
        return {
            product: tuple(
                (part, _exact(pieces)) for part, pieces in kits.get(product, ((product, 1),)) if part in stored
            )
            for product in products
        }

    def _supplies(self, products, shops, pending):
        """``{(product, warehouse): Supply}``"""
        places = sorted({place for shop in shops.values() for place in shop.places})
        options = {"products": sorted(products), "places": places}
        figures = defaultdict(lambda: {"incoming": []})
        for row in self._on_hand(**options):
            figures[row.product_id, row.place] |= {"on_hand": _exact(row.on_hand), "reserved": _exact(row.reserved)}
        for row in self._waiting(**options):
            figures[row.product_id, row.place]["waiting"] = _exact(row.pieces)
        for row in self._incoming(**options):
            figures[row.product_id, row.place]["incoming"].append((row.days, _exact(row.pieces)))
        for place, pieces in pending.items():
            figures[place]["pending"] = _exact(pieces)
        return {
            place: Supply(**{**figure, "incoming": tuple(sorted(figure["incoming"]))})
            for place, figure in figures.items()
        }

    def _on_hand(self, products, places):
        self.env["stock.quant"].flush_model()
        return self._query(
            """
            SELECT quant.product_id, place.warehouse_id AS place, SUM(quant.quantity) AS on_hand,
                   SUM(quant.reserved_quantity) AS reserved
              FROM stock_quant quant JOIN stock_location place ON place.id = quant.location_id
             WHERE quant.product_id = ANY(%(products)s) AND place.warehouse_id = ANY(%(places)s)
               AND place.usage = 'internal'
             GROUP BY 1, 2
            """,
            products=products,
            places=places,
        )

    def _waiting(self, products, places):
        """Orders that wait for stock: the first moves of a chain that leads out of the warehouse."""
        self.env["stock.move"].flush_model()
        return self._query(
            """
            SELECT move.product_id, place.warehouse_id AS place,
                   SUM(move.product_qty * GREATEST(0, 1 - COALESCE(move.quantity, 0)
                       / NULLIF(move.product_uom_qty, 0))) AS pieces
              FROM stock_move move
              JOIN stock_location place ON place.id = move.location_id
              JOIN stock_location goal ON goal.id = COALESCE(move.location_final_id, move.location_dest_id)
             WHERE move.product_id = ANY(%(products)s) AND move.state IN ('confirmed', 'partially_available')
               AND place.usage = 'internal' AND place.warehouse_id = ANY(%(places)s)
               AND (goal.usage != 'internal' OR goal.warehouse_id IS DISTINCT FROM place.warehouse_id)
               AND NOT EXISTS (SELECT 1 FROM stock_move_move_rel chain WHERE chain.move_dest_id = move.id)
             GROUP BY 1, 2
            """,
            products=products,
            places=places,
        )

    def _incoming(self, products, places):
        """Receipts that are due from today on, by the days until then; what is late counts when it is there."""
        self.env["stock.move"].flush_model()
        return self._query(
            """
            SELECT arrival.product_id, arrival.place, arrival.days, SUM(arrival.pieces) AS pieces
              FROM (SELECT move.product_id, place.warehouse_id AS place, move.product_qty AS pieces,
                           (move.date AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date
                           - (now() AT TIME ZONE %(zone)s)::date AS days
                      FROM stock_move move
                      JOIN stock_location place ON place.id = move.location_dest_id
                      JOIN stock_location origin ON origin.id = move.location_id
                     WHERE move.product_id = ANY(%(products)s)
                       AND move.state IN ('waiting', 'confirmed', 'partially_available', 'assigned')
                       AND place.usage = 'internal' AND place.warehouse_id = ANY(%(places)s)
                       AND (origin.usage IN ('supplier', 'production', 'transit')
                            OR (origin.usage = 'internal'
                                AND origin.warehouse_id IS DISTINCT FROM place.warehouse_id))) arrival
             WHERE arrival.days BETWEEN 0 AND 365
             GROUP BY 1, 2, 3
            """,
            products=products,
            places=places,
            zone=DAY_ZONE,
        )

    def _pending(self, products, kits, shops):
        """``({(part, warehouse): pieces}, {(shop, product): unpaid pieces})`` that no delivery knows of."""
        self.env["merchant.pending.sale"].flush_model()
        self.env["sale.order"].flush_model(["state", "platform_order_ref", "merchant_shop_id"])
        homes = {shop.id: shop.warehouse_id.id for shop in self.env["merchant.shop"].search([])}
        pending, unpaid = defaultdict(int), defaultdict(int)
        for row in self._query(
            """
            SELECT pending.shop_id, pending.product_id, pending.kind, SUM(pending.quantity) AS pieces
              FROM merchant_pending_sale pending
              LEFT JOIN sale_order so ON so.merchant_shop_id = pending.shop_id
                    AND so.platform_order_ref = pending.order_ref
             WHERE pending.product_id = ANY(%(products)s) AND (so.id IS NULL OR so.state IN ('draft', 'sent'))
             GROUP BY 1, 2, 3
            """,
            products=sorted(products),
        ):
            for part, per in kits.get(row.product_id, ((row.product_id, 1),)):
                pending[part, homes.get(row.shop_id)] += _exact(row.pieces * per)
            if row.kind == "unpaid":
                unpaid[row.shop_id, row.product_id] += row.pieces
        return pending, unpaid

    def _quotas(self, listing_ids):
        """``{listing id: (pieces left, nothing beyond)}`` of campaigns that run now."""
        quotas = self.env["merchant.publication.quota"].search(
            [("running", "=", True), ("listing_id", "in", listing_ids)]
        )
        sold = quotas._sold()
        return {quota.listing_id.id: (max(0, quota.quantity - sold.get(quota.id, 0)), quota.only) for quota in quotas}

    def _query(self, statement, **parameters):
        """Rows as objects with the columns' names."""
        self.env.cr.execute(SQL(statement, **parameters))
        names = [column.name for column in self.env.cr.description]
        return [SimpleNamespace(**dict(zip(names, row, strict=True))) for row in self.env.cr.fetchall()]

    # -- writing down -----------------------------------------------------------------------------------------------

    def _write_down(self, rows, changed, listings, sold):
        """Keep what differs; return the ids of the shops that have something to tell."""
        if not rows:
            return set()
        now = fields.Datetime.now()
        since = [changed.get(row.product) or listings.get(row.listing) or now for row in rows]
        columns = (
            ("listing_id", "int4", [row.listing for row in rows]),
            ("shop_id", "int4", [row.shop for row in rows]),
            ("company_id", "int4", [row.company for row in rows]),
            ("product_id", "int4", [row.product for row in rows]),
            ("limit_product_id", "int4", [row.limit for row in rows]),
            ("wanted", "int4", [min(row.wanted, 2**31 - 1) for row in rows]),
            ("terms", "jsonb", [json.dumps(row.terms) for row in rows]),
            ("parts", "jsonb", [row.parts and json.dumps(row.parts) for row in rows]),
            ("reason_code", "varchar", [row.stopped for row in rows]),
            ("changed_at", "timestamp", since),
            ("unsure", "bool", [(row.product, row.shop) in sold for row in rows]),
        )
        self.env.cr.execute(
            SQL(
                WRITE_DOWN,
                names=SQL(", ").join(SQL.identifier(name) for name, _kind, _values in columns),
                values=SQL(", ").join(SQL("%s::%s[]", values, SQL(kind)) for _name, kind, values in columns),
                now=now,
            )
        )
        told = {shop for shop, state in self.env.cr.fetchall() if state == "waiting"}
        self.env["merchant.publication"].invalidate_model()
        return told

    @api.model
    def _forget_gone(self):
        """Take away what stands for listings and shops that publish no more."""
        self.env.cr.execute(
            """
            DELETE FROM merchant_publication publication USING merchant_listing listing, merchant_shop shop
             WHERE listing.id = publication.listing_id AND shop.id = listing.shop_id
               AND NOT (COALESCE(listing.active, FALSE) AND COALESCE(shop.active, FALSE)
                        AND COALESCE(shop.publishes, FALSE))
            """
        )
        self.env["merchant.publication"].invalidate_model()


# A row that is being sent keeps its state; its answer finds that another version is wanted by now. What differs in its
# terms only is written but not sent again. “unsure” sends although the number is the same: the platform's differs.
WRITE_DOWN = """
INSERT INTO merchant_publication AS known (%(names)s, state, version, shield, attempts, wanted_at, next_try_at)
SELECT fresh.*, CASE WHEN fresh.reason_code IS NULL THEN 'waiting' ELSE 'stopped' END, 1, 0, 0, %(now)s, %(now)s
  FROM unnest(%(values)s) AS fresh (%(names)s)
    ON CONFLICT (listing_id) DO UPDATE
   SET shop_id = EXCLUDED.shop_id, company_id = EXCLUDED.company_id, product_id = EXCLUDED.product_id,
       limit_product_id = EXCLUDED.limit_product_id, wanted = EXCLUDED.wanted, terms = EXCLUDED.terms,
       parts = EXCLUDED.parts,
       version = known.version + CASE WHEN known.wanted IS DISTINCT FROM EXCLUDED.wanted OR EXCLUDED.unsure
                                      THEN 1 ELSE 0 END,
       wanted_at = CASE WHEN known.wanted IS DISTINCT FROM EXCLUDED.wanted THEN EXCLUDED.wanted_at
                        ELSE known.wanted_at END,
       changed_at = CASE WHEN known.state = 'waiting' THEN LEAST(known.changed_at, EXCLUDED.changed_at)
                         ELSE EXCLUDED.changed_at END,
       unsure = known.unsure OR EXCLUDED.unsure,
       attempts = CASE WHEN known.wanted IS DISTINCT FROM EXCLUDED.wanted THEN 0 ELSE known.attempts END,
       next_try_at = CASE WHEN known.wanted IS DISTINCT FROM EXCLUDED.wanted
                            OR known.state NOT IN ('waiting', 'refused')
                          THEN EXCLUDED.next_try_at ELSE known.next_try_at END,
       reason_code = CASE WHEN EXCLUDED.reason_code IS NOT NULL THEN EXCLUDED.reason_code
                          WHEN known.state IN ('waiting', 'refused') AND known.wanted = EXCLUDED.wanted
                          THEN known.reason_code END,
       state = CASE WHEN EXCLUDED.reason_code IS NOT NULL THEN 'stopped'
                    WHEN known.state = 'sending' THEN 'sending'
                    WHEN known.state = 'refused' AND known.wanted = EXCLUDED.wanted THEN 'refused'
                    WHEN known.unsure OR EXCLUDED.unsure OR known.sent IS DISTINCT FROM EXCLUDED.wanted THEN 'waiting'
                    ELSE 'idle' END
 WHERE (known.shop_id, known.product_id, known.limit_product_id, known.wanted, known.terms, known.parts)
       IS DISTINCT FROM (EXCLUDED.shop_id, EXCLUDED.product_id, EXCLUDED.limit_product_id, EXCLUDED.wanted,
                         EXCLUDED.terms, EXCLUDED.parts)
    OR EXCLUDED.unsure
    OR (known.state = 'stopped') != (EXCLUDED.reason_code IS NOT NULL)
    OR (known.state = 'stopped' AND known.reason_code IS DISTINCT FROM EXCLUDED.reason_code)
RETURNING known.shop_id, known.state
"""


def _exact(pieces):
    """What the database says as an exact number: floats are rounded to the finest unit there is."""
    rounded = round(pieces or 0, 4)
    return int(rounded) if rounded == int(rounded) else Decimal(str(rounded))


def _parts(product, needs):
    """``{part id: pieces}`` of a kit, None of what is sold as it is."""
    return {part: _plain(pieces) for part, pieces in needs} if needs and needs != ((product, 1),) else None


def _plain(value):
    return value if isinstance(value, int) else float(value)
