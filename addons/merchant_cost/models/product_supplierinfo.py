from odoo import models


class ProductSupplierinfo(models.Model):
    _name = "product.supplierinfo"
    _inherit = ["product.supplierinfo", "merchant.cost.guard"]
    _merchant_cost_fields = frozenset({"price", "price_discounted", "discount"})

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        """Vendors stand in the order of their prices, which everybody may see."""
        return super(ProductSupplierinfo, self._at_work())._order_field_to_sql(
            alias, field_name, direction, nulls, query
        )
