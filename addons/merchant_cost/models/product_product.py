from odoo import models


class ProductProduct(models.Model):
    _name = "product.product"
    _inherit = ["product.product", "merchant.cost.guard"]
    _merchant_cost_fields = frozenset({"standard_price", "avg_cost", "total_value"})

    def _select_seller(self, *args, **options):
        """Which vendor is asked depends on his price, also when a clerk's order makes somebody buy."""
        return super(ProductProduct, self._at_work())._select_seller(*args, **options)
