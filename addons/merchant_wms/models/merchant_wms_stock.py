from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..core.comparison import spread

FINEST = 6  # decimals that count as a difference


class MerchantWmsStock(models.Model):
    """What an outside warehouse says it has of a product (and lot), beside what we had there at that time.

    What moved since is left out on our side, or every parcel after a snapshot would be a difference. Counts are not:
    they correct what was always so. A parcel moved when the warehouse says it left, whenever we were told.
    """

    _name = "merchant.wms.stock"
    _description = "Stock Difference"
    _inherit = ["merchant.guarded"]
    _order = "wms_id, state, product_id, lot_id"
    _rec_name = "product_id"

    wms_id = fields.Many2one("merchant.wms", "System", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="wms_id.company_id", store=True, index=True)
    product_id = fields.Many2one("product.product", required=True, readonly=True, ondelete="cascade", index=True)
    lot_id = fields.Many2one("stock.lot", "Lot", readonly=True, ondelete="cascade")
    categ_id = fields.Many2one(related="product_id.categ_id", store=True, string="Category")
    ours = fields.Float(
        "Ours",
        digits="Product Unit",
        readonly=True,
        help="On hand in its warehouses at the time of their figure, by our books.",
    )
    ours_reserved = fields.Float("Ours Reserved", digits="Product Unit", readonly=True)
    theirs = fields.Float("Theirs", digits="Product Unit", readonly=True)
    theirs_occupied = fields.Float(
        "Theirs Occupied", digits="Product Unit", readonly=True, help="Promised to deliveries there, if it says so."
    )
    theirs_at = fields.Datetime("As Of", required=True, readonly=True)
    difference = fields.Float("Difference", digits="Product Unit", readonly=True, help="Theirs less ours.")
    since = fields.Datetime(readonly=True, help="Since when they differ.")
    compared_at = fields.Datetime("Compared", readonly=True)
    state = fields.Selection(
        [("new", "New"), ("looked", "Looked at"), ("settled", "Settled")],
        required=True,
        readonly=True,
        default="settled",
    )

    _product_uniq = models.UniqueIndex(
        "(wms_id, product_id, COALESCE(lot_id, 0))", "This product is compared there already."
    )
    _differing_idx = models.Index("(wms_id) WHERE difference != 0")

    # -- a snapshot -------------------------------------------------------------------------------------------------

    @api.model
    def _take(self, message, stock):
        """Note what a snapshot says, where it is not older than what is known, and compare.

        :return: ``[(code, params)]`` of lines that name nothing we know; all others count
        """
        wms, at = message.wms_id, message.happened_at
        found, problems = self._understood(wms, stock)
        if found:
            self._note(wms, at, found)
        if stock.full:
            self._note_missing(wms, at)
        self._refresh(wms)
        if not wms.snapshot_at or wms.snapshot_at < at:
            wms.sudo().snapshot_at = at
        return problems

    def _understood(self, wms, stock):
        """``({(product id, lot id or None): [quantity, occupied or None]}, problems)``"""
        products, twins = self._products(wms, {line.sku for line in stock.lines})
        lots = self._lots(wms, products, {line.lot for line in stock.lines if line.lot})
        found, unknown, unknown_lots = {}, [], []
        for line in stock.lines:
            product = products.get(line.sku)
            tracked = product and product.tracking != "none"
            if not product:
                unknown.append(line.sku)
            elif tracked and line.lot and (product.id, line.lot) not in lots:
                unknown_lots.append(f"{line.sku} {line.lot}")
            else:
                key = (product.id, lots[product.id, line.lot] if tracked and line.lot else None)
                pieces = found.setdefault(key, [0, None])
                pieces[0] += line.quantity
                if line.occupied is not None:
                    pieces[1] = (pieces[1] or 0) + line.occupied
        problems = [
            (code, {"count": len(names), "names": ", ".join(list(dict.fromkeys(names))[:20])})
            for code, names in (
                ("wms_unknown_skus", [sku for sku in unknown if sku not in twins]),
                ("wms_twin_skus", [sku for sku in unknown if sku in twins]),
                ("wms_unknown_lots", unknown_lots),
            )
            if names
        ]
        return found, problems

    def _products(self, wms, skus):
        """``({code: product}, codes that several products have)``"""
        domain = [("default_code", "in", list(skus)), ("company_id", "in", (False, wms.company_id.id))]
        found, twins = {}, set()
        for product in self.env["product.product"].search_fetch(domain, ["default_code", "tracking"]):
            if product.default_code in found:
                twins.add(product.default_code)
            found[product.default_code] = product
        return {sku: product for sku, product in found.items() if sku not in twins}, twins

    def _lots(self, wms, products, names):
        """``{(product id, name): lot id}``"""
        domain = [
            ("name", "in", list(names)),
            ("product_id", "in", [product.id for product in products.values()]),
            ("company_id", "in", (False, wms.company_id.id)),
        ]
        lots = self.env["stock.lot"].search_fetch(domain, ["name", "product_id"]) if names else ()
        return {(lot.product_id.id, lot.name): lot.id for lot in lots}

    def _note(self, wms, at, found):
        rows = [(*key, quantity, occupied) for key, (quantity, occupied) in found.items()]
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO merchant_wms_stock AS known
                       (wms_id, company_id, product_id, lot_id, categ_id, theirs, theirs_occupied, theirs_at,
                        state, difference, ours, create_uid, create_date, write_uid, write_date)
                SELECT %(wms)s, %(company)s, said.product, said.lot, t.categ_id, said.quantity, said.occupied, %(at)s,
                       'settled', 0, said.quantity, %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM (VALUES %(rows)s) AS said (product, lot, quantity, occupied)
                  JOIN product_product p ON p.id = said.product JOIN product_template t ON t.id = p.product_tmpl_id
                 ORDER BY said.product, said.lot
                ON CONFLICT (wms_id, product_id, COALESCE(lot_id, 0)) DO UPDATE
                   SET theirs = EXCLUDED.theirs, theirs_occupied = EXCLUDED.theirs_occupied,
                       theirs_at = EXCLUDED.theirs_at
                 WHERE known.theirs_at <= EXCLUDED.theirs_at
                """,
                wms=wms.id,
                company=wms.company_id.id,
                at=at,
                uid=self.env.uid,
                now=fields.Datetime.now(),
                rows=SQL(", ").join(SQL("(%s::int, %s::int, %s::numeric, %s::numeric)", *row) for row in rows),
            )
        )
        self.invalidate_model()

    def _note_missing(self, wms, at):
        """A whole snapshot names everything: what it leaves out is not there."""
        self.env["stock.quant"].flush_model(["quantity", "location_id", "product_id"])
        self.env.cr.execute(
            SQL(
                "UPDATE merchant_wms_stock SET theirs = 0, theirs_occupied = NULL, theirs_at = %(at)s"
                " WHERE wms_id = %(wms)s AND theirs_at < %(at)s",
                wms=wms.id,
                at=at,
            )
        )
        absent = self.env.execute_query(
            SQL(
                """
                SELECT q.product_id FROM stock_quant q JOIN stock_location l ON l.id = q.location_id
                 WHERE %(there)s AND NOT EXISTS (SELECT 1 FROM merchant_wms_stock s
                                                  WHERE s.wms_id = %(wms)s AND s.product_id = q.product_id)
                 GROUP BY q.product_id HAVING SUM(q.quantity) != 0
                """,
                there=self._there(wms),
                wms=wms.id,
            )
        )
        if absent:
            self._note(wms, at, {(product, None): (0, None) for (product,) in absent})

    def _there(self, wms):
        """SQL for the locations ``l`` whose goods the system keeps."""
        # sudo: whoever may see the differences may not see every warehouse's settings
        warehouses = wms.sudo().with_context(active_test=False).warehouse_ids
        return SQL("l.usage = 'internal' AND l.warehouse_id IN %s", tuple(warehouses.ids) or (0,))

    # -- comparing --------------------------------------------------------------------------------------------------

    @api.model
    def _refresh(self, wms):
        """Compare everything the system ever named with our books, in one statement; note the day's count.

        Says the same as :func:`..core.comparison.judge`.
        """
        self.env["stock.quant"].flush_model(["quantity", "reserved_quantity", "product_id", "lot_id", "location_id"])
        self.env["stock.location"].flush_model(["usage", "warehouse_id"])
        self.env["stock.move.line"].flush_model(
            ["quantity_product_uom", "product_id", "lot_id", "location_id", "location_dest_id", "state", "picking_id"]
        )
        self.env["stock.move"].flush_model(["date", "state", "product_id"])
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                WITH there AS MATERIALIZED (
                    SELECT q.product_id, q.lot_id, SUM(q.quantity) AS quantity, SUM(q.reserved_quantity) AS reserved
                      FROM stock_quant q JOIN stock_location l ON l.id = q.location_id
                     WHERE %(there)s GROUP BY q.product_id, q.lot_id
                ), inside AS MATERIALIZED (
                    SELECT l.id FROM stock_location l WHERE %(there)s
                ), parcels AS (
                    SELECT picking_id, MIN(happened_at) AS left_at FROM merchant_wms_message
                     WHERE wms_id = %(wms)s AND kind = 'shipped' AND state = 'done' GROUP BY picking_id
                ), since AS (
                    SELECT s.id, SUM(CASE WHEN line.location_dest_id IN (SELECT id FROM inside)
                                          THEN line.quantity_product_uom ELSE -line.quantity_product_uom END) AS moved
                      FROM merchant_wms_stock s
                      JOIN stock_move m ON m.product_id = s.product_id AND m.state = 'done' AND m.date > s.theirs_at
                      JOIN stock_move_line line ON line.move_id = m.id AND (s.lot_id IS NULL OR line.lot_id = s.lot_id)
                      JOIN stock_location start ON start.id = line.location_id
                      JOIN stock_location goal ON goal.id = line.location_dest_id
                      LEFT JOIN parcels ON parcels.picking_id = line.picking_id
                     WHERE s.wms_id = %(wms)s AND 'inventory' NOT IN (start.usage, goal.usage)
                       AND (start.id IN (SELECT id FROM inside)) != (goal.id IN (SELECT id FROM inside))
                       AND COALESCE(parcels.left_at, m.date) > s.theirs_at
                     GROUP BY s.id
                ), ours AS (
                    SELECT s.id, COALESCE(SUM(there.quantity), 0) - COALESCE(MIN(since.moved), 0) AS quantity,
                           COALESCE(SUM(there.reserved), 0) AS reserved
                      FROM merchant_wms_stock s
                      LEFT JOIN since ON since.id = s.id
                      LEFT JOIN there ON there.product_id = s.product_id
                                     AND (s.lot_id IS NULL OR there.lot_id = s.lot_id)
                     WHERE s.wms_id = %(wms)s GROUP BY s.id
                ), found AS (
                    SELECT s.id, ours.quantity, ours.reserved, COALESCE(s.difference, 0) AS before,
                           ROUND((s.theirs - ours.quantity)::numeric, %(finest)s) AS difference
                      FROM merchant_wms_stock s JOIN ours ON ours.id = s.id
                )
                UPDATE merchant_wms_stock s
                   SET ours = found.quantity, ours_reserved = found.reserved, difference = found.difference,
                       compared_at = %(now)s,
                       since = CASE WHEN found.difference = 0 THEN NULL
                                    WHEN found.before = 0 OR s.since IS NULL THEN %(now)s ELSE s.since END,
                       state = CASE WHEN found.difference = 0 THEN 'settled'
                                    WHEN found.difference = found.before AND s.state != 'settled' THEN s.state
                                    ELSE 'new' END
                  FROM found WHERE found.id = s.id
                """,
                there=self._there(wms),
                wms=wms.id,
                finest=FINEST,
                now=fields.Datetime.now(),
            )
        )
        self.invalidate_model()
        self.env["merchant.wms.day"]._note(wms)

    # -- by hand ----------------------------------------------------------------------------------------------------

    def action_looked(self):
        """Somebody knows of it; it is new again when it becomes another difference."""
        self._acting().filtered("difference").write({"state": "looked"})
        return True

    def action_count(self):
        """Enter what the warehouse says as a count in Odoo's own inventory adjustment: applied there, by a person."""
        rows = self.filtered("difference")
        if not rows:
            raise UserError(self.env._("Nothing differs here: there is nothing to count."))
        quants = self.env["stock.quant"].union(*(row._count() for row in rows))
        rows._acting().write({"state": "looked"})
        action = self.env["stock.quant"].action_view_inventory()
        return {**action, "domain": [("id", "in", quants.ids)], "context": {"no_at_date": True, "inventory_mode": True}}

    def _count(self):
        """The shelves on which the warehouse's quantity is entered as counted."""
        # as the user: who may not count in Odoo may not count here
        Quant = self.env["stock.quant"].with_context(inventory_mode=True)
        quants = Quant.search(
            [
                ("product_id", "=", self.product_id.id),
                *([("lot_id", "=", self.lot_id.id)] if self.lot_id else []),
                ("location_id.usage", "=", "internal"),
                # sudo: which warehouses are meant is the difference's own business
                ("location_id.warehouse_id", "in", self.sudo().wms_id.warehouse_ids.ids),
            ]
        )
        counted, rest = spread(self.difference, [(quant.id, quant.quantity) for quant in quants])
        if rest < 0:
            raise UserError(
                self.env._(
                    "%(product)s: fewer pieces are on hand than would have to go. Look at its stock by location.",
                    product=self.product_id.display_name,
                )
            )
        for quant in quants.filtered(lambda each: each.id in counted):
            quant.write({"inventory_quantity": counted[quant.id], "user_id": self.env.uid})
        if rest:
            return self._new_shelf(Quant, rest)
        return quants.filtered(lambda each: each.id in counted)

    def _new_shelf(self, Quant, quantity):
        warehouse = self.sudo().wms_id.warehouse_ids[:1]
        if not warehouse or (self.product_id.tracking != "none" and not self.lot_id):
            raise UserError(
                self.env._(
                    "%(product)s lies nowhere yet, and the warehouse or lot is not known: count it by hand.",
                    product=self.product_id.display_name,
                )
            )
        return Quant.create(
            {
                "product_id": self.product_id.id,
                "lot_id": self.lot_id.id,
                "location_id": warehouse.lot_stock_id.id,
                "inventory_quantity": quantity,
                "user_id": self.env.uid,
            }
        )
