from odoo import fields, models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    platform_line_ref = fields.Char("Platform Line", copy=False, readonly=True, index="btree_not_null")
    platform_quantity = fields.Float("Ordered on the Platform", digits="Product Unit", copy=False, readonly=True)
    platform_list_price = fields.Float("List Price", digits="Product Price", copy=False, readonly=True)
    platform_paid_amount = fields.Monetary(
        "Platform Amount", copy=False, readonly=True, help="Line revenue on the platform, taxes included."
    )
    platform_seller_discount = fields.Monetary("Seller Discount", copy=False, readonly=True)
    platform_discount = fields.Monetary("Platform Discount", copy=False, readonly=True)
    platform_refund = fields.Selection(
        [
            ("none", "None"),
            ("requested", "Asked for"),
            ("returning", "Goods coming back"),
            ("refused", "Refused"),
            ("withdrawn", "Withdrawn"),
            ("refunded", "Refunded"),
        ],
        string="Refund",
        copy=False,
        readonly=True,
    )
    merchant_is_gift = fields.Boolean("Gift", copy=False, readonly=True)

    def _action_launch_stock_rule(self, *, previous_product_uom_qty=False):
        if self.env.context.get("merchant_batch"):
            self._merchant_create_references()
        return super()._action_launch_stock_rule(previous_product_uom_qty=previous_product_uom_qty)

    def _merchant_create_references(self):
        """Make in one create what stock would make for each order in turn."""
        first = {}
        for line in self:
            if line.state == "sale" and line.product_id.type == "consu" and line.product_uom_qty:
                first.setdefault(line.order_id, line)
        lines = [line for order, line in first.items() if not order.locked and not order.stock_reference_ids]
        self.env["stock.reference"].create([line._prepare_reference_vals() for line in lines])

    def _merchant_is_shipped(self):
        """True when something of this line left the warehouse and did not come back."""
        self.ensure_one()
        # by its moves: a kit counts as delivered only when all its parts are
        done = self.move_ids.filtered(lambda move: move.state == "done")
        left = sum(done.filtered(lambda move: move.location_dest_id.usage == "customer").mapped("quantity"))
        came_back = sum(done.filtered(lambda move: move.location_id.usage == "customer").mapped("quantity"))
        return left > came_back
