from odoo import models


class MerchantOrderBuilder(models.AbstractModel):
    _inherit = "merchant.order.builder"

    def _stocked(self, products):
        found = super()._stocked(products)
        boms = self.env["mrp.bom"]._bom_find(products, company_id=self.env.company.id, bom_type="phantom")
        for product, bom in boms.items():
            _boms, lines = bom.explode(product, 1.0)
            found |= found.union(*(line.product_id for line, _values in lines)) - product
        return found
