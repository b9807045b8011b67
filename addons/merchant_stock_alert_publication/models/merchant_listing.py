from odoo import api, fields, models


class MerchantListing(models.Model):
    _inherit = "merchant.listing"

    stock_hold_ids = fields.One2many("merchant.stock.hold", "listing_id", domain=[("ended_at", "=", False)])
    stock_hold_summary = fields.Char("Held Back", compute="_compute_stock_hold_summary")
    stock_alert_ids = fields.One2many(
        "merchant.stock.alert", "listing_id", "Stock Alerts", domain=[("state", "!=", "closed")]
    )
    stock_alert_summary = fields.Char("Stock Alert", compute="_compute_stock_alert_summary")

    @api.depends("stock_hold_ids.summary")
    def _compute_stock_hold_summary(self):
        for listing in self:
            listing.stock_hold_summary = listing.stock_hold_ids[:1].summary

    @api.depends("stock_alert_ids.summary")
    @api.depends_context("lang")
    def _compute_stock_alert_summary(self):
        for listing in self:
            listing.stock_alert_summary = listing.stock_alert_ids[:1].summary

    def write(self, vals):
        result = super().write(vals)
        if {"active", "on_sale", "shop_id", "product_id", "publication_mode"} & vals.keys():
            self._mark_for_lines()
        return result

    def _mark_for_lines(self):
        """Whether it is sold at all changed: where there are lines for shops, it is held against them again."""
        # sudo: asked in the name of whoever changes a listing
        if self.env["merchant.stock.shop.watch"].sudo()._any_lines():
            publishing = self.filtered("shop_id.publishes")
            publishing._mark_publication()
            self.env["merchant.stock.mark"]._mark((product, None) for product in (self - publishing).product_id.ids)

    def action_view_stock_alert(self):
        self.ensure_one()
        return self.stock_alert_ids[:1].get_formview_action()

    def action_add_stock_line(self):
        """A line for just this product in this shop."""
        self.ensure_one()
        line = {"kind": "shop", "method": "quantity", "shop_id": self.shop_id.id}
        return self.env["merchant.stock.threshold"]._action_add(self.product_id, self.company_id, **line)

    def action_lift_stock_hold(self):
        """Offer again what the rule says, whether the alert is still open or not."""
        self.stock_hold_ids.action_lift()
        return True
