from decimal import Decimal

from odoo import models

from ..core import inbound
from ..core.matching import match
from .merchant_wms_message import Held, Superseded
from .stock_picking import exact


class MerchantWmsResult(models.AbstractModel):
    """Carries out what an outside warehouse returned, in stock Odoo's own steps."""

    _name = "merchant.wms.result"
    _description = "Carries Out Results"

    def _carry_out(self, message, result):
        """Do what a message says; return ``[(code, params)]`` of what is odd but hinders nothing.

        :raises Held: it does not fit
        :raises Superseded: it is overtaken, or was carried out before
        """
        if isinstance(result, inbound.Stock):
            return self.env["merchant.wms.stock"]._take(message, result)
        delivery = message.delivery_id
        if not delivery:
            raise Held(("wms_unknown_delivery", {"key": result.key}))
        delivery._lock()
        if isinstance(result, inbound.Shipped):
            return self._shipped(message, delivery, result)
        if delivery.state == "shipped" or delivery.answered_at and message.happened_at < delivery.answered_at:
            raise Superseded
        if isinstance(result, inbound.Accepted):
            return self._accepted(message, delivery)
        return self._refused(message, delivery, result)

    def _summary(self, result):
        """What lists show of a message."""
        if isinstance(result, inbound.Shipped):
            pieces = sum((line.quantity for line in result.lines), Decimal(0))
            text = f"{result.carrier} {', '.join(result.tracking)} × {pieces.normalize():f}"
            return {"parcel": result.parcel, "summary": text}
        if isinstance(result, inbound.Stock):
            return {"summary": self.env._("%(count)s lines", count=len(result.lines))}
        return {"summary": getattr(result, "reason", False)}

    def _accepted(self, message, delivery):
        delivery.answered_at = message.happened_at
        if delivery.wish == "ship" and delivery.state in ("sent", "parked"):
            delivery._told("accepted")
        return ()

    def _refused(self, message, delivery, result):
        delivery.answered_at = message.happened_at
        if delivery.wish == "cancel":  # what it refuses to do need not be taken back
            delivery._told("cancelled")
        else:
            delivery._park("wms_refused", words=result.reason)
        return ()

    # -- a parcel ---------------------------------------------------------------------------------------------------

    def _shipped(self, message, delivery, result):
        self._check_parcel(message, delivery, result)
        picking = delivery.picking_id
        if picking.state in ("confirmed", "waiting", "assigned"):
            picking.action_assign()
        done, problems = match(picking._merchant_wms_needs(), result.lines)
        carrier = message.wms_id._carrier_of(result.carrier)
        if not carrier:
            problems.append(("wms_unknown_carrier", {"carrier": result.carrier}))
        problems += self._short(picking, done)
        if problems:
            raise Held(*problems)
        self._book(message, delivery, result, carrier, done)
        return ()

    def _check_parcel(self, message, delivery, result):
        """The same parcel once; none of a delivery that was taken back or left already."""
        twin = self.env["merchant.wms.message"].search(
            [("delivery_id", "=", delivery.id), ("parcel", "=", result.parcel), ("state", "=", "done")], limit=1
        )
        if twin:
            if inbound.parse(twin._raw()) == result:
                raise Superseded
            raise Held(("wms_parcel_differs", {"parcel": result.parcel, "message": twin.ref}))
        if delivery.wish == "cancel":
            raise Held(("wms_taken_back", {"delivery": delivery.picking_id.name}))
        if delivery.state == "shipped" or delivery.picking_id.state == "done":
            raise Held(("wms_left_already", {"delivery": delivery.picking_id.name}))

    def _short(self, picking, done):
        """What the parcel took and we do not have: a correction of our stock comes first, by a person."""
        problems = []
        for move in picking.move_ids.filtered(lambda each: each.id in done):
            unit, parts = move.product_id.uom_id, done[move.id]
            if move.product_id.tracking == "none":
                reserved = exact(move.product_uom._compute_quantity(move.quantity, unit), unit)
                if reserved < sum(parts.values()) and move.product_id.is_storable:
                    params = {"sku": move.product_id.default_code, "have": str(reserved), "need": str(parts[""])}
                    problems.append(("wms_not_reserved", params))
                continue
            for name, quantity in parts.items():
                if self._lot_on_hand(move, name) < quantity:
                    problems.append(("wms_lot_short", {"sku": move.product_id.default_code, "lot": name}))
        return problems

    def _lot_on_hand(self, move, name):
        return sum((quantity for _quant, quantity in self._lot_quants(move, name)), Decimal(0))

    def _lot_quants(self, move, name):
        """``[(quant, what is on it)]`` of a lot where the move takes from, the fullest first."""
        quants = self.env["stock.quant"].search(
            [
                ("product_id", "=", move.product_id.id),
                ("lot_id.name", "=", name),
                ("location_id", "child_of", move.location_id.id),
                ("quantity", ">", 0),
            ],
            order="quantity desc, id",
        )
        return [(quant, exact(quant.quantity, move.product_id.uom_id)) for quant in quants]

    def _book(self, message, delivery, result, carrier, done):
        """Validate the delivery as a warehouse hand would, with what left; the rest stays to be shipped."""
        picking = delivery.picking_id
        delivery.write(
            {
                "state": "shipped",
                "answered_at": message.happened_at,
                "shipped_at": message.happened_at,
                "reason_code": False,
                "reason_params": False,
                "next_try_at": False,
            }
        )
        picking.write({"carrier_id": carrier.id, "carrier_tracking_ref": result.tracking[0]})
        for move in picking._merchant_wms_open():
            self._put(move, done.get(move.id, {}))
        # nobody sits here to be asked: the rest becomes a backorder, as Odoo would propose
        picking.with_context(skip_backorder=True, skip_sms=True, picking_ids_not_to_backorder=[]).button_validate()
        if picking.state != "done":
            raise Held(("wms_not_validated", {"delivery": picking.name}))
        if len(result.tracking) > 1:
            picking.message_post(
                body=self.env._("The parcel's further numbers: %(numbers)s", numbers=", ".join(result.tracking[1:]))
            )
        if result.more and picking.backorder_ids:
            delivery._go_on_with(picking.backorder_ids[:1])

    def _put(self, move, parts):
        """What left of a move: pieces, or pieces of lots."""
        unit = move.product_id.uom_id
        if move.product_id.tracking != "none" and parts:
            move.move_line_ids.unlink()
            self.env["stock.move.line"].create(
                [vals for name, quantity in parts.items() for vals in self._prepare_lot_lines(move, name, quantity)]
            )
        else:
            pieces = float(sum(parts.values(), Decimal(0)))
            move.quantity = unit._compute_quantity(pieces, move.product_uom, rounding_method="HALF-UP")
        move.picked = bool(parts)

    def _prepare_lot_lines(self, move, name, quantity):
        left = quantity
        for quant, there in self._lot_quants(move, name):
            if taken := min(left, there):
                left -= taken
                yield {
                    **move._prepare_move_line_vals(),
                    "lot_id": quant.lot_id.id,
                    "location_id": quant.location_id.id,
                    "product_uom_id": move.product_id.uom_id.id,
                    "quantity": float(taken),
                    "picked": True,
                }
