from odoo import fields, models


class MerchantSourcingPart(models.Model):
    """How much of an order line leaves from which warehouse, as decided last."""

    _name = "merchant.sourcing.part"
    _description = "Sourced Part of an Order Line"
    _order = "line_id, id"
    _rec_name = "warehouse_id"

    order_id = fields.Many2one("sale.order", required=True, ondelete="cascade", index=True, readonly=True)
    line_id = fields.Many2one("sale.order.line", required=True, ondelete="cascade", index=True, readonly=True)
    product_id = fields.Many2one(
        "product.product", required=True, readonly=True, help="A kit's parts stand here one by one."
    )
    warehouse_id = fields.Many2one("stock.warehouse", required=True, readonly=True, index=True, ondelete="cascade")
    quantity = fields.Float(digits="Product Unit", readonly=True, help="In the product's own unit.")
    kind = fields.Selection([("ship", "From stock"), ("backorder", "Follows")], required=True, readonly=True)
    ship_date = fields.Date("Ships On", readonly=True, help="Promised for what leaves from stock.")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
