from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

SETTINGS = ("product_id", "active", "shop_id", "publication_rule_id", "publication_mode", "publication_forced")


class MerchantListing(models.Model):
    _inherit = "merchant.listing"

    publication_rule_id = fields.Many2one(
        "merchant.publication.rule",
        "Own Stock Rule",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        help="Leave it empty for the shop's rule.",
    )
    publication_mode = fields.Selection(
        [("auto", "By the rule"), ("paused", "Paused"), ("forced", "Forced")],
        "Stock Sync",
        required=True,
        default="auto",
        help="Paused: the platform keeps what it has. Forced: a number of your own, whatever the stock says.",
    )
    publication_forced = fields.Integer("Forced Quantity")
    publication_ids = fields.One2many("merchant.publication", "listing_id")
    publication_quantity = fields.Integer("Offer", compute="_compute_publication")
    publication_sent = fields.Integer("Platform Told", compute="_compute_publication")
    publication_sent_at = fields.Datetime("Told At", compute="_compute_publication")
    publication_state = fields.Char("Sync State", compute="_compute_publication")
    publication_reason = fields.Char("Reason", compute="_compute_publication")
    publication_why = fields.Json("Why?", compute="_compute_publication")

    _forced_check = models.Constraint("CHECK (publication_forced >= 0)", "A forced quantity is 0 or more.")

    @api.depends("publication_ids.wanted", "publication_ids.state", "publication_ids.sent")
    @api.depends_context("lang")
    def _compute_publication(self):
        states = dict(self.env["merchant.publication"]._fields["state"]._description_selection(self.env))
        for listing in self:
            row = listing.publication_ids[:1]
            listing.publication_quantity, listing.publication_sent = row.wanted, row.sent
            listing.publication_sent_at, listing.publication_reason = row.sent_at, row.reason
            listing.publication_state = states.get(row.state, "")
            listing.publication_why = row.why

    @api.model_create_multi
    def create(self, vals_list):
        listings = super().create(vals_list)
        listings._mark_publication()
        return listings

    def write(self, vals):
        changed = set(SETTINGS) & set(vals)
        if changed:  # what shared the stock with the old product has more of it now
            self.env["merchant.publication.mark"]._mark_products(self.product_id.ids)
        result = super().write(vals)
        if changed:
            self._mark_publication()
        if "active" in vals or "shop_id" in vals:
            self._forget_publication()
        return result

    def unlink(self):
        self.env["merchant.publication.mark"]._mark_products(self.product_id.ids)
        return super().unlink()

    def _mark_publication(self):
        if self.ids:
            # whether the shop publishes is looked at when the mark is taken: it may just be switched on
            condition = SQL("listing.id = ANY(%s)", self.ids)
            self.env["merchant.publication.mark"]._mark_listings(condition)

    def _forget_publication(self):
        """An archived listing offers nothing any more."""
        # sudo: whoever may archive a listing ends its offer, which nobody writes himself
        gone = self.filtered(lambda listing: not listing.active)
        self.env["merchant.publication"].sudo().search([("listing_id", "in", gone.ids)]).unlink()

    def action_publication_pause(self):
        self.write({"publication_mode": "paused"})
        return True

    def action_publication_resume(self):
        self.write({"publication_mode": "auto"})
        return True

    def action_publication_send(self):
        rows = self.publication_ids
        if not rows:
            raise UserError(
                self.env._("Nothing is worked out yet: switch the stock sync of the shop on and match the listing.")
            )
        return rows.action_send()

    def action_view_pushes(self):
        return self.publication_ids.action_view_pushes()
