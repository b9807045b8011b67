from odoo import api, fields, models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    merchant_price_difference = fields.Monetary(
        "Platform against Ours",
        compute="_compute_merchant_price_difference",
        help="What the platform's price of the line brings more (or less) than our price list would, with taxes.",
    )

    @api.depends("merchant_our_price", "platform_paid_amount", "product_uom_qty", "tax_ids")
    def _compute_merchant_price_difference(self):
        for line in self:
            line.merchant_price_difference = line._merchant_platform_less_ours()

    def _merchant_is_judged(self):
        """Postage and fees that a platform's buyer paid are handed on: nobody here sets their price."""
        return super()._merchant_is_judged() and self.product_id.id not in self.env["merchant.listing"]._charges()

    def _merchant_platform_less_ours(self):
        if not self.platform_line_ref or not self.merchant_our_price or not self.product_uom_qty:
            return 0.0
        # our list's price follows the product's own taxes, the platform's amount includes all
        taxes = self.product_id.taxes_id._filter_taxes_by_company(self.company_id)
        ours = taxes.compute_all(
            self.merchant_our_price, self.currency_id, self.product_uom_qty, self.product_id, self.order_id.partner_id
        )
        return self.currency_id.round(self.platform_paid_amount - ours["total_included"])
