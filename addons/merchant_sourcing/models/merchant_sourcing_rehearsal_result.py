from markupsafe import Markup

from odoo import api, fields, models

CHANGES_AT_MOST = 2_000


class MerchantSourcingRehearsal(models.Model):
    """What a rehearsal shows: figures before and after, shares of the warehouses, the orders that change."""

    _inherit = "merchant.sourcing.rehearsal"

    def _write_results(self, orders, cores, before, after, before_figures, after_figures):
        changed = [
            (order, one, other)
            for order, one, other in zip(orders, before, after, strict=True)
            if _by_warehouse(one) != _by_warehouse(other)
        ]
        names = {warehouse.id: warehouse.name for warehouse in self.env["stock.warehouse"].sudo().search([])}
        self.share_ids.unlink()
        self.change_ids.unlink()
        self.write(
            {
                "state": "done",
                "progress": 100,
                "error": False,
                "order_count": len(orders),
                "change_count": len(changed),
                "figures": {"before": _as_json(before_figures), "after": _as_json(after_figures)},
                "share_ids": [
                    (0, 0, self._prepare_share(side, warehouse, row))
                    for side, total in (("before", before_figures), ("after", after_figures))
                    for warehouse, row in total.shares.items()
                ],
                "change_ids": [
                    (0, 0, self._prepare_change(order, one, other, names))
                    for order, one, other in changed[:CHANGES_AT_MOST]
                ],
            }
        )

    def _prepare_share(self, side, warehouse, row):
        orders, parcels, pieces, fen = row
        return {
            "side": side,
            "warehouse_id": warehouse,
            "orders": orders,
            "parcels": parcels,
            "pieces": pieces,
            "freight": fen / 100,
        }

    def _prepare_change(self, order, before, after, names):
        return {
            "order_id": order.id,
            "before": _names(before, names),
            "after": _names(after, names) if after.parts else False,
            "parcels": len(after.warehouses) - len(before.warehouses),
            "freight": ((after.fen or 0) - (before.fen or 0)) / 100,
            "tale": {
                **self.env["merchant.sourcing.engine"]._tale(after, names),
                "state": after.state,
                "ships": fields.Date.to_string(after.ships) if after.ships else False,
            },
        }

    # -- shown --------------------------------------------------------------------------------------------------------

    @api.depends("figures", "share_ids")
    @api.depends_context("lang")
    def _compute_figures_html(self):
        for rehearsal in self:
            rehearsal.figures_html = rehearsal._figures_table() + rehearsal._bars() if rehearsal.figures else False

    def _figures_table(self):
        _ = self.env._
        before, after = self.figures["before"], self.figures["after"]
        rows = [
            (_("Parcels"), before["parcels"], after["parcels"], "{:,.0f}"),
            (_("Freight"), before["fen"] / 100, after["fen"] / 100, "{:,.2f}"),
            (_("Orders in several parcels"), _percent(before, "split"), _percent(after, "split"), "{:.1f} %"),
            (_("Days until they arrive"), _mean(before), _mean(after), "{:.2f}"),
            (_("Orders that wait for goods"), before["waiting"], after["waiting"], "{:,.0f}"),
            (_("Late orders"), before["late"], after["late"], "{:,.0f}"),
            (_("Orders without a warehouse"), before["held"], after["held"], "{:,.0f}"),
        ]
        cells = Markup("").join(
            Markup(
                "<tr><td>%s</td><td class='text-end'>%s</td><td class='text-end'>%s</td>"
                "<td class='text-end %s'>%s</td></tr>"
            )
            % (name, form.format(one), form.format(other), _colour(one, other), _change(one, other, form))
            for name, one, other, form in rows
        )
        return Markup(
            "<table class='table table-sm w-auto'><thead><tr><th></th><th class='text-end px-3'>%s</th>"
            "<th class='text-end px-3'>%s</th><th class='text-end px-3'>%s</th></tr></thead><tbody>%s</tbody></table>"
        ) % (_("Before"), _("After"), _("Change"), cells)

    def _bars(self):
        """Each warehouse's share of the parcels, before above after."""
        totals = {"before": 0, "after": 0}
        shares = {}
        for share in self.share_ids:
            totals[share.side] += share.parcels
            shares.setdefault(share.warehouse_id, {})[share.side] = share.parcels
        order = sorted(shares, key=lambda warehouse: -shares[warehouse].get("after", 0))
        bars = Markup("").join(
            Markup("<div class='row g-2 align-items-center mb-2'><div class='col-4 col-md-2 text-truncate'>%s</div>"
                   "<div class='col-8 col-md-10'>%s%s</div></div>")
            % (
                warehouse.name,
                _bar(shares[warehouse].get("before", 0), totals["before"], "bg-secondary", self.env._("Before")),
                _bar(shares[warehouse].get("after", 0), totals["after"], "bg-primary", self.env._("After")),
            )
            for warehouse in order
        )  # fmt: skip
        return Markup("<h4 class='mt-3'>%s</h4>%s") % (self.env._("Shares of the Warehouses in All Parcels"), bars)


class MerchantSourcingRehearsalShare(models.Model):
    _name = "merchant.sourcing.rehearsal.share"
    _description = "Warehouse in a Rehearsal"
    _order = "side desc, parcels desc"

    rehearsal_id = fields.Many2one("merchant.sourcing.rehearsal", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="rehearsal_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    side = fields.Selection([("before", "Before"), ("after", "After")], required=True)
    warehouse_id = fields.Many2one("stock.warehouse", required=True, ondelete="cascade")
    orders = fields.Integer()
    parcels = fields.Integer()
    pieces = fields.Float(digits="Product Unit")
    freight = fields.Monetary()


class MerchantSourcingRehearsalChange(models.Model):
    _name = "merchant.sourcing.rehearsal.change"
    _description = "Order That a Rehearsal Changes"
    _order = "freight, id"

    rehearsal_id = fields.Many2one("merchant.sourcing.rehearsal", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="rehearsal_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    order_id = fields.Many2one("sale.order", required=True, ondelete="cascade", index=True)
    before = fields.Char()
    after = fields.Char()
    parcels = fields.Integer("Parcels, Change")
    freight = fields.Monetary("Freight, Change")
    tale = fields.Json()
    why = fields.Json("Why?", compute="_compute_why", exportable=False)

    @api.depends("tale")
    @api.depends_context("lang")
    def _compute_why(self):
        for change in self:
            change.why = self.env["merchant.sourcing.decision"]._word(change.tale or {"state": "unruled"})


def _by_warehouse(decision):
    found = {}
    for index, warehouse, pieces, _kind in decision.parts:
        found[index, warehouse] = found.get((index, warehouse), 0) + pieces
    return found


def _names(decision, names):
    return "、".join(names.get(warehouse, "?") for warehouse in decision.warehouses)


def _as_json(total):
    return {
        name: getattr(total, name) for name in ("orders", "parcels", "fen", "split", "late", "held", "waiting", "days")
    }


def _percent(side, name):
    return 100 * side[name] / side["orders"] if side["orders"] else 0.0


def _mean(side):
    served = side["orders"] - side["held"] - side["waiting"]
    return side["days"] / served if served else 0.0


def _colour(before, after):
    return "text-success" if after < before else "text-danger" if after > before else "text-muted"


def _change(before, after, form):
    return ("+" if after > before else "") + form.format(after - before)


def _bar(parcels, total, colour, title):
    percent = 100 * parcels / total if total else 0
    return Markup(
        "<div class='d-flex align-items-center gap-2' title='%s'><div class='flex-grow-1'>"
        "<div class='%s rounded' style='height:.6rem;width:%.1f%%'></div></div>"
        "<small class='text-muted' style='min-width:8rem'>%s: %.1f %% (%s)</small></div>"
    ) % (title, colour, percent, title, percent, parcels)
