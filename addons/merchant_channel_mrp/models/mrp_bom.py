from collections import defaultdict

from odoo import api, models


class MrpBom(models.Model):
    _inherit = "mrp.bom"

    @api.model
    def _bom_find(self, products, picking_type=None, company_id=False, bom_type=False):
        """Lines of a batch ask product by product; the first question is asked for all products read with it."""
        if not self.env.context.get("merchant_batch"):
            return super()._bom_find(products, picking_type=picking_type, company_id=company_id, bom_type=bom_type)
        found = defaultdict(self.browse)
        for product in products:
            if bom := self._merchant_bom(product, picking_type, company_id, bom_type):
                found[product] = self.browse(bom)
        return found

    def _merchant_bom(self, product, picking_type, company_id, bom_type):
        """The id of the product's bill of materials, or False."""
        company = company_id or self.env.context.get("company_id")
        known = self.env["merchant.order.builder"]._in_batch(
            ("boms", picking_type and picking_type.id, company, bom_type), dict
        )
        if product.id not in known:
            together = product.browse(dict.fromkeys([product.id, *product._prefetch_ids]))
            together = together.filtered(lambda each: each.id not in known)
            boms = super()._bom_find(together, picking_type=picking_type, company_id=company_id, bom_type=bom_type)
            known.update({each.id: boms[each].id if each in boms else False for each in together})
        return known[product.id]
