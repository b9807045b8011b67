from odoo import fields, models
from odoo.tools import SQL

from ..core.publication import Rule

NUMBERS = ("ratio", "constant", "minimum", "maximum", "safety", "incoming_days", "active")


class MerchantPublicationRule(models.Model):
    """What part of the stock is offered. A shop has one; a listing may have its own."""

    _name = "merchant.publication.rule"
    _description = "Stock Sync Rule"
    _order = "sequence, name"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company, index=True)
    ratio = fields.Float("Offer (%)", default=100, digits=(5, 2), help="Part of the free stock that is offered.")
    constant = fields.Integer("Add or Take Off", help="Pieces added to it, or taken off when negative.")
    minimum = fields.Integer("Not Below", help="Fewer pieces than this are not offered at all.")
    maximum = fields.Integer("Not Above", help="Never offer more than this; 0 for no limit.")
    safety = fields.Integer("Safety Stock", help="Pieces that are never offered.")
    incoming_days = fields.Integer(
        "Receipts Within (days)", help="Goods that are due within so many days count already; 0 counts none."
    )
    shop_count = fields.Integer("Shops", compute="_compute_counts")
    listing_count = fields.Integer("Listings", compute="_compute_counts")

    _ratio_check = models.Constraint(
        "CHECK (ratio BETWEEN 0 AND 100)", "Offer 0 to 100 % of the stock: more than there is cannot be delivered."
    )
    _numbers_check = models.Constraint(
        "CHECK (minimum >= 0 AND maximum >= 0 AND safety >= 0)",
        "Safety stock, lower and upper limit are 0 or more; only what is added or taken off may be negative.",
    )
    _days_check = models.Constraint("CHECK (incoming_days BETWEEN 0 AND 365)", "Receipts count 0 to 365 days ahead.")

    def _compute_counts(self):
        shops = dict(
            self.env["merchant.shop"]._read_group(
                [("publication_rule_id", "in", self.ids)], ["publication_rule_id"], ["__count"]
            )
        )
        listings = dict(
            self.env["merchant.listing"]._read_group(
                [("publication_rule_id", "in", self.ids)], ["publication_rule_id"], ["__count"]
            )
        )
        for rule in self:
            rule.shop_count, rule.listing_count = shops.get(rule, 0), listings.get(rule, 0)

    def write(self, vals):
        result = super().write(vals)
        if set(NUMBERS) & set(vals):
            self._mark()
        return result

    def unlink(self):
        self._mark()
        return super().unlink()

    def _mark(self):
        condition = SQL(
            "COALESCE(listing.publication_rule_id, shop.publication_rule_id) = ANY(%s) AND shop.publishes", self.ids
        )
        self.env["merchant.publication.mark"]._mark_listings(condition)

    def _as_core(self):
        """``{rule id: core Rule}``; an archived rule leaves the stock as it is."""
        return {
            rule.id: Rule(
                ratio=round(rule.ratio * 100),
                constant=rule.constant,
                minimum=rule.minimum,
                maximum=rule.maximum,
                safety=rule.safety,
                horizon=rule.incoming_days,
            )
            for rule in self.filtered("active")
        }
