from odoo import api, fields, models


class MerchantListing(models.Model):
    _inherit = "merchant.listing"

    stock_hold_ids = fields.One2many("merchant.stock.hold", "listing_id", domain=[("ended_at", "=", False)])
    stock_hold_summary = fields.Char("Held Back", compute="_compute_stock_hold_summary")

    @api.depends("stock_hold_ids.summary")
    def _compute_stock_hold_summary(self):
        for listing in self:
            listing.stock_hold_summary = listing.stock_hold_ids[:1].summary

    def action_lift_stock_hold(self):
        """Offer again what the rule says, whether the alert is still open or not."""
        self.stock_hold_ids.action_lift()
