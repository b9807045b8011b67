from odoo import fields, models
from odoo.exceptions import UserError


class MerchantStockAnswer(models.TransientModel):
    _inherit = "merchant.stock.answer"

    kind = fields.Selection(selection_add=[("limit", "Offer less in shops")], ondelete={"limit": "cascade"})
    limit_kind = fields.Selection(
        [("lower", "Lower to at most"), ("pause", "Stop telling the platform")], "What to Do", default="lower"
    )
    limit_lifts = fields.Boolean(
        "Lift by Itself", default=True, help="When the alert closes, the listings offer what their rules say again."
    )
    listing_ids = fields.One2many("merchant.stock.answer.listing", "answer_id")

    def _fill(self):
        result = super()._fill()
        if self.kind == "limit":
            self.listing_ids = [(5, 0, 0)] + [(0, 0, vals) for vals in self._lines_limit()]
        return result

    def _lines_limit(self):
        """The listings of the alerts' products that the user may see, each with half of its part of what is left."""
        offers, found = self.alert_ids._offers(), {}
        for alert in self.alert_ids:
            mine = offers[alert.id].sudo(False).with_user(self.env.user)._filtered_access("read")
            for offer in mine:
                left = self._left(alert.product_id, offer.shop_id)
                found.setdefault(
                    offer.listing_id,
                    {
                        "alert_id": alert.id,
                        "listing_id": offer.listing_id.id,
                        "offered": offer.wanted,
                        "quantity": min(offer.wanted, max(0, int(left)) // (2 * len(mine))),
                    },
                )
        return list(found.values())

    def _left(self, product, shop):
        """Units available in the warehouses that the shop sells from."""
        places = shop.warehouse_ids or shop.warehouse_id
        positions = self.env["merchant.stock.position"].search(
            [("product_id", "=", product.id), ("warehouse_id", "in", places.ids)]
        )
        return sum(positions.mapped("available"))

    def _plan(self):
        if self.kind != "limit":
            return super()._plan()
        _ = self.env._
        if not self.listing_ids:
            return self._nothing()
        count = len(self.listing_ids)
        if self.limit_kind == "pause":
            text = _(
                "The platforms of %(count)s listings are told nothing more: they keep on selling what they have now. "
                "Lower to 0 to stop sales.",
                count=count,
            )
        else:
            text = _("Lowers %(count)s listings to at most what is written below.", count=count)
        until = (
            _("Lifted by itself when the alert closes.") if self.limit_lifts else _("Stays until somebody lifts it.")
        )
        return f"{text} {until}"

    def _nothing(self):
        if self.kind != "limit":
            return super()._nothing()
        return self.env._("No shop of yours that publishes its stock sells this product from this warehouse.")

    def _do_limit(self):
        lines = self.listing_ids
        if not lines:
            raise UserError(self._nothing())
        self.env["merchant.stock.hold"].create([line._prepare_hold() for line in lines])
        for alert, group in lines.grouped("alert_id").items():
            alert._note_limit(group)
        return {"type": "ir.actions.act_window_close"}
