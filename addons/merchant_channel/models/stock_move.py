from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def _action_confirm(self, merge=True, merge_into=False, create_proc=True):
        """A batch of orders gets its deliveries in one create; stock makes them one by one."""
        if self.env.context.get("merchant_batch"):
            self._merchant_assign_pickings()
        return super()._action_confirm(merge=merge, merge_into=merge_into, create_proc=create_proc)

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
        pickings = self.env["stock.picking"].create([moves._get_new_picking_values() for moves in groups])
        for moves, picking in zip(groups, pickings, strict=True):
            moves.picking_id = picking
            moves._assign_picking_post_process(new=True)

    def _trigger_scheduler(self):
        """Stock asks for each move whether a reordering rule watches it; asked once for all, most need no further
        look."""
        if len(self) <= 1:
            return super()._trigger_scheduler()
        watched = self.env["stock.warehouse.orderpoint"]._read_group(
            [("product_id", "in", self.product_id.ids), ("trigger", "=", "auto")], ["product_id"]
        )
        watched = {product.id for (product,) in watched}
        return super(StockMove, self.filtered(lambda move: move.product_id.id in watched))._trigger_scheduler()
