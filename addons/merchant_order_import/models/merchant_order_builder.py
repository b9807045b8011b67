from odoo import api, models

from odoo.addons.merchant_channel.core import mapping

from ..core import cancel
from ..core.assemble import CANCELLATION


class MerchantOrderBuilder(models.AbstractModel):
    _inherit = "merchant.order.builder"

    @api.model
    def _take(self, shop, pairs):
        """Cancellations without a link come after the orders of their batch, which they may take back."""
        cancellations = [(row, order) for row, order in pairs if order.platform_status == CANCELLATION]
        result = super()._take(shop, [(row, order) for row, order in pairs if order.platform_status != CANCELLATION])
        if cancellations:
            self._take_cancellations(shop, cancellations)
        return result

    def _take_cancellations(self, shop, pairs):
        """Finish each cancellation: as a newer version of the order that it takes back, or held with the reason."""
        payloads = self.env["merchant.inbox"].union(*(row for row, _order in pairs))._payloads()
        candidates = self._cancellable(shop, {order.buyer_id for _row, order in pairs if order.buyer_id})
        for row, order in pairs:
            row.write(self._prepare_summary(order))
            mine = candidates.get(order.buyer_id, [])
            found = cancel.match(payloads[row.id], [(each["payload"], each["gone"]) for each in mine])
            if found:
                self._take_back(
                    shop, row, next(each for each in mine if each["payload"]["order_id"] == found[0]), found[1]
                )
            else:
                code = "cancellation_without_order" if order.buyer_id else "cancellation_without_buyer"
                units = sum(line.quantity for line in order.lines)
                params = {
                    "buyer": order.buyer_nick,
                    "units": f"{-units:f}",
                    "amount": f"{-order.total:f} {order.currency}",
                }
                row._finish("held", [{"code": code, "params": params}])
        shop._enqueue_process()

    def _cancellable(self, shop, buyers):
        """``{buyer id: [{order, payload, gone}]}``: open orders of these buyers, latest first, as they stand now."""
        orders = self.env["sale.order"].search(
            [
                ("merchant_shop_id", "=", shop.id),
                ("partner_id.merchant_buyer_ref", "in", list(buyers)),
                ("platform_order_ref", "!=", False),
                ("state", "!=", "cancel"),
            ],
            order="date_order desc, id desc",
        )
        newest = self._newest_payloads(shop, orders.mapped("platform_order_ref"))
        found = {}
        for order in orders:
            if payload := newest.get(order.platform_order_ref):
                ours = order._merchant_ours()
                each = {"order": order, "payload": payload, "gone": ours.shipped_lines | ours.dropped_lines}
                found.setdefault(order.partner_id.merchant_buyer_ref, []).append(each)
        return found

    def _newest_payloads(self, shop, refs):
        """``{order ref: payload}`` of the newest version of each, processed or not."""
        domain = [("shop_id", "=", shop.id), ("order_ref", "in", refs), ("state", "!=", "superseded")]
        rows = self.env["merchant.inbox"].search(domain, order="id")
        payloads = rows._payloads()
        return {
            row.order_ref: payload
            for row in rows
            if isinstance(payload := payloads[row.id], dict)
            and all(line.get("line_id") for line in payload.get("lines") or [{}])
        }

    def _take_back(self, shop, row, candidate, line_ids):
        """Hand in the order's newer version without the cancelled lines."""
        newer = candidate["payload"] = cancel.without(candidate["payload"], line_ids)
        self.env["merchant.inbox"]._store(shop, [mapping.identity(newer)], "sheet", [row.order_ref])
        params = {"order": newer["order_id"], "lines": ", ".join(line_ids)}
        row._finish("done", [{"code": "cancellation_applied", "params": params}], sale_order_id=candidate["order"].id)
