from collections import defaultdict

from odoo import fields, models

ROLES = "merchant_base.group_user"
# A route that ends at the customer and does one of these is not served from a shelf.
_ELSEWHERE = ("buy", "manufacture")


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    merchant_part_ids = fields.One2many(
        "merchant.sourcing.part", "line_id", string="Leaves From", readonly=True, copy=False, groups=ROLES
    )

    # -- what has to be sourced ---------------------------------------------------------------------------------------

    def _merchant_to_source(self):
        """The lines that shelves have to serve; drop-ship and buy-to-order lines are left alone."""
        elsewhere = self._merchant_supplied_elsewhere()
        return self.filtered(
            lambda line: (
                not line.display_type
                and line.product_id.type == "consu"
                and not line.is_expense
                and line.product_uom_qty > 0
                and not line.route_ids
                and line._merchant_is_stored()
                and line.product_id not in elsewhere
            )
        )

    def _merchant_is_stored(self):
        """Whether stock of this line's goods is kept; what is not kept is everywhere."""
        return self.product_id.is_storable

    def _merchant_supplied_elsewhere(self):
        """Products whose own routes buy or make them for the order."""
        routes = self.product_id.route_ids | self.product_id.categ_id.total_route_ids
        if not routes:
            return self.product_id.browse()
        rules = self.env["stock.rule"].search(
            [("route_id", "in", routes.ids), ("location_dest_id.usage", "in", ("customer", "transit"))]
        )
        special = rules.filtered(
            lambda rule: rule.action in _ELSEWHERE or rule.procure_method == "make_to_order"
        ).route_id
        return self.product_id.filtered(
            lambda product: (product.route_ids | product.categ_id.total_route_ids) & special
        )

    def _merchant_needs(self):
        """``{line: [(product, quantity in the product's unit)]}``"""
        return {
            line: [
                (
                    line.product_id,
                    line.product_uom_id._compute_quantity(
                        line.product_uom_qty, line.product_id.uom_id, rounding_method="HALF-UP"
                    ),
                )
            ]
            for line in self
        }

    # -- the plan in stock's flow -------------------------------------------------------------------------------------

    def _compute_warehouse_id(self):
        result = super()._compute_warehouse_id()
        self._merchant_follow_parts()
        return result

    def _merchant_follow_parts(self):
        """The line's warehouse is the one most of it leaves from."""
        for line in self.sudo():  # whoever reads the line need not read the plan
            parts = line.merchant_part_ids
            if parts and not line.route_ids:
                main = max(parts, key=lambda part: (part.quantity, -part.id)).warehouse_id
                if line.warehouse_id != main:
                    line.warehouse_id = main

    def _create_procurements(self, product_qty, procurement_uom, values):
        """A divided line asks each of its warehouses for its part."""
        plan = self._merchant_plan(product_qty, procurement_uom)
        if not plan:
            return super()._create_procurements(product_qty, procurement_uom, values)
        if len(plan) == 1:
            values = self._merchant_values_at(next(iter(plan)), values)
            return super()._create_procurements(product_qty, procurement_uom, values)
        procurements = []
        for warehouse, quantity in plan.items():
            mine = self._merchant_values_at(warehouse, values)
            procurements += super()._create_procurements(quantity, self.product_id.uom_id, mine)
        return procurements

    def _merchant_values_at(self, warehouse, values):
        """The values of a procurement from a warehouse, planned for the day on which it promised to ship."""
        values = {**values, "warehouse_id": warehouse}
        parts = self.sudo().merchant_part_ids.filtered(lambda part: part.warehouse_id == warehouse and part.ship_date)
        if not parts:
            return values
        planned = warehouse.sudo()._merchant_local(values["date_planned"])
        later = max(parts.mapped("ship_date")) - planned.date()  # stock's own time of the day stays
        return {**values, "date_planned": values["date_planned"] + later}

    def _merchant_plan(self, quantity, uom):
        """``{warehouse: quantity in the product's unit}`` for what stock is about to be asked for; empty when the line
        was not sourced."""
        parts = self.sudo().merchant_part_ids  # stock users launch deliveries too
        if not parts:
            return {}
        quantity = uom._compute_quantity(quantity, self.product_id.uom_id, rounding_method="HALF-UP")
        if quantity < 0:
            return self._merchant_give_back(-quantity)
        left = self._merchant_not_asked_for()
        if self.product_id.uom_id.compare(sum(left.values()), quantity) == 0:
            return left
        self._merchant_shrink_parts({warehouse: -count for warehouse, count in left.items()})
        return self._merchant_plan_more(quantity)

    def _merchant_not_asked_for(self):
        """``{warehouse: quantity}`` of the plan that no delivery carries: not yet, or no more as it was cancelled."""
        plan = defaultdict(float)
        for part in self.sudo().merchant_part_ids:
            plan[part.warehouse_id] += part.quantity
        outgoing, _incoming = self._get_outgoing_incoming_moves(strict=False)
        for move in outgoing:
            plan[move.warehouse_id] -= move.product_qty
        uom = self.product_id.uom_id
        return {warehouse: count for warehouse, count in plan.items() if uom.compare(count, 0) > 0}

    def _merchant_plan_more(self, quantity):
        """More was ordered: the rules are asked for that much more; who cannot be served waits at the main
        warehouse."""
        engine = self.env["merchant.sourcing.engine"].sudo().with_company(self.company_id)
        return engine._source_more(self.sudo(), quantity) or {self.warehouse_id: quantity}

    def _merchant_give_back(self, quantity):
        """``{warehouse: -quantity}``: less was ordered; the smallest open deliveries give first."""
        outgoing, _incoming = self._get_outgoing_incoming_moves(strict=False)
        there = defaultdict(float)
        for move in outgoing.filtered(lambda move: move.state not in ("done", "cancel")):
            there[move.warehouse_id] += move.product_qty
        plan = {}
        for warehouse, open_quantity in sorted(there.items(), key=lambda pair: pair[1]):
            taken = min(quantity, open_quantity)
            if taken > 0:
                plan[warehouse] = -taken
                quantity -= taken
        if quantity > 0:
            plan[self.warehouse_id] = plan.get(self.warehouse_id, 0) - quantity
        self._merchant_shrink_parts(plan)
        return plan

    def _merchant_shrink_parts(self, plan):
        for part in self.sudo().merchant_part_ids:
            less = min(part.quantity, -plan.get(part.warehouse_id, 0.0))
            if less > 0:
                part.quantity -= less
                if part.product_id.uom_id.is_zero(part.quantity):
                    part.unlink()
