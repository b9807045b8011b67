from odoo import api, fields, models


class MerchantStockAnswerListing(models.TransientModel):
    """One listing of which a shop is to offer less."""

    _name = "merchant.stock.answer.listing"
    _description = "Limit a Listing because of a Stock Alert"

    answer_id = fields.Many2one("merchant.stock.answer", required=True, ondelete="cascade")
    alert_id = fields.Many2one("merchant.stock.alert", required=True, readonly=True, ondelete="cascade")
    listing_id = fields.Many2one("merchant.listing", required=True, readonly=True, ondelete="cascade")
    shop_id = fields.Many2one(related="listing_id.shop_id")
    product_id = fields.Many2one(related="listing_id.product_id")
    sku = fields.Char(related="listing_id.sku")
    offered = fields.Integer("Offers Now", readonly=True)
    quantity = fields.Integer("At Most", help="0: nothing is offered.")
    outcome = fields.Char("Then", compute="_compute_outcome")

    _quantity_check = models.Constraint("CHECK (quantity >= 0)", "A shop offers 0 or more.")

    @api.depends("quantity", "offered", "answer_id.limit_kind")
    def _compute_outcome(self):
        _ = self.env._
        for line in self:
            if line.answer_id.limit_kind == "pause":
                line.outcome = _("the platform keeps %(units)s", units=line.offered)
            elif line.quantity >= line.offered:
                line.outcome = _("unchanged for now, never more than %(units)s", units=line.quantity)
            else:
                line.outcome = _("from %(before)s to %(after)s", before=line.offered, after=line.quantity)

    def _prepare_hold(self):
        return {
            "alert_id": self.alert_id.id,
            "listing_id": self.listing_id.id,
            "kind": self.answer_id.limit_kind,
            "quantity": self.quantity,
            "before": self.offered,
            "lifts": self.answer_id.limit_lifts,
        }
