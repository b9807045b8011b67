from odoo import api, models
from odoo.tools import SQL


class MerchantPublicationCalculator(models.AbstractModel):
    _inherit = "merchant.publication.calculator"

    @api.model
    def _refresh(self, changed, listings=(), sold=()):
        """Offers that were worked out anew are held against the lines for shops."""
        shops = super()._refresh(changed, listings, sold)
        self.env["merchant.stock.shop.watch"]._look(
            SQL(
                "COALESCE(shop.publishes, FALSE) AND (listing.product_id = ANY(%s) OR listing.id = ANY(%s))",
                sorted(self._touched(set(changed))),
                sorted(listings),
            )
        )
        return shops

    def _facts(self, products, listing_ids):
        facts = super()._facts(products, listing_ids)
        facts.holds = self._holds([listing.id for listing in facts.rows])
        return facts

    def _holds(self, listing_ids):
        """``{listing id: (kind, at most)}`` of what stock alerts hold back."""
        self.env["merchant.stock.hold"].flush_model()
        self.env.cr.execute(
            SQL(
                "SELECT listing_id, kind, quantity FROM merchant_stock_hold"
                " WHERE ended_at IS NULL AND listing_id = ANY(%s)",
                listing_ids,
            )
        )
        return {listing: (kind, quantity) for listing, kind, quantity in self.env.cr.fetchall()}

    def _row(self, facts, listing, offer):
        """At most what an alert allows; what the platform withholds for unpaid orders comes on top, as without it."""
        row = super()._row(facts, listing, offer)
        kind, most = facts.holds.get(listing.id, (None, 0))
        if kind == "lower":
            allowed = most + sum(value for code, value in row.terms if code == "kept_back")
            if allowed < row.wanted:
                row.terms.append(["alert", allowed - row.wanted])
                row.wanted = allowed
        return row

    def _stopped(self, facts, listing):
        stopped = super()._stopped(facts, listing)
        if not stopped and facts.holds.get(listing.id, ("",))[0] == "pause":
            return "alert_paused"
        return stopped
