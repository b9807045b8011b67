from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..core.oversell import Sale, Told, cause

# How much of the history before the sale is shown.
LOOK_BACK = timedelta(hours=24)
MOST_EVENTS = 60


class MerchantOversell(models.Model):
    """A shop's line that could not be reserved, with what led to it."""

    _name = "merchant.oversell"
    _description = "Oversold Line"
    _order = "id desc"
    _rec_name = "sale_order_id"

    sale_line_id = fields.Many2one("sale.order.line", required=True, readonly=True, ondelete="cascade", index=True)
    sale_order_id = fields.Many2one(related="sale_line_id.order_id", store=True, string="Order", index=True)
    shop_id = fields.Many2one("merchant.shop", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    product_id = fields.Many2one("product.product", required=True, readonly=True, index=True)
    quantity = fields.Float("Short", readonly=True, digits="Product Unit", help="Pieces missing when it was found.")
    found_at = fields.Datetime("Found", readonly=True, required=True, default=fields.Datetime.now)
    solved_at = fields.Datetime("Solved", readonly=True)
    cause = fields.Selection(
        [
            ("late", "The platform learned it too late"),
            ("promised_twice", "Several shops offered the same pieces"),
            ("drift", "The platform sold more than it was told"),
            ("taken", "The pieces went elsewhere"),
            ("forced", "The offer was forced"),
            ("untold", "The platform was never told"),
        ],
        readonly=True,
    )
    state = fields.Selection(
        [("open", "Short"), ("solved", "Solved")], compute="_compute_state", store=True, index=True
    )
    why = fields.Json(compute="_compute_why", exportable=False)

    _line_uniq = models.Constraint("UNIQUE (sale_line_id)", "A line is found once.")

    @api.depends("solved_at")
    def _compute_state(self):
        for row in self:
            row.state = "solved" if row.solved_at else "open"

    @api.depends("sale_line_id")
    @api.depends_context("lang", "tz")
    def _compute_why(self):
        causes = dict(self._fields["cause"]._description_selection(self.env))
        for row in self:
            events = row._events()
            columns = [self.env._("When"), self.env._("What"), self.env._("Pieces")]
            lines = [
                [row._clock(at), words, f"{pieces:+g}" if sign else f"{pieces:g}"] for at, words, pieces, sign in events
            ]
            row.why = {
                "summary": causes.get(row.cause, ""),
                "steps": [],
                "table": {"columns": columns, "rows": lines},
            }

    def _clock(self, moment):
        return fields.Datetime.context_timestamp(self, moment).strftime("%m-%d %H:%M:%S")

    # -- finding ----------------------------------------------------------------------------------------------------

    @api.model
    def _look(self):
        """Find lines of publishing shops that wait for stock; close those that got theirs."""
        self.env["stock.move"].flush_model()
        self.env["sale.order.line"].flush_model()
        self._close()
        self.env.cr.execute(
            SQL(
                """
            SELECT line.id, so.merchant_shop_id, so.company_id, line.product_id,
                   MAX(move.product_qty * (1 - COALESCE(move.quantity, 0) / NULLIF(move.product_uom_qty, 0)))
              FROM stock_move move
              JOIN sale_order_line line ON line.id = move.sale_line_id
              JOIN sale_order so ON so.id = line.order_id
              JOIN merchant_shop shop ON shop.id = so.merchant_shop_id AND shop.publishes
              JOIN stock_location goal ON goal.id = COALESCE(move.location_final_id, move.location_dest_id)
             WHERE move.state IN ('confirmed', 'partially_available') AND goal.usage = 'customer'
               AND so.state = 'sale' AND so.merchant_hold_code IS NULL
               AND NOT EXISTS (SELECT 1 FROM merchant_oversell known WHERE known.sale_line_id = line.id)
               AND NOT EXISTS (SELECT 1 FROM stock_move_move_rel chain WHERE chain.move_dest_id = move.id)
             GROUP BY 1, 2, 3, 4
            """
            )
        )
        rows = self.env.cr.fetchall()
        names = ("sale_line_id", "shop_id", "company_id", "product_id", "quantity")
        for found in self.create([dict(zip(names, row, strict=True)) for row in rows]):
            found.cause = found._find_cause()

    def _close(self):
        self.env.cr.execute(
            """
            UPDATE merchant_oversell known SET solved_at = now() AT TIME ZONE 'UTC', state = 'solved'
             WHERE known.state = 'open' AND NOT EXISTS (
                   SELECT 1 FROM stock_move move WHERE move.sale_line_id = known.sale_line_id
                      AND move.state IN ('waiting', 'confirmed', 'partially_available'))
            """
        )
        self.invalidate_model(["solved_at", "state"])

    # -- explaining -------------------------------------------------------------------------------------------------

    def _listing(self):
        return self.env["merchant.listing"].search(
            [("shop_id", "=", self.shop_id.id), ("product_id", "=", self.product_id.id)], limit=1
        )

    def _sold_at(self):
        return (
            self.sale_order_id.platform_paid_at
            or self.sale_order_id.platform_created_at
            or self.sale_order_id.date_order
        )

    def _find_cause(self):
        listing, sold_at = self._listing(), self._sold_at()
        told = self._told(listing)
        last = max((each.at for each in told if each.at <= sold_at), default=sold_at)
        sale = Sale(
            at=sold_at,
            needed=int(self.sale_line_id.product_uom_qty),
            forced=listing.publication_mode == "forced",
            told=told,
            sold_since=int(self._sold_between(last, sold_at)),
            others=self._offered_elsewhere(listing, sold_at),
        )
        return cause(sale)

    def _offered_elsewhere(self, listing, moment):
        """Units that other listings of the product, or of a part of it, offered then: what their platforms were last
        told."""
        self.env["merchant.publication.push"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT COALESCE(SUM(last.quantity), 0)::int FROM (
                    SELECT DISTINCT ON (push.listing_id) push.quantity
                      FROM merchant_listing listing
                      JOIN merchant_publication_push push ON push.listing_id = listing.id
                     WHERE (listing.product_id = %s OR listing.id = ANY(%s)) AND listing.id != %s AND push.at <= %s
                       AND push.outcome = 'accepted' AND push.kind = 'quantity'
                     ORDER BY push.listing_id, push.at DESC, push.id DESC) AS last
                """,
                self.product_id.id,
                self._sharing().ids,
                listing.id or 0,
                moment,
            )
        )
        return self.env.cr.fetchone()[0]

    def _products(self):
        """The product sold, and what is missing of it: of a kit its parts."""
        # sudo: whoever reads orders may see why one of them waits
        return self.product_id | self.sudo().sale_line_id.move_ids.product_id

    def _sharing(self):
        """The listings that sell the same pieces, alone or in kits."""
        Publication = self.env["merchant.publication"]
        self.env.cr.execute(Publication._needing(self._products().ids))
        return Publication.search([("id", "in", [row[0] for row in self.env.cr.fetchall()])]).listing_id

    def _told(self, listing):
        pushes = self.env["merchant.publication.push"].search(
            [("listing_id", "=", listing.id), ("outcome", "=", "accepted"), ("kind", "=", "quantity")], order="at, id"
        )
        return tuple(Told(push.at, push.quantity) for push in pushes)

    def _sold_between(self, start, end):
        """Pieces that the shop's earlier orders took, as the platform dates them."""
        lines = self.env["sale.order.line"].search(
            [
                ("order_id.merchant_shop_id", "=", self.shop_id.id),
                ("product_id", "=", self.product_id.id),
                ("order_id.platform_created_at", ">=", start),
                ("order_id.platform_created_at", "<", end),
                ("id", "!=", self.sale_line_id.id),
            ]
        )
        return sum(lines.mapped("product_uom_qty"))

    def _events(self):
        """``[(when, what, pieces, whether it is a change)]``: stock, numbers told, orders, oldest first."""
        self.ensure_one()
        end = self.found_at + timedelta(hours=1)
        start = (self._sold_at() or self.found_at) - LOOK_BACK
        events = [*self._stock_events(start, end), *self._push_events(start, end), *self._order_events(start, end)]
        return sorted(events, key=lambda event: event[0])[-MOST_EVENTS:]

    def _stock_events(self, start, end):
        domain = [
            ("product_id", "in", self._products().ids),
            ("state", "=", "done"),
            ("date", ">=", start),
            ("date", "<=", end),
        ]
        for line in self.env["stock.move.line"].sudo().search(domain, limit=MOST_EVENTS, order="date desc"):
            # sudo: whoever reads orders may see why one of them waits; names of places and amounts only
            into = line.location_dest_id.usage == "internal"
            if into != (line.location_id.usage == "internal"):
                words = self.env._("Stock: %(move)s", move=line.reference or line.move_id.display_name)
                if line.product_id != self.product_id:
                    words = f"{line.product_id.display_name}, {words}"
                yield line.date, words, line.quantity_product_uom * (1 if into else -1), True

    def _push_events(self, start, end):
        same = Domain("product_id", "=", self.product_id.id) | Domain("listing_id", "in", self._sharing().ids)
        domain = same & Domain("at", ">=", start) & Domain("at", "<=", end)
        for push in self.env["merchant.publication.push"].search(domain, limit=MOST_EVENTS):
            kit = f" ({push.product_id.display_name})" if push.product_id != self.product_id else ""
            values = {"shop": f"{push.shop_id.name}{kit}", "answer": push.answer or ""}
            words = {
                "accepted": self.env._("%(shop)s was told", shop=values["shop"]),
                "later": self.env._("%(shop)s could not be told: %(answer)s", **values),
                "refused": self.env._("%(shop)s refused: %(answer)s", **values),
            }[push.outcome]
            yield push.at, words, push.quantity, False

    def _order_events(self, start, end):
        domain = [
            ("product_id", "=", self.product_id.id),
            ("order_id.merchant_shop_id", "!=", False),
            ("order_id.platform_created_at", ">=", start),
            ("order_id.platform_created_at", "<=", end),
        ]
        for line in self.env["sale.order.line"].search(domain, limit=MOST_EVENTS, order="id desc"):
            order = line.order_id
            words = self.env._(
                "%(shop)s sold %(order)s",
                shop=order.merchant_shop_id.name,
                order=order.platform_order_ref or order.name,
            )
            yield order.platform_created_at, words, -line.product_uom_qty, True
            if line == self.sale_line_id:
                yield order.create_date, self.env._("%(order)s arrived here", order=order.platform_order_ref), 0, False

    def action_view_order(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": self.sale_order_id.id,
            "views": [(False, "form")],
        }
