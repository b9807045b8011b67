from odoo import api, fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    merchant_price_difference = fields.Monetary(
        "Platform against Ours",
        compute="_compute_merchant_price_difference",
        help="What the platform's prices of the goods bring more (or less) than our price list would, with taxes.",
    )

    @api.depends("order_line.merchant_price_difference")
    def _compute_merchant_price_difference(self):
        for order in self:
            order.merchant_price_difference = sum(order.order_line.mapped("merchant_price_difference"))

    def _merchant_price_moment(self):
        return self.merchant_shop_id.merchant_price_moment or super()._merchant_price_moment()

    def _merchant_counts_promotions(self):
        looks_at = self.merchant_shop_id.merchant_floor_counts
        return looks_at == "after" if looks_at else super()._merchant_counts_promotions()

    def _merchant_moment(self):
        if self.merchant_shop_id and self._merchant_price_moment() == "order" and self.platform_created_at:
            return self.platform_created_at
        return super()._merchant_moment()

    def _merchant_paid_at(self):
        return self.platform_paid_at or super()._merchant_paid_at()

    def _merchant_is_priced_elsewhere(self):
        """The buyer has paid the platform's price already: floors tell, and stop nothing; no price is renewed."""
        return bool(self.platform_order_ref) or super()._merchant_is_priced_elsewhere()

    def _merchant_reprice_ours(self):
        return super(SaleOrder, self.filtered(lambda order: not order.platform_order_ref))._merchant_reprice_ours()
