from odoo import models
from odoo.exceptions import UserError


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def action_rehearse_shipping(self):
        """Ship reserved deliveries of rehearsal shops with made-up carriers and tracking numbers."""
        ready = self.filtered(lambda picking: picking.state == "assigned" and picking.picking_type_code == "outgoing")
        if real := ready.filtered(lambda picking: not picking.merchant_shop_id.is_rehearsal):
            raise UserError(
                self.env._(
                    "%(delivery)s belongs to no rehearsal shop: enter its real tracking number.", delivery=real[0].name
                )
            )
        carriers = (
            self.env["merchant.carrier.code"]
            .search([("platform", "in", ready.merchant_shop_id.mapped("platform"))])
            .carrier_id
        )
        for number, picking in enumerate(ready.filtered(lambda picking: not picking.merchant_hold_reason)):
            carrier = carriers[number % len(carriers)]
            picking.write({"carrier_id": carrier.id, "carrier_tracking_ref": f"YX{picking.id:010}"})
            picking.move_ids.picked = True
            picking._action_done()
        return True
