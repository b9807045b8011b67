from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL


class MerchantPublicationQuota(models.Model):
    """Pieces set aside for one listing during a campaign: nobody else offers them."""

    _name = "merchant.publication.quota"
    _description = "Campaign Quota"
    _order = "starts_at desc, id desc"
    _check_company_auto = True

    name = fields.Char("Campaign", required=True)
    active = fields.Boolean(default=True)
    listing_id = fields.Many2one("merchant.listing", required=True, ondelete="cascade", index=True)
    shop_id = fields.Many2one(related="listing_id.shop_id", store=True, index=True)
    company_id = fields.Many2one(related="listing_id.company_id", store=True, index=True)
    product_id = fields.Many2one(related="listing_id.product_id", store=True, index=True)
    quantity = fields.Integer("Set Aside", required=True, default=1)
    only = fields.Boolean(
        "Nothing Beyond",
        default=True,
        help="Offer the quota alone; otherwise it comes on top of the shop's usual offer.",
    )
    starts_at = fields.Datetime("From", required=True, default=fields.Datetime.now)
    ends_at = fields.Datetime("Until", required=True)
    running = fields.Boolean(readonly=True, copy=False)
    state = fields.Selection(
        [("planned", "Planned"), ("running", "Running"), ("over", "Over")],
        compute="_compute_state",
        search="_search_state",
    )
    sold = fields.Integer(compute="_compute_sold", help="What the shop sold of it since the campaign began.")
    left = fields.Integer(compute="_compute_sold")

    _quantity_check = models.Constraint("CHECK (quantity > 0)", "Set aside at least one piece.")
    _dates_check = models.Constraint("CHECK (ends_at > starts_at)", "A campaign ends after it begins.")
    _running_idx = models.Index("(listing_id) WHERE running")

    @api.depends("running", "starts_at", "ends_at")
    def _compute_state(self):
        now = fields.Datetime.now()
        for quota in self:
            over = quota.ends_at and quota.ends_at <= now
            quota.state = "running" if quota.running and not over else "over" if over else "planned"

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        now = fields.Datetime.now()
        domains = {
            "running": [("running", "=", True), ("ends_at", ">", now)],
            "over": [("ends_at", "<=", now)],
            "planned": [("running", "=", False), ("ends_at", ">", now)],
        }
        return fields.Domain.OR(domains[state] for state in value if state in domains)

    @api.depends("quantity", "starts_at")
    def _compute_sold(self):
        sold = self._sold()
        for quota in self:
            quota.sold = sold.get(quota.id, 0)
            quota.left = max(0, quota.quantity - quota.sold)

    @api.constrains("listing_id", "starts_at", "ends_at", "active")
    def _check_overlap(self):
        for quota in self.filtered("active"):
            domain = [
                ("id", "!=", quota.id),
                ("listing_id", "=", quota.listing_id.id),
                ("starts_at", "<", quota.ends_at),
                ("ends_at", ">", quota.starts_at),
            ]
            if other := self.search(domain, limit=1):
                raise ValidationError(
                    self.env._(
                        "%(listing)s has the quota of “%(campaign)s” in that time already: change that one.",
                        listing=quota.listing_id.display_name,
                        campaign=other.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        quotas = super().create(vals_list)
        quotas._look_at_the_clock()
        return quotas

    def write(self, vals):
        self._mark()
        result = super().write(vals)
        if set(vals) - {"running", "name"}:
            self._look_at_the_clock()
            self._mark()
        return result

    def unlink(self):
        self._mark()
        return super().unlink()

    def _mark(self):
        self.env["merchant.publication.mark"]._mark_products(self.product_id.ids)

    @api.model
    def _look_at_the_clock(self):
        """Begin and end campaigns whose time has come."""
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
            UPDATE merchant_publication_quota quota SET running = NOT COALESCE(running, FALSE)
             WHERE COALESCE(running, FALSE) != (active AND starts_at <= %(now)s AND ends_at > %(now)s)
            RETURNING product_id
            """,
                now=fields.Datetime.now(),
            )
        )
        products = [row[0] for row in self.env.cr.fetchall()]
        self.invalidate_model(["running"])
        self.env["merchant.publication.mark"]._mark_products(products)

    def _sold(self):
        """``{quota id: pieces sold since it began}``, pending sales included."""
        if not self.ids:
            return {}
        self.flush_model()
        self.env["sale.order.line"].flush_model(["product_uom_qty", "product_id", "order_id"])
        self.env["sale.order"].flush_model(["state", "date_order", "merchant_shop_id"])
        self.env.cr.execute(
            SQL(
                """
            SELECT quota.id, COALESCE(ordered.pieces, 0) + COALESCE(pending.pieces, 0)
              FROM merchant_publication_quota quota
              LEFT JOIN LATERAL (
                SELECT SUM(line.product_uom_qty) AS pieces
                  FROM sale_order_line line JOIN sale_order so ON so.id = line.order_id
                 WHERE line.product_id = quota.product_id AND so.merchant_shop_id = quota.shop_id
                   AND so.state = 'sale' AND so.date_order BETWEEN quota.starts_at AND quota.ends_at) ordered ON TRUE
              LEFT JOIN LATERAL (
                SELECT SUM(pending.quantity) AS pieces
                  FROM merchant_pending_sale pending
                  LEFT JOIN sale_order so ON so.merchant_shop_id = pending.shop_id
                        AND so.platform_order_ref = pending.order_ref
                 WHERE pending.product_id = quota.product_id AND pending.shop_id = quota.shop_id
                   AND (so.id IS NULL OR so.state IN ('draft', 'sent'))
                   AND pending.since BETWEEN quota.starts_at AND quota.ends_at) pending ON TRUE
             WHERE quota.id = ANY(%s)
            """,
                self.ids,
            )
        )
        return {quota: int(pieces) for quota, pieces in self.env.cr.fetchall()}
