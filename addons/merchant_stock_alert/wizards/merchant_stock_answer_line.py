from datetime import timedelta

from odoo import api, fields, models

SHOWN = 5  # that are named in the plan


class MerchantStockAnswerLine(models.TransientModel):
    """One product of what will be done."""

    _name = "merchant.stock.answer.line"
    _description = "Act on a Stock Alert"

    answer_id = fields.Many2one("merchant.stock.answer", required=True, ondelete="cascade")
    position_id = fields.Many2one("merchant.stock.position", required=True, readonly=True, ondelete="cascade")
    product_id = fields.Many2one(related="position_id.product_id")
    warehouse_id = fields.Many2one(related="position_id.warehouse_id")
    alert_ids = fields.Many2many("merchant.stock.alert", compute="_compute_alert_ids")
    available = fields.Float(related="position_id.available")
    need = fields.Float("Needed", digits="Product Unit", readonly=True)
    drafted = fields.Float("In Drafts", digits="Product Unit", readonly=True, help="Already in draft purchases.")
    quantity = fields.Float(digits="Product Unit", help="0: leave this one out.")
    uom_id = fields.Many2one("uom.uom", "Unit", compute="_compute_terms")
    arrival = fields.Date(compute="_compute_terms")
    source_id = fields.Many2one("stock.warehouse", "From", readonly=True)
    target_id = fields.Many2one("stock.warehouse", "To", readonly=True)
    seller_id = fields.Many2one(
        "product.supplierinfo", "Price of", domain="[('product_tmpl_id.product_variant_ids', 'in', product_id)]"
    )
    supplier_id = fields.Many2one(related="seller_id.partner_id", string="Supplier")
    minimum = fields.Float(related="seller_id.min_qty", string="At Least")
    price = fields.Float(related="seller_id.price", groups="purchase.group_purchase_user")
    substitute_id = fields.Many2one("product.product", "Offer", readonly=True)

    @api.depends("position_id", "answer_id.alert_ids")
    def _compute_alert_ids(self):
        for line in self:
            line.alert_ids = line.answer_id.alert_ids.filtered(
                lambda alert, line=line: alert.position_id == line.position_id
            )

    @api.depends("seller_id", "product_id", "substitute_id")
    def _compute_terms(self):
        """Unit and arrival are the supplier's."""
        for line in self:
            line.uom_id = line.seller_id.product_uom_id or (line.substitute_id or line.product_id).uom_id
            days = timedelta(days=line.seller_id.delay)
            line.arrival = line.seller_id and fields.Date.context_today(line) + days

    @api.onchange("seller_id")
    def _onchange_seller_id(self):
        """Another supplier has another minimum and another pack."""
        if self.seller_id and self.need:
            self.quantity = self.answer_id._accepted(self.product_id, self.seller_id, self.need)

    def _named(self):
        """The first of these in a sentence each: on a phone the table is too wide to be read."""
        more = ["…"] if len(self) > SHOWN else []
        return [line._sentence() for line in self[:SHOWN]] + more

    def _sentence(self):
        what = f"{self.product_id.display_name} × {self.quantity:g}"
        if self.substitute_id:
            return f"{self.product_id.display_name} → {self.substitute_id.display_name}"
        if self.source_id:
            return f"{self.source_id.name} → {self.target_id.name}: {what}"
        return f"{self.supplier_id.name} → {self.warehouse_id.name}: {what} {self.uom_id.name}"

    def _add_to(self, order):
        """Add to a draft purchase; a line of the same product and unit gets more instead of a second line."""
        lines = self.env["purchase.order.line"]
        for each in self:
            known = order.order_line.filtered(
                lambda line, each=each: line.product_id == each.product_id and line.product_uom_id == each.uom_id
            )[:1]
            if known:
                known.product_qty += each.quantity
            else:
                lines.create(
                    lines._prepare_purchase_order_line(
                        each.product_id, each.quantity, each.uom_id, order.company_id, order.partner_id, order
                    )
                )
