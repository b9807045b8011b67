from odoo import api, models


class MrpBom(models.Model):
    _inherit = "mrp.bom"

    @api.model_create_multi
    def create(self, vals_list):
        boms = super().create(vals_list)
        boms._merchant_mark()
        return boms

    def write(self, vals):
        self._merchant_mark()
        result = super().write(vals)
        self._merchant_mark()
        return result

    def unlink(self):
        self._merchant_mark()
        return super().unlink()

    def _merchant_mark(self):
        """A kit changes: what it offers, and what is left for those who sell its parts."""
        boms = self.filtered(lambda bom: bom.type == "phantom")
        if boms:
            products = boms.product_tmpl_id.product_variant_ids | boms.bom_line_ids.product_id
            self.env["merchant.publication.mark"]._mark_products(products.ids)
