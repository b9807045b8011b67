from odoo import fields, models


class MerchantStockDay(models.Model):
    """What moved of a product in a warehouse on one local day: the figures that averages are made of."""

    _name = "merchant.stock.day"
    _description = "Stock Day"
    _log_access = False
    _order = "day desc, id"
    _rec_name = "day"

    product_id = fields.Many2one("product.product", required=True, readonly=True, ondelete="cascade")
    warehouse_id = fields.Many2one("stock.warehouse", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    day = fields.Date(required=True, readonly=True)
    sold = fields.Float(
        digits="Product Unit", readonly=True, help="Units that left for customers or production on this day."
    )
    returned = fields.Float(
        digits="Product Unit",
        readonly=True,
        help="Units that customers sent back. They are stock again; they do not make the demand smaller.",
    )
    change = fields.Float(digits="Product Unit", readonly=True, help="Everything that came minus everything that left.")

    _day_uniq = models.Constraint(
        "UNIQUE (product_id, warehouse_id, day)", "This product has that day in this warehouse already."
    )
