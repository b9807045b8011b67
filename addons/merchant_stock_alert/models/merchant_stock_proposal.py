from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..core.line import DEFAULT_LEAD
from ..core.propose import propose

SHOWN = 5  # that are named in a warning


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
    demand_why = fields.Json(related="position_id.demand_why", exportable=False)
    lead_days = fields.Float("Lead Time (days)", digits=(16, 1), readonly=True)
    available = fields.Float(related="position_id.available")
    currency_id = fields.Many2one(related="company_id.currency_id")
    money_per_day = fields.Monetary(related="position_id.money_per_day", store=True)
    orderpoint_id = fields.Many2one("stock.warehouse.orderpoint", "Reordering Rule", readonly=True, ondelete="set null")
    minimum_now = fields.Float("Minimum Now", digits="Product Unit", readonly=True)
    maximum_now = fields.Float("Maximum Now", digits="Product Unit", readonly=True)
    minimum = fields.Float(digits="Product Unit", help="Proposed reorder point; change it as you like.")
    maximum = fields.Float(digits="Product Unit", help="Proposed stock after ordering; change it as you like.")
    state = fields.Selection(
        [("open", "To decide"), ("accepted", "Accepted"), ("dropped", "Dropped")], default="open", required=True
    )
    undo = fields.Json(readonly=True, copy=False, groups="base.group_system", exportable=False)

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
        """``{(product, warehouse): reordering rule of the warehouse's stock}``; archived too, Odoo allows one each."""
        domain = Domain("product_id", "in", positions.product_id.ids) & Domain(
            "location_id", "in", positions.warehouse_id.lot_stock_id.ids
        )
        found = self.env["stock.warehouse.orderpoint"].with_context(active_test=False).search(domain)
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
                proposal._overwrite(threshold, values)
            else:
                new.append((proposal, {**values, **proposal._threshold_scope()}))
        return proposals._create_accepted("merchant.stock.threshold", new)

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
            values = {"product_min_qty": proposal.minimum, "product_max_qty": proposal.maximum, "active": True}
            if rule := rules.get((proposal.product_id.id, proposal.warehouse_id.id)):
                proposal._overwrite(rule, values)
            else:
                new.append((proposal, {**values, **proposal._orderpoint_place(), "trigger": "manual"}))
        return proposals._create_accepted("stock.warehouse.orderpoint", new)

    def _create_accepted(self, model, new):
        """Make what there was not yet, and write down how to undo it.

        :param new: [(proposal, values)]
        """
        made = self.env[model].create([values for _proposal, values in new])
        for (proposal, values), record in zip(new, made, strict=True):
            proposal._remember(record, values)
        return self.write({"state": "accepted"})

    def _overwrite(self, record, values):
        self._remember(record, values, {name: record[name] for name in values})
        record.write(values)

    def _remember(self, record, values, before=None):
        """How to undo it.

        :param values: what accepting wrote
        :param before: what the record said before; None when it is new
        """
        # sudo: a note of our own; whoever accepts need not be the administrator
        self.sudo().undo = {"model": record._name, "id": record.id, "before": before, "after": values}
        if record._name == "stock.warehouse.orderpoint":
            self.orderpoint_id = record

    def action_undo(self):
        """Decide again: what accepting wrote goes back to what it said before, the last first; what somebody changed
        since is left as it is."""
        decided = self.filtered(lambda proposal: proposal.state != "open")
        if not decided:
            raise UserError(self.env._("These proposals are not decided yet: there is nothing to undo."))
        kept = decided.filtered(lambda proposal: proposal.state == "accepted")._undo_accepted()
        if kept == decided:
            raise UserError(kept._changed_since())
        (decided - kept)._decide_again()
        return kept._warned() if kept else True

    def _undo_accepted(self):
        """:return: those of which somebody changed since what accepting wrote"""
        records, kept, made = self._accepted_records(), self.browse(), {}
        for proposal in self.sorted("id", reverse=True):
            undo, record = proposal.sudo().undo or {}, records.get(proposal)  # sudo: a note of our own, see _remember
            if not record:
                continue
            if _differs(record, undo.get("after") or {}):  # empty: accepted before this was noted
                kept |= proposal
            elif undo["before"]:
                record.write(undo["before"])
            else:
                made[record._name] = record | made.get(record._name, record)
        for new in made.values():
            new.unlink()
        (self - kept).sudo().undo = False  # sudo: as above
        return kept

    def _accepted_records(self):
        """``{proposal: the threshold or reordering rule that accepting wrote, where it is still there}``"""
        notes = {proposal: note for proposal in self if (note := proposal.sudo().undo)}  # sudo: see _remember
        ids = defaultdict(list)
        for note in notes.values():
            ids[note["model"]].append(note["id"])
        there = {
            (model, record.id): record
            for model, found in ids.items()
            for record in self.env[model].browse(found).exists()
        }
        keys = {proposal: (note["model"], note["id"]) for proposal, note in notes.items()}
        return {proposal: there[key] for proposal, key in keys.items() if key in there}

    def _decide_again(self):
        """Of each position one is open, the latest; where a newer one waits, these are dropped."""
        waiting = self.search(Domain("position_id", "in", self.position_id.ids) & Domain("state", "=", "open"))
        groups = self.filtered(lambda each: each.position_id not in waiting.position_id).grouped("position_id")
        latest = self.browse().union(*(group.sorted("id")[-1:] for group in groups.values()))
        (self - latest).write({"state": "dropped"})
        latest.write({"state": "open"})

    def _changed_since(self):
        names = self.mapped("position_id.display_name")
        return self.env._(
            "Left as they are, because somebody changed them since: %(names)s. Change them where they stand.",
            names=", ".join(names[:SHOWN]) + (" …" if len(names) > SHOWN else ""),
        )

    def _warned(self):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": self._changed_since(),
                "type": "warning",
                "sticky": True,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _orderpoint_place(self):
        return {
            "product_id": self.product_id.id,
            "warehouse_id": self.warehouse_id.id,
            "location_id": self.warehouse_id.lot_stock_id.id,
            "company_id": self.company_id.id,
        }

    def action_drop(self):
        return self._undecided().write({"state": "dropped"})


def _differs(record, values):
    return any(record._fields[name].convert_to_write(record[name], record) != value for name, value in values.items())
