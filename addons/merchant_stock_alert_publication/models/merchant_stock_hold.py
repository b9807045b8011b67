from odoo import api, fields, models
from odoo.exceptions import UserError


class MerchantStockHold(models.Model):
    """What a stock alert keeps a listing from offering.

    It only ever lowers an offer, and the listing's own settings stay as they are: when it is lifted, the listing offers
    what its rule says again.
    """

    _name = "merchant.stock.hold"
    _description = "Offer Held Back by a Stock Alert"
    _order = "ended_at desc, id desc"
    _rec_name = "listing_id"

    alert_id = fields.Many2one("merchant.stock.alert", required=True, readonly=True, ondelete="cascade", index=True)
    listing_id = fields.Many2one("merchant.listing", required=True, readonly=True, ondelete="cascade", index=True)
    shop_id = fields.Many2one(related="listing_id.shop_id", store=True, index=True)
    company_id = fields.Many2one(related="listing_id.company_id", store=True, index=True)
    kind = fields.Selection(
        [("lower", "Lower to at most"), ("pause", "Stop telling the platform")],
        required=True,
        readonly=True,
        default="lower",
    )
    quantity = fields.Integer("At Most", readonly=True, help="0: nothing is offered.")
    before = fields.Integer("Offered Before", readonly=True)
    lifts = fields.Boolean(
        "Lifted by Itself",
        readonly=True,
        default=True,
        help="When the alert closes; otherwise somebody has to lift it.",
    )
    ended_at = fields.Datetime("Lifted At", readonly=True)
    ended_by_id = fields.Many2one("res.users", "Lifted By", readonly=True, help="Nobody: the alert closed.")
    summary = fields.Char(compute="_compute_summary")

    _quantity_check = models.Constraint("CHECK (quantity >= 0)", "A shop offers 0 or more.")
    _listing_uniq = models.UniqueIndex(
        "(listing_id) WHERE ended_at IS NULL", "A stock alert holds this listing back already."
    )

    @api.depends("kind", "quantity", "alert_id", "lifts", "ended_at")
    @api.depends_context("lang")
    def _compute_summary(self):
        for hold in self:
            hold.summary = hold._summary()

    def _summary(self):
        _ = self.env._
        # a listing's readers read alerts of its company; its name is all that is shown
        alert = self.alert_id.sudo().display_name
        if self.kind == "pause":
            text = _("Not told to the platform because of the alert “%(alert)s”.", alert=alert)
        else:
            text = _("At most %(units)s because of the alert “%(alert)s”.", units=self.quantity, alert=alert)
        until = _("Lifted by itself when the alert closes.") if self.lifts else _("Stays until somebody lifts it.")
        return f"{text} {until}"

    @api.model_create_multi
    def create(self, vals_list):
        """A newer one takes the place of the one there is."""
        listings = self.env["merchant.listing"].browse(vals["listing_id"] for vals in vals_list)
        self.search([("listing_id", "in", listings.ids), ("ended_at", "=", False)])._end()
        holds = super().create(vals_list)
        holds.flush_recordset()
        holds.listing_id._mark_publication()
        return holds

    def action_lift(self):
        """The listings offer again what their rules say."""
        self.check_access("write")
        if not self.filtered(lambda hold: not hold.ended_at):
            raise UserError(self.env._("This is lifted already."))
        self._end(self.env.user)
        return True

    def _end(self, user=None):
        open_holds = self.filtered(lambda hold: not hold.ended_at)
        open_holds.write({"ended_at": fields.Datetime.now(), "ended_by_id": user and user.id})
        open_holds.flush_recordset()
        open_holds.listing_id._mark_publication()

    @api.model
    def _end_with(self, alert_ids):
        """The alerts closed: lift what was to be lifted with them."""
        # sudo: the evaluation closes alerts of all companies and shops
        domain = [("alert_id", "in", alert_ids), ("ended_at", "=", False), ("lifts", "=", True)]
        self.sudo().search(domain)._end()
