from odoo import api, models


class ProductSupplierinfo(models.Model):
    _inherit = "product.supplierinfo"

    @api.model_create_multi
    def create(self, vals_list):
        infos = super().create(vals_list)
        infos._mark_stock()
        return infos

    def write(self, vals):
        result = super().write(vals)
        if {"delay", "partner_id", "sequence", "product_id", "product_tmpl_id", "date_end"} & vals.keys():
            self._mark_stock()
        return result

    def _mark_stock(self):
        (self.product_id | self.product_tmpl_id.product_variant_ids)._mark_stock()
