from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.merchant_channel.core.order import CLOSED, FINISHED, SHIPPED, UNPAID

# What buyers let lie so long is closed by every platform.
UNPAID_DAYS = 7


class MerchantPendingSale(models.Model):
    """Pieces that a shop sold and that no delivery knows of yet: not paid, held, or not confirmed.

    The platform has counted them off its own quantity; whoever tells it a new one must leave them out.
    """

    _name = "merchant.pending.sale"
    _description = "Sold, Not Yet an Order"
    _order = "id desc"

    shop_id = fields.Many2one("merchant.shop", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one("res.company", required=True)
    order_ref = fields.Char("Platform Order", required=True)
    product_id = fields.Many2one("product.product", required=True, ondelete="cascade", index=True)
    quantity = fields.Float(digits="Product Unit", required=True)
    kind = fields.Selection([("unpaid", "Not paid"), ("held", "Held"), ("quotation", "Not confirmed")], required=True)
    since = fields.Datetime(required=True)

    _sale_uniq = models.Constraint("UNIQUE (shop_id, order_ref, product_id)", "An order counts once for each product.")

    @api.model
    def _note(self, shop, pairs):
        """Note what the newest word of the platform leaves pending; forget what it settled.

        :param pairs: ``[(inbox row, ChannelOrder)]``, processed
        """
        listings = self._listings(shop, pairs)
        wanted = {}
        for row, order in pairs:
            if kind := self._kind(row, order):
                for line in order.lines:
                    product = listings.get(line.platform_sku or line.sku)
                    if product and not line.dropped:
                        key = (order.order_id, product)
                        wanted[key] = (kind, wanted.get(key, (kind, 0))[1] + float(line.quantity))
        self._replace(shop, [order.order_id for _row, order in pairs], wanted)
        self.env["merchant.publication.mark"]._mark_products(listings.values(), shop.id)

    def _listings(self, shop, pairs):
        """``{platform sku: product id}``"""
        keys = {line.platform_sku or line.sku for _row, order in pairs for line in order.lines}
        found = self.env["merchant.listing"].search_fetch(
            [("shop_id", "=", shop.id), ("platform_sku", "in", list(keys)), ("product_id", "!=", False)],
            ["platform_sku", "product_id"],
        )
        return {listing.platform_sku: listing.product_id.id for listing in found}

    def _kind(self, row, order):
        """Why the order's pieces are in no delivery, or None when they are (or never will be)."""
        if order.status in (CLOSED, FINISHED, SHIPPED):
            return None
        if row.sale_order_id:
            return "quotation" if row.sale_order_id.state in ("draft", "sent") else None
        if order.status == UNPAID:
            return "unpaid"
        return "held" if row.state == "held" else None

    def _replace(self, shop, refs, wanted):
        self.env.cr.execute(
            SQL("DELETE FROM merchant_pending_sale WHERE shop_id = %s AND order_ref = ANY(%s)", shop.id, refs)
        )
        self.create(
            [
                {
                    "shop_id": shop.id,
                    "company_id": shop.company_id.id,
                    "order_ref": ref,
                    "product_id": product,
                    "quantity": quantity,
                    "kind": kind,
                    "since": fields.Datetime.now(),
                }
                for (ref, product), (kind, quantity) in wanted.items()
                if quantity > 0
            ]
        )

    @api.model
    def _mark_orders(self, orders):
        """An order turned from or to a quotation: what it leaves pending changes."""
        if orders := orders.filtered("platform_order_ref"):
            rows = self.sudo().search(  # sudo: whoever confirms or cancels an order need not see these rows
                [
                    ("shop_id", "in", orders.sudo().merchant_shop_id.ids),
                    ("order_ref", "in", orders.mapped("platform_order_ref")),
                ]
            )
            self.env["merchant.publication.mark"]._mark_products(rows.product_id.ids)

    @api.model
    def _forget_old(self):
        """Unpaid orders that the platform closed long ago, whatever it told us; orders that are no quotation."""
        self.env.cr.execute(
            SQL(
                """
            DELETE FROM merchant_pending_sale pending
             WHERE (kind = 'unpaid' AND since < now() AT TIME ZONE 'UTC' - make_interval(days => %s))
                OR EXISTS (SELECT 1 FROM sale_order so WHERE so.merchant_shop_id = pending.shop_id
                              AND so.platform_order_ref = pending.order_ref AND so.state IN ('sale', 'cancel'))
            RETURNING product_id
            """,
                UNPAID_DAYS,
            )
        )
        self.env["merchant.publication.mark"]._mark_products(row[0] for row in self.env.cr.fetchall())
