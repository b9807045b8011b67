from collections import Counter, defaultdict

from odoo import models
from odoo.tools import SQL, float_compare

from ..core import reserve
from .stock_quant import OURS, RESERVED, _exact

# Who may say how stock reserves without our knowing: anybody else's word is left to stock's own way.
UNDERSTOOD = {"odoo.addons.stock.models.stock_move", "odoo.addons.product_expiry.models.stock_move"}
RESERVATION = ("_update_reserved_quantity", "_update_reserved_quantity_vals", "_get_available_quantity")


class StockMove(models.Model):
    _inherit = "stock.move"

    def _action_confirm(self, merge=True, merge_into=False, create_proc=True):
        """A batch of orders gets its deliveries in one create; stock makes them one by one."""
        if self.env.context.get("merchant_batch"):
            self._merchant_assign_pickings()
            merge = merge and not self._merchant_differ()
        return super()._action_confirm(merge=merge, merge_into=merge_into, create_proc=create_proc)

    def _merchant_differ(self):
        """True when stock could not merge one of these with another move: moves of two order lines always differ."""
        lines = self.sale_line_id
        return (
            len(lines) == len(self)
            and len(lines.move_ids) == len(self)
            and all(move.product_uom.compare(move.product_uom_qty, 0) >= 0 for move in self)
        )

    def _merchant_assign_pickings(self):
        """Do for all groups together what ``_assign_picking`` does for each, where no delivery can exist yet."""
        fresh = self.filtered(
            lambda move: (
                move.state == "draft"
                and move._should_be_assigned()
                and move.product_uom_qty >= 0
                and move.sale_line_id
                and not move.sale_line_id.order_id.picking_ids
            )
        )
        groups = list(fresh.grouped(lambda move: move._key_assign_picking()).values())
        if not groups:
            return
        pickings = self._merchant_create_pickings([moves._get_new_picking_values() for moves in groups])
        self._merchant_put_into(groups, pickings)
        for moves in groups:
            moves._assign_picking_post_process(new=True)

    def _merchant_put_into(self, groups, pickings):
        """Give each group of new moves its delivery, in one statement."""
        self.flush_model(["picking_id"])
        rows = [(move.id, picking.id) for moves, picking in zip(groups, pickings, strict=True) for move in moves]
        self.env.cr.execute(
            SQL(
                "UPDATE stock_move m SET picking_id = t.picking FROM (VALUES %s) t (move, picking) WHERE m.id = t.move",
                SQL(", ").join(SQL("(%s, %s)", *row) for row in rows),
            )
        )
        moves = self.browse(move for move, _picking in rows)
        moves.invalidate_recordset(["picking_id"])
        pickings.invalidate_recordset(["move_ids"])
        moves.modified(["picking_id"])
        moves._set_references()

    def _merchant_create_pickings(self, vals_list):
        """Deliveries with their names, drawn from each operation type's sequence in one query, and their defaults."""
        kinds = [vals["picking_type_id"] for vals in vals_list]
        names = {}
        for kind, count in Counter(kinds).items():
            # sudo: as stock, which names what its users make
            sequence = self.env["stock.picking.type"].browse(kind).sequence_id.sudo()
            names[kind] = iter(sequence._merchant_next(count) if sequence else ())
        vals_list = [{**vals, "name": next(names[kind], "/")} for vals, kind in zip(vals_list, kinds, strict=True)]
        Picking = self.env["stock.picking"]
        # stock writes a date that is given once more, after the moves
        return Picking.create(
            self.env["merchant.order.builder"]._with_defaults(Picking, vals_list, without=["scheduled_date"])
        )

    # -- reservation ------------------------------------------------------------------------------------------------

    def _action_done(self, cancel_backorder=False):
        self._merchant_lock_shelves()
        return super()._action_done(cancel_backorder=cancel_backorder)

    def _do_unreserve(self):
        self._merchant_lock_shelves()
        return super()._do_unreserve()

    def _merchant_lock_shelves(self):
        """Lock what these moves are going to change at once, in the order of every batch: stock takes line by line, in
        which two deliveries may wait for each other in a circle."""
        if len(self.move_line_ids) > 1:
            lines = self.move_line_ids
            places = (lines.location_id | lines.location_dest_id).filtered(lambda place: place.usage in OURS)
            # sudo: as in stock, whoever may validate a delivery need not see the shelves
            self.env["stock.quant"].sudo()._merchant_lock(lines.product_id, places)

    def _action_assign(self, force_qty=False):
        """A batch reserves its plain moves together; stock then takes up what is left, one by one."""
        if force_qty or not self.env.context.get("merchant_batch"):
            return super()._action_assign(force_qty=force_qty)
        without = self._merchant_reserve_together()
        return super(StockMove, self - without)._action_assign(force_qty=force_qty)

    def _merchant_reserve_together(self):
        """Reserve the plain moves among these as stock would, in a number of queries that does not grow with them.

        :return: the moves for which nothing is left
        """
        if not self or self._merchant_reserved_by_others():
            return self.browse()
        # sudo: as in stock, whoever may confirm an order need not see the shelves
        held = self.env["stock.quant"].sudo()._merchant_lock(self.product_id, self.location_id)
        plain = self.filtered(lambda move: move._merchant_is_plain())
        left_to_stock = (self - plain).product_id | plain._merchant_odd_products(held)
        plain = plain.filtered(lambda move: move.product_id not in left_to_stock)
        taken = reserve.allocate(plain._merchant_needs(), plain._merchant_pools(held))
        if taken:
            plain._merchant_take(taken)
        return plain.filtered(lambda move: move.id not in taken)

    def _merchant_is_plain(self):
        """Nothing about this move needs stock's own, longer way; an addon with more to say answers False here."""
        product = self.product_id
        return (
            self.state == "confirmed"
            and self.procure_method == "make_to_stock"
            and product.tracking == "none"
            and self.product_uom == product.uom_id
            and self.product_uom.compare(self.product_uom_qty, 0) > 0
            and product.categ_id.packaging_reserve_method != "full"
            and not self.picked
            and not self.move_orig_ids
            and not self.move_line_ids
            and not self._should_bypass_reservation()
            and _whole(self.product_uom_qty, product.uom_id.rounding)
        )

    def _merchant_reserved_by_others(self):
        """True when an addon that we do not know decides how a move reserves."""
        classes = (cls for cls in type(self).__mro__ if any(name in vars(cls) for name in RESERVATION))
        return any(cls.__module__ not in UNDERSTOOD and cls.__module__.startswith("odoo.addons") for cls in classes)

    def _merchant_odd_products(self, held):
        """Products that the batch leaves to stock.

        A lot, a package or an owner is on their shelves; one location holds them twice; a figure is finer than their
        unit; or the removal strategy is not one of core's.
        """
        smallest = {product.id: product.uom_id.rounding for product in self.product_id}
        places = Counter((quant.product, quant.location) for quant in held)
        odd = {product for (product, _location), times in places.items() if times > 1}
        odd.update(
            quant.product
            for quant in held
            if quant.product in smallest
            and (
                quant.special
                or not all(_whole(each, smallest[quant.product]) for each in (quant.quantity, quant.reserved))
            )
        )
        known = {reserve.FIRST_IN, reserve.LAST_IN, reserve.CLOSEST}
        odd.update(move.product_id.id for move in self if move._merchant_removal() not in known)
        return self.env["product.product"].browse(odd)

    def _merchant_removal(self):
        return self.env["stock.quant"]._get_removal_strategy(self.product_id, self.location_id)

    def _merchant_needs(self):
        return [
            reserve.Need(move.id, (move.product_id.id, move.location_id.id), _exact(move.product_uom_qty))
            for move in self
        ]

    def _merchant_pools(self, held):
        """``{(product, location): [Shelf]}`` in the order of the location's removal strategy."""
        shelves = defaultdict(list)
        for quant in held:
            shelf = reserve.Shelf(quant.id, _exact(quant.quantity), _exact(quant.reserved), quant.since, quant.name)
            shelves[quant.product].append((quant.path, shelf))
        pools = {}
        for (product, location), moves in self.grouped(lambda move: (move.product_id, move.location_id)).items():
            inside = [shelf for path, shelf in shelves[product.id] if path.startswith(location.parent_path)]
            pools[product.id, location.id] = reserve.in_order(inside, moves[0]._merchant_removal())
        return pools

    def _merchant_take(self, taken):
        """Write down what was allocated: the quants in one statement, the lines in one create."""
        # sudo: see _merchant_reserve_together
        Quant = self.env["stock.quant"].sudo()
        parts = [(move, quant, quantity) for move in self for quant, quantity in taken.get(move.id, ())]
        total, reserved = Counter(), Counter()
        for _move, quant, quantity in parts:
            total[quant] += quantity
        Quant._merchant_reserve(total)
        quants = {quant.id: quant for quant in Quant.browse(total)}
        for quant, quantity in total.items():
            reserved[quants[quant].product_id.id, quants[quant].location_id.id] += quantity
        lines = (
            self.env["stock.move.line"]
            .with_context(**{RESERVED: reserved})
            .create(
                [
                    move._prepare_move_line_vals(quantity=float(quantity), reserved_quant=quants[quant])
                    for move, quant, quantity in parts
                ]
            )
        )
        # only these rules or a group of locations could lead a line elsewhere
        lines.with_context(**{RESERVED: None}).filtered(
            lambda line: line.location_dest_id.putaway_rule_ids or line.location_dest_id.usage == "view"
        )._apply_putaway_strategy()

    # -- reordering rules -------------------------------------------------------------------------------------------

    def _trigger_scheduler(self):
        """Stock asks for each move whether a reordering rule watches it; asked once for all, most need no further
        look."""
        if len(self) <= 1:
            return super()._trigger_scheduler()
        return super(StockMove, self._merchant_watched([("trigger", "=", "auto")]))._trigger_scheduler()

    def _update_orderpoints(self):
        """In a batch only the moves of goods that have a reordering rule need a look for theirs."""
        if not self.env.context.get("merchant_batch"):
            return super()._update_orderpoints()
        return super(StockMove, self._merchant_watched([]))._update_orderpoints()

    def _merchant_watched(self, domain):
        """The moves whose product has a reordering rule."""
        # sudo: as stock, whose rules change for whatever moves
        rules = self.env["stock.warehouse.orderpoint"].sudo().with_context(active_test=False)
        domain = [("product_id", "in", self.product_id.ids), *domain]
        watched = {product.id for (product,) in rules._read_group(domain, ["product_id"])}
        return self.filtered(lambda move: move.product_id.id in watched)


def _whole(quantity, rounding):
    """True when the quantity is a multiple of the unit's smallest part."""
    return float_compare(quantity or 0.0, round((quantity or 0.0) / rounding) * rounding, precision_digits=9) == 0
