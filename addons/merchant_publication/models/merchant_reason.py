from odoo import models


class MerchantReason(models.AbstractModel):
    _inherit = "merchant.reason"

    def _sentences(self):
        _ = self.env._
        return {
            **super()._sentences(),
            "no_product": _("No product is matched: choose it on the listing, then its stock is offered."),
            "listing_paused": _("Paused by hand: the platform keeps what it has."),
            "no_parts": _("The kit has no part that is kept in stock: complete its bill of materials."),
            "not_stored": _(
                "The product is not kept in stock: track its inventory, or force a quantity on the listing."
            ),
            "no_platform": _("This shop has no platform to tell: scripts read the offer over the API."),
        }
