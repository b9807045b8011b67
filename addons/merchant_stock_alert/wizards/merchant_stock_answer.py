from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..core import order
from ..models.merchant_stock_position import REVIEW
from .merchant_stock_answer_line import SHOWN


class MerchantStockAnswer(models.TransientModel):
    """Says what will be done about alerts, lets it be changed, and does it."""

    _name = "merchant.stock.answer"
    _description = "Act on Stock Alerts"

    kind = fields.Selection(
        [
            ("transfer", "Transfer"),
            ("purchase", "Purchase"),
            ("substitute", "Offer a substitute"),
            ("snooze", "Leave me alone until"),
        ],
        required=True,
        readonly=True,
    )
    position_ids = fields.Many2many("merchant.stock.position", readonly=True)
    alert_ids = fields.Many2many("merchant.stock.alert", readonly=True)
    line_ids = fields.One2many("merchant.stock.answer.line", "answer_id")
    until = fields.Date("Until", default=lambda self: fields.Date.context_today(self) + timedelta(days=7))
    days = fields.Integer("Should Last (days)", default=REVIEW, help="Beyond the time until it arrives.")
    done = fields.Boolean(readonly=True, copy=False)
    plan = fields.Html(compute="_compute_plan", string="What Will Happen", sanitize=False)

    # -- asking ---------------------------------------------------------------------------------------------------

    @api.model
    def _ask_alerts(self, alerts, kind):
        """Open the question for these alerts."""
        return self._open(alerts.position_id, alerts, kind)

    @api.model
    def _ask(self, positions, kind):
        """Open the question for positions, with or without alerts."""
        return self._open(positions, positions.alert_ids.filtered(lambda alert: alert.kind == "low"), kind)

    def _open(self, positions, alerts, kind):
        answer = self.create({"kind": kind, "position_ids": [(6, 0, positions.ids)], "alert_ids": [(6, 0, alerts.ids)]})
        answer._fill()
        return {
            "type": "ir.actions.act_window",
            "name": dict(self._fields["kind"]._description_selection(self.env))[kind],
            "res_model": self._name,
            "res_id": answer.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    def action_refill(self):
        """Work the quantities out again for another number of days."""
        self.ensure_one()
        self._fill()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    def _fill(self):
        if self.kind in ("purchase", "transfer", "substitute"):
            self.line_ids = [(5, 0, 0)] + [(0, 0, vals) for vals in getattr(self, f"_lines_{self.kind}")()]

    # -- purchase -------------------------------------------------------------------------------------------------

    def _lines_purchase(self):
        drafted = self._drafted(self.position_ids)
        return [self._line_purchase(position, drafted) for position in self.position_ids]

    def _line_purchase(self, position, drafted):
        product = position.product_id.with_company(position.company_id)
        already = drafted.get((position.product_id.id, position.warehouse_id.id), 0.0)
        need = max(0.0, position._needed(self.days) - already)
        seller = self._best_seller(product, need)
        return {
            "position_id": position.id,
            "need": need,
            "drafted": already,
            "seller_id": seller.id,
            "quantity": self._accepted(product, seller, need),
        }

    @api.model
    def _accepted(self, product, seller, need):
        """What the supplier accepts that covers ``need``, in its own unit."""
        unit = seller.product_uom_id or product.uom_id
        needed = product.uom_id._compute_quantity(need, unit, round=False)
        return order.round_up(needed, seller.min_qty, max(unit.rounding, 1.0))

    @api.model
    def _best_seller(self, product, need):
        """The supplier that Odoo itself would choose for the quantity; one with a higher minimum if all have one."""
        return product._select_seller(quantity=need, uom_id=product.uom_id) or product._select_seller(quantity=None)

    @api.model
    def _drafted(self, positions):
        """``{(product, warehouse): units}`` in open draft purchases."""
        lines = self.env["purchase.order.line"].search(
            [("product_id", "in", positions.product_id.ids), ("order_id.state", "in", ("draft", "sent"))]
        )
        found = {}
        for line in lines:
            key = line.product_id.id, line.order_id.picking_type_id.warehouse_id.id
            found[key] = found.get(key, 0.0) + line.product_uom_qty
        return found

    def _do_purchase(self):
        chosen = self._chosen()
        lines = chosen.filtered("seller_id")  # the plan says that the others are left out
        if not lines:
            raise UserError(self._without_supplier(chosen))
        orders = self.env["purchase.order"]
        for (supplier, warehouse), group in lines.grouped(lambda each: (each.supplier_id, each.warehouse_id)).items():
            draft = self._draft_order(supplier, warehouse, group[0].seller_id.currency_id)
            group._add_to(draft)
            orders |= draft
            group.alert_ids._note_outcome("purchase", draft)
        return self._show(orders, self.env._("Purchases"))

    def _without_supplier(self, lines):
        names = lines.product_id.mapped("display_name")
        return self.env._(
            "Left out for want of a supplier: %(products)s. Add one on the product's purchase tab.",
            products=", ".join(names[:SHOWN]) + (" …" if len(names) > SHOWN else ""),
        )

    def _draft_order(self, supplier, warehouse, currency):
        """The supplier's open draft for the warehouse, or a new one."""
        drafts = self.env["purchase.order"].search(
            [
                ("partner_id", "=", supplier.id),
                ("state", "=", "draft"),
                ("picking_type_id", "=", warehouse.in_type_id.id),
                ("currency_id", "=", currency.id),
            ],
            limit=1,
        )
        return drafts or self.env["purchase.order"].with_company(warehouse.company_id).create(
            {
                "partner_id": supplier.id,
                "company_id": warehouse.company_id.id,
                "picking_type_id": warehouse.in_type_id.id,
                "currency_id": currency.id,
                "origin": self.env._("Stock alert"),
            }
        )

    # -- transfer -------------------------------------------------------------------------------------------------

    def _lines_transfer(self):
        """What other warehouses of the company can spare, the fullest first."""
        found = []
        for position in self.position_ids:
            too_much = position.over_level or position.slow_level
            others = self._others(position)
            if too_much and not position.low_level:
                found += self._give(position, others)
            else:
                found += self._fetch(position, others)
        return found

    def _others(self, position):
        return self.env["merchant.stock.position"].search(
            [
                ("product_id", "=", position.product_id.id),
                ("company_id", "=", position.company_id.id),
                ("id", "!=", position.id),
            ]
        )

    def _fetch(self, position, others):
        need = position._needed(self.days)
        taken = order.share_surplus(need, {other: other._to_spare() for other in others})
        return [self._line_transfer(position, other, position, need, units) for other, units in taken]

    def _give(self, position, others):
        """To where it is short."""
        left, lines = position._to_spare(), []
        for other in others.sorted(lambda each: (-each.level, each.days_cover)):
            if units := min(left, other._needed(self.days)):
                lines.append(self._line_transfer(position, position, other, other._needed(self.days), units))
                left -= units
        return lines

    def _line_transfer(self, position, source, target, need, units):
        return {
            "position_id": position.id,
            "need": need,
            "source_id": source.warehouse_id.id,
            "target_id": target.warehouse_id.id,
            "quantity": order.round_up(units, pack=1.0),
        }

    def _do_transfer(self):
        lines = self._chosen()
        pickings = self.env["stock.picking"]
        for (source, target), group in lines.grouped(lambda each: (each.source_id, each.target_id)).items():
            picking = self.env["stock.picking"].create(self._prepare_transfer(source, target, group))
            picking.action_confirm()
            picking.action_assign()
            pickings |= picking
            group.alert_ids._note_outcome("transfer", picking)
        return self._show(pickings, self.env._("Transfers"))

    def _prepare_transfer(self, source, target, lines):
        here, there = source.lot_stock_id, target.lot_stock_id
        return {
            "picking_type_id": source.int_type_id.id,
            "location_id": here.id,
            "location_dest_id": there.id,
            "origin": self.env._("Stock alert"),
            "move_ids": [
                (
                    0,
                    0,
                    {
                        "product_id": line.product_id.id,
                        "product_uom_qty": line.quantity,
                        "product_uom": line.uom_id.id,
                        "location_id": here.id,
                        "location_dest_id": there.id,
                        "company_id": source.company_id.id,  # not that of whoever looks at several companies
                    },
                )
                for line in lines
            ],
        }

    # -- substitute, snooze ---------------------------------------------------------------------------------------

    def _lines_substitute(self):
        found = []
        for position in self.position_ids:
            substitutes = position.product_id.merchant_substitute_ids.product_variant_ids
            stock = self.env["merchant.stock.position"].search(
                [("product_id", "in", substitutes.ids), ("warehouse_id", "=", position.warehouse_id.id)]
            )
            found += [
                {
                    "position_id": position.id,
                    "substitute_id": other.product_id.id,
                    "quantity": max(other.available, 0),
                }
                for other in stock.sorted("available", reverse=True)
            ]
        return found

    def _do_substitute(self):
        """Tell those who look after the waiting deliveries what to offer; what was ordered stays as it is."""
        lines = self._chosen()
        for line in lines:
            note = self.env._(
                "%(product)s is short: offer %(substitute)s (%(units)g available).",
                product=line.product_id.display_name,
                substitute=line.substitute_id.display_name,
                units=line.quantity,
            )
            waiting = line.position_id._waiting_pickings()
            for picking in waiting:
                picking.message_post(body=note)
            for alert in line.alert_ids:
                alert.message_post(body=note)
        lines.alert_ids.write({"outcome": "substitute"})
        lines.alert_ids.filtered(lambda alert: alert.state == "open")._take()
        return {"type": "ir.actions.act_window_close"}

    def _do_snooze(self):
        if not self.until:
            raise UserError(self.env._("Choose a day after today."))
        self.alert_ids._snooze(self.until)
        return {"type": "ir.actions.act_window_close"}

    # -- saying and doing -----------------------------------------------------------------------------------------

    @api.depends("kind", "line_ids.quantity", "until", "line_ids.seller_id", "line_ids.source_id", "line_ids.target_id")
    def _compute_plan(self):
        for answer in self:
            answer.plan = answer._plan()

    def _plan(self):
        _ = self.env._
        if self.kind == "snooze":
            return _(
                "%(count)s alerts stay quiet until %(until)s, then open again unless the stock is back.",
                count=len(self.alert_ids),
                until=self.until or "",
            )
        chosen = self.line_ids.filtered(lambda line: line.quantity > 0)
        if not chosen:
            return self._nothing()
        return Markup("<br/>").join(getattr(self, f"_plan_{self.kind}")(chosen))

    def _plan_transfer(self, chosen):
        count = len(chosen.grouped(lambda line: (line.source_id, line.target_id)))
        _ = self.env._
        return [
            _("Makes and reserves %(count)s internal transfers of %(lines)s products.", count=count, lines=len(chosen)),
            *chosen._named(),
        ]

    def _plan_substitute(self, chosen):
        sentence = self.env._("Notes on waiting deliveries what to offer instead; the orders stay as they are.")
        return [sentence, *chosen._named()]

    def _plan_purchase(self, chosen):
        """What is bought, and what cannot be for want of a supplier."""
        lines, parts = chosen.filtered("seller_id"), []
        if lines:
            count = len(lines.grouped(lambda line: (line.supplier_id, line.warehouse_id)))
            parts.append(
                self.env._(
                    "Adds %(lines)s lines to %(count)s draft purchases (an open draft of the supplier is used first). "
                    "Nothing is ordered before somebody confirms them.",
                    lines=len(lines),
                    count=count,
                )
            )
            parts += lines._named()
        if missing := chosen - lines:
            parts.append(self._without_supplier(missing))
        return parts

    def _nothing(self):
        _ = self.env._
        return {
            "transfer": _("No warehouse of the company has any to spare."),
            "purchase": _("Nothing to buy: what is on its way and in drafts is enough, or nothing sells."),
            "substitute": _("No substitute is in stock: name some on the product."),
        }[self.kind]

    def _chosen(self):
        lines = self.line_ids.filtered(lambda line: line.quantity > 0)
        if not lines:
            raise UserError(self._nothing())
        return lines

    def action_confirm(self):
        """Do what the plan says, once: a script that asks again after a lost answer orders nothing twice."""
        self.ensure_one()
        if self.done:
            raise UserError(self.env._("This was done already: open the alert again to do more."))
        self.done = True
        self.flush_recordset(["done"])  # whoever does it at the same time waits here, and is told
        return getattr(self, f"_do_{self.kind}")()

    def _show(self, records, name):
        action = {"type": "ir.actions.act_window", "name": name, "res_model": records._name}
        if len(records) == 1:
            return {**action, "res_id": records.id, "view_mode": "form"}
        return {**action, "domain": [("id", "in", records.ids)], "view_mode": "list,form"}
