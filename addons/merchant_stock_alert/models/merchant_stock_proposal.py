from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..core.line import DEFAULT_LEAD
from ..core.propose import propose


class MerchantStockProposal(models.Model):
    """A minimum and maximum worked out from sales, to be changed, accepted or dropped by a person."""

    _name = "merchant.stock.proposal"
    _description = "Min/Max Proposal"
    _order = "money_per_day desc, id"
    _rec_name = "product_id"
    _check_company_auto = True

    position_id = fields.Many2one("merchant.stock.position", required=True, ondelete="cascade", readonly=True)
    product_id = fields.Many2one(related="position_id.product_id", store=True, index=True)
    warehouse_id = fields.Many2one(related="position_id.warehouse_id", store=True, index=True)
    company_id = fields.Many2one(related="position_id.company_id", store=True, index=True)
    categ_id = fields.Many2one(related="position_id.categ_id", store=True)
    supplier_id = fields.Many2one(related="position_id.supplier_id", store=True)
    abc = fields.Selection(related="position_id.abc", store=True)
    xyz = fields.Selection(related="position_id.xyz", store=True)
    daily = fields.Float(related="position_id.daily", store=True)
    deviation = fields.Float(related="position_id.deviation")
    demand_why = fields.Json(related="position_id.demand_why")
    lead_days = fields.Float("Lead Time (days)", digits=(16, 1), readonly=True)
    available = fields.Float(related="position_id.available")
    money_per_day = fields.Float(related="position_id.money_per_day", store=True)
    orderpoint_id = fields.Many2one("stock.warehouse.orderpoint", "Reordering Rule", readonly=True, ondelete="set null")
    minimum_now = fields.Float("Minimum Now", digits="Product Unit", readonly=True)
    maximum_now = fields.Float("Maximum Now", digits="Product Unit", readonly=True)
    minimum = fields.Float(digits="Product Unit", help="Proposed reorder point; change it as you like.")
    maximum = fields.Float(digits="Product Unit", help="Proposed stock after ordering; change it as you like.")
    state = fields.Selection(
        [("open", "To decide"), ("accepted", "Accepted"), ("dropped", "Dropped")], default="open", required=True
    )

    _position_uniq = models.UniqueIndex("(position_id) WHERE state = 'open'", "There is a proposal for it already.")
    _range = models.Constraint(
        "CHECK (minimum >= 0 AND maximum >= minimum)",
        "The maximum cannot be below the minimum, nor the minimum below zero.",
    )

    @api.model
    def _propose(self, positions, service=0.95, review=14):
        """Fresh proposals for these positions; what was proposed before and is not decided goes.

        :param service: wanted share of lead times without selling out
        :param review: days between two orders
        """
        self.search(Domain("position_id", "in", positions.ids) & Domain("state", "=", "open")).unlink()
        rules = self._orderpoints(positions)
        return self.create(
            [self._prepare(position, rules, service, review) for position in positions if position.daily > 0]
        )

    def _prepare(self, position, rules, service, review):
        lead = position.lead_days or position.low_rule_id.lead or DEFAULT_LEAD
        minimum, maximum = propose(position.daily, position.deviation, lead, position.lead_deviation, service, review)
        rule = rules.get((position.product_id.id, position.warehouse_id.id), self.env["stock.warehouse.orderpoint"])
        return {
            "position_id": position.id,
            "lead_days": lead,
            "minimum": minimum,
            "maximum": maximum,
            "orderpoint_id": rule.id,
            "minimum_now": rule.product_min_qty,
            "maximum_now": rule.product_max_qty,
        }

    def _orderpoints(self, positions):
        """``{(product, warehouse): reordering rule of the warehouse's stock}``"""
        domain = Domain("product_id", "in", positions.product_id.ids) & Domain(
            "location_id", "in", positions.warehouse_id.lot_stock_id.ids
        )
        found = self.env["stock.warehouse.orderpoint"].search(domain)
        return {(rule.product_id.id, rule.warehouse_id.id): rule for rule in found}

    def _undecided(self):
        proposals = self.filtered(lambda proposal: proposal.state == "open")
        if not proposals:
            raise UserError(self.env._("These proposals are decided already."))
        return proposals

    def action_accept_thresholds(self):
        """Take the minimum as the alert line of this product in this warehouse."""
        proposals = self._undecided()
        thresholds = self.env["merchant.stock.threshold"]
        domain = Domain("kind", "=", "low") & Domain("product_id", "in", proposals.product_id.ids)
        known = {
            (each.product_id, each.warehouse_id): each
            for each in thresholds.search(domain & Domain("warehouse_id", "in", proposals.warehouse_id.ids))
        }
        new = []
        for proposal in proposals:
            values = {"method": "quantity", "quantity": proposal.minimum}
            if threshold := known.get((proposal.product_id, proposal.warehouse_id)):
                threshold.write(values)
            else:
                new.append({**values, **proposal._threshold_scope()})
        thresholds.create(new)
        proposals.state = "accepted"
        return True

    def _threshold_scope(self):
        return {
            "kind": "low",
            "product_id": self.product_id.id,
            "warehouse_id": self.warehouse_id.id,
            "company_id": self.company_id.id,
        }

    def action_accept_orderpoints(self):
        """Write minimum and maximum into Odoo's reordering rules, made where there are none (manual ones: they
        propose, they do not buy by themselves)."""
        proposals = self._undecided()
        rules, new = self._orderpoints(proposals.position_id), []
        for proposal in proposals:
            values = {"product_min_qty": proposal.minimum, "product_max_qty": proposal.maximum}
            if rule := rules.get((proposal.product_id.id, proposal.warehouse_id.id)):
                rule.write(values)
            else:
                new.append({**values, **proposal._orderpoint_place(), "trigger": "manual"})
        self.env["stock.warehouse.orderpoint"].create(new)
        proposals.state = "accepted"
        return True

    def _orderpoint_place(self):
        return {
            "product_id": self.product_id.id,
            "warehouse_id": self.warehouse_id.id,
            "location_id": self.warehouse_id.lot_stock_id.id,
            "company_id": self.company_id.id,
        }

    def action_drop(self):
        self._undecided().state = "dropped"
        return True
