from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..core.matching import Need
from ..core.outbound import Line

_TOLD = {"partner_id", "carrier_id", "note", "picking_type_id"}


class StockPicking(models.Model):
    _inherit = "stock.picking"

    merchant_wms_delivery_ids = fields.One2many(
        "merchant.wms.delivery", "picking_id", string="Outside Warehouse", groups="merchant_base.group_user"
    )
    merchant_wms_state = fields.Selection(
        selection="_merchant_wms_states",
        string="At the Outside Warehouse",
        compute="_compute_merchant_wms",
        groups="merchant_base.group_user",
    )
    merchant_wms_reason = fields.Char(
        "Outside Warehouse Says", compute="_compute_merchant_wms", groups="merchant_base.group_user"
    )

    def _merchant_wms_states(self):
        return self.env["merchant.wms.delivery"]._fields["state"]._description_selection(self.env)

    @api.depends("merchant_wms_delivery_ids.state", "merchant_wms_delivery_ids.reason_code")
    @api.depends_context("lang")
    def _compute_merchant_wms(self):
        for picking in self:
            told = picking.merchant_wms_delivery_ids[:1]
            picking.merchant_wms_state = told.state
            picking.merchant_wms_reason = told.reason

    def write(self, vals):
        result = super().write(vals)
        if not _TOLD.isdisjoint(vals):
            self._merchant_wms_mark()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_told(self):
        # sudo: whoever may delete a delivery need not see what the outside warehouse was told
        if told := self.sudo().merchant_wms_delivery_ids.filtered("sending_at")[:1]:
            raise UserError(
                self.env._(
                    "%(wms)s was told of %(delivery)s: cancel it instead, so that the goods stay there.",
                    wms=told.wms_id.name,
                    delivery=told.picking_id.name,
                )
            )

    def action_view_merchant_wms(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("merchant_wms.merchant_wms_delivery_action")
        told = self.merchant_wms_delivery_ids
        return {**action, "views": [(False, "form")], "view_mode": "form", "res_id": told[:1].id, "context": {}}

    # -- what an outside warehouse is to know of it -----------------------------------------------------------------

    def _merchant_wms_mark(self):
        """Look at these at the end of the transaction, whether an outside warehouse has to be told something."""
        kept = self and self.env["stock.warehouse"]._merchant_wms_kept()
        if kept:
            # sudo: whoever moves goods need not see the operation types of other companies
            mine = self.sudo().filtered(
                lambda each: each.picking_type_id.code == "outgoing" and each.picking_type_id.warehouse_id.id in kept
            )
            self.env["merchant.wms.delivery"]._mark(mine.ids)

    def _merchant_wms_open(self):
        """Moves that are still to leave."""
        return self.move_ids.filtered(lambda move: move.state not in ("done", "cancel") and move.product_uom_qty > 0)

    def _merchant_wms_wish(self):
        """What the outside warehouse is to do: ``"ship"``, ``"cancel"``, ``""`` (wait), or ``"done"`` when it left."""
        self.ensure_one()
        moves = self._merchant_wms_open()
        if self.state == "done":
            return "done"
        if self.state == "cancel" or not moves or self._merchant_wms_hold():
            return "cancel"
        return "ship" if all(move.state == "assigned" for move in moves) else ""

    def _merchant_wms_hold(self):
        """Why these goods may not leave now, or ``""``; an addon with orders on hold says so."""
        return ""

    def _merchant_wms_lines(self):
        """What is to leave, as :class:`~..core.outbound.Line`."""
        return [
            Line(
                move.product_id.id,
                (move.product_id.default_code or "").strip(),
                exact(move.product_qty, move.product_id.uom_id),
                move.product_id.name,
                move.product_id.barcode or "",
                move.product_id.uom_id.name,
            )
            for move in self._merchant_wms_open()
        ]

    def _merchant_wms_needs(self):
        return [
            Need(
                move.id,
                (move.product_id.default_code or "").strip(),
                exact(move.product_qty, move.product_id.uom_id),
                move.product_id.tracking != "none",
            )
            for move in self._merchant_wms_open()
        ]

    def _merchant_wms_facts(self):
        """What else it is told, JSON values."""
        self.ensure_one()
        wms = self.picking_type_id.warehouse_id.merchant_wms_id
        return {
            "delivery": self.name,
            "order": self._merchant_wms_order(),
            "warehouse": self.picking_type_id.warehouse_id.code,
            "carrier": wms._code_of(self.carrier_id),
            "remark": self._merchant_wms_remark(),
            "receiver": self._merchant_wms_receiver(),
        }

    def _merchant_wms_order(self):
        """The order's number as the buyer knows it."""
        return self.origin or ""

    def _merchant_wms_remark(self):
        return ""

    def _merchant_wms_receiver(self):
        """Who gets the parcel, as we know it: what is masked stays masked, and says so."""
        partner = self.partner_id
        return {
            "name": partner.name or "",
            "mobile": partner.phone or "",
            "country": partner.country_id.code or "",
            "province": partner.state_id.name or "",
            "city": partner.city or "",
            "address": " ".join(filter(None, [partner.street, partner.street2])),
            "zip": partner.zip or "",
        }


def exact(quantity, unit):
    """A stored quantity as the Decimal it stands for."""
    return Decimal(str(unit.round(quantity or 0.0))).normalize() + Decimal(0)
