from odoo import api, fields, models
from odoo.tools import SQL, file_open

# Jobs wait so long for more of the same before they look at what changed.
GATHER_SECONDS = 1
TRIGGERS = {
    "stock_quant": "merchant_mark_quants",
    "stock_move": "merchant_mark_moves",
    "stock_location": "merchant_mark_locations",
}


class MerchantPublicationMark(models.Model):
    """What changed since the offers were worked out: a product in a warehouse, a product anywhere, or a listing.

    Rows are only ever added and taken away whole, never changed, so nobody who moves stock waits for anybody. Triggers
    add them in the very transaction that changes quants, moves and locations: whatever writes those tables is seen,
    Odoo's own SQL included.
    """

    _name = "merchant.publication.mark"
    _description = "Changed Stock"
    _log_access = False

    # plain numbers, not links: a foreign key would look at the product's row for each mark
    product_id = fields.Integer()
    warehouse_id = fields.Integer()
    listing_id = fields.Integer()
    # this shop sold the product itself: its platform has counted down, so the quantity is told again in any case
    shop_id = fields.Integer()
    marked_at = fields.Datetime()

    def init(self):
        self._drop_triggers()
        with file_open("merchant_publication/data/stock_marks.sql") as functions:
            self.env.cr.execute(functions.read())
        for table, function in TRIGGERS.items():
            events = ("INSERT", "UPDATE", "DELETE") if table != "stock_location" else ("UPDATE",)
            for event in events:
                self._create_trigger(table, function, event)

    def _create_trigger(self, table, function, event):
        rows = {
            "INSERT": SQL("NEW TABLE AS after_rows"),
            "DELETE": SQL("OLD TABLE AS before_rows"),
            "UPDATE": SQL("OLD TABLE AS before_rows NEW TABLE AS after_rows"),
        }
        self.env.cr.execute(
            SQL(
                "CREATE TRIGGER %s AFTER %s ON %s REFERENCING %s FOR EACH STATEMENT EXECUTE FUNCTION %s()",
                SQL.identifier(f"{function}_{event.lower()}"),
                SQL(event),
                SQL.identifier(table),
                rows[event],
                SQL.identifier(function),
            )
        )

    @api.model
    def _drop_triggers(self):
        for table, function in TRIGGERS.items():
            for event in ("insert", "update", "delete"):
                self.env.cr.execute(
                    SQL(
                        "DROP TRIGGER IF EXISTS %s ON %s",
                        SQL.identifier(f"{function}_{event}"),
                        SQL.identifier(table),
                    )
                )
            self.env.cr.execute(SQL("DROP FUNCTION IF EXISTS %s()", SQL.identifier(function)))

    # -- marking ----------------------------------------------------------------------------------------------------

    @api.model
    def _mark_products(self, product_ids, shop_id=None):
        """Note that these products' offers may have changed, in one statement."""
        if product_ids := sorted(set(filter(None, product_ids))):
            self.env.cr.execute(
                SQL(
                    "INSERT INTO merchant_publication_mark (product_id, shop_id, marked_at)"
                    " SELECT unnest(%s), %s, now() AT TIME ZONE 'UTC'",
                    product_ids,
                    shop_id,
                )
            )
            self._wake()

    @api.model
    def _mark_listings(self, condition):
        """Note the listings that fulfil a condition on ``listing`` and ``shop``, with their products."""
        self.env["merchant.listing"].flush_model()
        self.env["merchant.shop"].flush_model()
        self.env.cr.execute(
            SQL(
                """
            INSERT INTO merchant_publication_mark (product_id, listing_id, marked_at)
            SELECT listing.product_id, CASE WHEN listing.product_id IS NULL THEN listing.id END,
                   now() AT TIME ZONE 'UTC'
              FROM merchant_listing listing JOIN merchant_shop shop ON shop.id = listing.shop_id
             WHERE %s GROUP BY 1, 2
            """,
                condition,
            )
        )
        self._wake()

    @api.model
    def _wake(self):
        """Queue the work on marks when this transaction is committed, once."""
        waits = self.env.cr.precommit.data.get("merchant.publication.mark")
        if not waits and self.env["merchant.shop"]._any_publishes():
            self.env.cr.precommit.data["merchant.publication.mark"] = True
            self.env.cr.precommit.add(self._enqueue)

    @api.model
    def _enqueue(self):
        self.env.cr.precommit.data.pop("merchant.publication.mark", None)
        # sudo: whoever moves stock need not know of shops; what the job does is fixed by its method
        publication = self.env["merchant.publication"].sudo()
        if not publication._is_queued():
            publication._enqueue_catch_up(GATHER_SECONDS)
            self.env.flush_all()

    # -- taking -----------------------------------------------------------------------------------------------------

    @api.model
    def _take(self, limit):
        """Take marks away: ``[(product, warehouse, listing, shop, marked at)]``; others take others meanwhile."""
        self.env.cr.execute(
            SQL(
                """
            DELETE FROM merchant_publication_mark WHERE id IN (
                SELECT id FROM merchant_publication_mark ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
            RETURNING product_id, warehouse_id, listing_id, shop_id, marked_at
            """,
                limit,
            )
        )
        return self.env.cr.fetchall()

    @api.model
    def _any(self):
        self.env.cr.execute("SELECT EXISTS (SELECT 1 FROM merchant_publication_mark)")
        return self.env.cr.fetchone()[0]
