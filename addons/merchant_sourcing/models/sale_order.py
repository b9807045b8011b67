from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .merchant_sourcing_decision import STATES

ROLES = "merchant_base.group_user"


class SaleOrder(models.Model):
    _inherit = "sale.order"

    merchant_source_state = fields.Selection(
        STATES, string="Sourcing", readonly=True, copy=False, index="btree_not_null"
    )
    merchant_ship_date = fields.Date("Promised to Ship", readonly=True, copy=False, index="btree_not_null")
    merchant_decision_id = fields.Many2one(
        "merchant.sourcing.decision", string="Sourcing Decision", readonly=True, copy=False, groups=ROLES
    )
    merchant_decision_ids = fields.One2many(
        "merchant.sourcing.decision", "order_id", string="Sourcing Decisions", readonly=True, groups=ROLES
    )
    merchant_part_ids = fields.One2many(
        "merchant.sourcing.part", "order_id", string="Sourced Parts", readonly=True, groups=ROLES
    )
    merchant_refused_warehouse_ids = fields.Many2many(
        "stock.warehouse",
        "merchant_sale_order_refused_warehouse_rel",
        string="Refused By",
        copy=False,
        help="Warehouses that are not asked again for this order. Remove one that can ship it after all.",
        groups=ROLES,
    )
    merchant_source_why = fields.Json(related="merchant_decision_id.why", string="Why This Warehouse?", groups=ROLES)
    merchant_can_resource = fields.Boolean(compute="_compute_merchant_can_resource", groups=ROLES)

    @api.depends("state", "picking_ids.state", "picking_ids.move_ids.picked")
    def _compute_merchant_can_resource(self):
        for order in self:
            order.merchant_can_resource = order.state == "sale" and order._merchant_unpicked()

    # -- confirmation -------------------------------------------------------------------------------------------------

    def action_confirm(self):
        """Orders get their warehouses first; those that a rule holds stay quotations that say why."""
        waiting = self.filtered(lambda order: order.state in ("draft", "sent"))
        held = waiting._merchant_source("confirm")
        ready = self - held
        if len(ready) > 1 and ready.sudo().merchant_part_ids:
            ready = ready.sorted(self._merchant_turn)  # lots are reserved in the sequence in which they were promised
        return super(SaleOrder, ready).action_confirm() if ready or not held else True

    def _merchant_source(self, cause):
        """Give orders their warehouses by the live rules; the orders held are returned.

        Who confirms an order need not read rules, stock of other warehouses or divisions: superuser reads them.
        """
        todo = self.sudo().filtered(lambda order: order.merchant_source_state != "manual" or cause != "confirm")
        held = self.env["merchant.sourcing.engine"].sudo()._source(todo, cause) if todo else todo
        return self.browse(held.ids)

    # -- buttons ------------------------------------------------------------------------------------------------------

    def action_merchant_resource(self):
        """Choose the warehouses again, for orders that nobody has picked yet."""
        self.check_access("write")  # deliveries are replaced as superuser
        for order in self.filtered(lambda order: order.state in ("draft", "sent")):
            order.merchant_source_state = False
        self.filtered(lambda order: order.state == "sale")._merchant_resource("again")
        return True

    def action_merchant_override(self):
        """Ask for the warehouse and the reason."""
        return self._merchant_wizard("merchant.source.override", self.env._("Choose the Warehouse"))

    def action_merchant_enquire(self):
        """Show what each warehouse could promise."""
        self.ensure_one()
        enquiry = self.env["merchant.source.enquiry"].create({"order_id": self.id})
        return {**self._merchant_wizard(enquiry._name, self.env._("What Can Be Promised")), "res_id": enquiry.id}

    def _merchant_wizard(self, model, name):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": {"default_order_ids": self.ids},
        }

    # -- again --------------------------------------------------------------------------------------------------------

    def _merchant_unpicked(self):
        """Whether nobody has laid a hand on the order's goods yet."""
        self.ensure_one()
        pickings = self.picking_ids
        return not any(picking.state == "done" for picking in pickings) and not any(
            move.picked for move in pickings.move_ids if move.state != "cancel"
        )

    def _merchant_check_unpicked(self):
        """:raises UserError: goods of one of the orders were picked"""
        for order in self.filtered(lambda order: not order._merchant_unpicked()):
            raise UserError(
                self.env._("%(order)s is being picked: its warehouses can no longer be changed.", order=order.name)
            )

    def _merchant_resource(self, cause):
        """Take the deliveries back, decide again and make new ones. An order that no rule can serve any more keeps
        what it has.

        :return: the orders that got new deliveries
        """
        self._merchant_check_unpicked()
        moved = self.browse()
        for order in self.sorted(self._merchant_turn):
            if order._merchant_resource_one(cause):
                moved |= order
        return moved

    def _merchant_turn(self, order):
        return self.env["merchant.sourcing.engine"]._turn(order.sudo())

    def _merchant_resource_one(self, cause):
        try:
            with self.env.cr.savepoint():
                self._merchant_take_back()
                if self._merchant_source(cause):
                    raise _NobodyServes
                self._merchant_deliver()
        except _NobodyServes:
            self.env.invalidate_all()
            self.message_post(
                body=self.env._("Sourced again: no rule finds a warehouse for it, so the deliveries stay as they are.")
            )
            return False
        return True

    def _merchant_take_back(self):
        """Cancel the open deliveries, first steps included."""
        moves = self.order_line.move_ids
        moves |= self.env["stock.move"].browse(moves._rollup_move_origs())
        # deliveries are stock's; a clerk who sources again does not need rights on them
        moves.sudo().filtered(lambda move: move.state not in ("done", "cancel"))._action_cancel()

    def _merchant_deliver(self):
        """Make the deliveries of the plan; stock would make none for orders that are locked against changes."""
        locked = self.filtered("locked")
        locked.locked = False
        self.order_line._action_launch_stock_rule()
        locked.locked = True

    @api.model
    def _cron_merchant_resource(self, limit=200):
        """Orders whose warehouse ran dry before picking get another one, if there is one."""
        orders = self._merchant_dry(limit)
        for order in orders:
            if order._merchant_unpicked() and order._merchant_could_do_better():
                order._merchant_resource_one("dry")
            if not self.env["ir.cron"]._commit_progress(1):
                break

    def _merchant_dry(self, limit):
        """Sourced orders with a first step that cannot be reserved although it was promised from stock; steps that are
        reserved by hand or on a later day do not wait for goods yet."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT part.order_id
                     FROM merchant_sourcing_part part
                     JOIN sale_order ON sale_order.id = part.order_id AND sale_order.state = 'sale'
                          AND sale_order.merchant_source_state = 'sourced'
                     JOIN stock_move move ON move.sale_line_id = part.line_id
                          AND move.state IN ('confirmed', 'partially_available')
                          AND move.procure_method = 'make_to_stock'
                     JOIN stock_picking_type type ON type.id = move.picking_type_id
                    WHERE part.kind = 'ship'
                      AND (type.reservation_method = 'at_confirm' OR move.reservation_date <= CURRENT_DATE)
                    -- at random, so that orders which nobody else can serve do not keep others from their turn
                    GROUP BY part.order_id ORDER BY random() LIMIT %s""",
                limit,
            )
        )
        return self.browse(row[0] for row in rows)

    def _merchant_could_do_better(self):
        """Whether the rules, asked without writing anything, would serve the order without its deliveries."""
        self.ensure_one()
        better = False
        try:
            with self.env.cr.savepoint():
                self._merchant_take_back()
                engine = self.env["merchant.sourcing.engine"].sudo().with_company(self.company_id)
                rules = engine._live_rules(self.company_id)
                [(_order, _core, decision)] = engine._decide(self.sudo(), rules)
                better = bool(rules) and decision.state == "sourced"
                raise _NobodyServes  # always taken back again: this was a question only
        except _NobodyServes:
            self.env.invalidate_all()
        return better


class _NobodyServes(Exception):
    """Rolls a savepoint back."""
