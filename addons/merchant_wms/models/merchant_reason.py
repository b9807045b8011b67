from odoo import models


class MerchantReason(models.AbstractModel):
    _inherit = "merchant.reason"

    def _sentences(self):
        return {**super()._sentences(), **self._wms_told(), **self._wms_results(), **self._wms_stock()}

    def _wms_told(self):
        """What keeps a delivery from being told, or what the warehouse said to it."""
        _ = self.env._
        return {
            "wms_no_code": _(
                "%(product)s has no internal reference, by which the warehouse knows it: enter one, retry."
            ),
            "wms_same_code": _("Two products of this delivery share the code %(sku)s: give one another, then retry."),
            "wms_no_lines": _("Nothing is left to be shipped in this delivery."),
            "wms_settings": _("%(error)s Ask the owner to complete it, then retry."),
            "wms_later": _("The warehouse is not to be reached now (%(error)s): tried again by itself."),
            "wms_stranger": _(
                "The warehouse does not know us (%(error)s): the owner checks app key and secret under "
                "Outside Warehouses and tests the connection; then it goes on by itself."
            ),
            "wms_refused": _("The warehouse refuses it: %(words)s. Put that right, then retry."),
            "wms_change_refused": _(
                "The warehouse does not take the change: %(words)s. Arrange it with them, or take the rest out here."
            ),
            "wms_cancel_refused": _(
                "The warehouse does not give it back: %(words)s. Have the parcel stopped there, or take the goods in "
                "with a return when they come."
            ),
            "wms_done_here": _("It was validated here by hand."),
            "wms_arranged": _("Arranged with the warehouse by %(user)s."),
        }

    def _wms_results(self):
        """Why a result waits."""
        _ = self.env._
        return {
            "wms_unknown_type": _("This version knows no message of type “%(type)s”."),
            "wms_missing": _("The message has no usable “%(field)s”: the warehouse corrects it and sends it anew."),
            "wms_lines": _("The message has %(count)s lines; 1 to %(most)s are read."),
            "wms_quantity": _("“%(value)s” is no number of pieces (%(field)s)."),
            "wms_time": _("“%(value)s” is no time with a time zone, such as 2025-11-11T09:30:00+08:00."),
            "wms_unknown_delivery": _("No delivery was told under the key %(key)s."),
            "wms_unknown_lines": _("The delivery does not ask for %(skus)s: find out what went into the parcel."),
            "wms_more_than_asked": _("%(sku)s: %(shipped)s shipped, but %(asked)s asked for."),
            "wms_lot_missing": _("%(sku)s is kept by lots, but the result names none."),
            "wms_lots_differ": _("%(sku)s: %(quantity)s pieces, but %(lots)s in its lots."),
            "wms_lot_short": _("%(sku)s: lot %(lot)s is not on hand in that number. Correct our stock, then retry."),
            "wms_not_reserved": _(
                "%(sku)s: %(need)s left, but only %(have)s are reserved here. Correct our stock, then retry."
            ),
            "wms_unknown_carrier": _(
                "The carrier %(carrier)s is not known: enter its code under Outside Warehouses, then retry."
            ),
            "wms_parcel_differs": _("Parcel %(parcel)s came before with other contents (message %(message)s)."),
            "wms_taken_back": _(
                "%(delivery)s was taken back here, yet it left: have the parcel stopped, or deliver it anew by hand."
            ),
            "wms_left_already": _("%(delivery)s left already: find out what this parcel is."),
            "wms_not_validated": _(
                "Odoo asks something before %(delivery)s can leave: open it and validate it by hand."
            ),
            "wms_not_possible": _("It could not be booked: %(error)s Mend the cause, then retry."),
            "wms_set_aside": _("Set aside by %(user)s."),
        }

    def _wms_stock(self):
        _ = self.env._
        return {
            "wms_unknown_skus": _(
                "%(count)s codes are no product of ours (%(names)s); all other lines count. Enter the codes, then retry."
            ),
            "wms_twin_skus": _(
                "%(count)s codes belong to several products (%(names)s); all other lines count. Give each its own."
            ),
            "wms_unknown_lots": _(
                "%(count)s lots are not known (%(names)s); all other lines count. Enter the lots, then retry."
            ),
        }
