from odoo import models


class PosSession(models.Model):
    _inherit = "pos.session"

    def get_pos_ui_product_pricelist_item_by_product(self, product_tmpl_ids, product_ids, config_id):
        """Prices of goods that the till meets later, by a scan or a search."""
        found = super().get_pos_ui_product_pricelist_item_by_product(product_tmpl_ids, product_ids, config_id)
        config = self.env["pos.config"].browse(config_id)
        beyond = self.config_id._get_available_pricelists()._merchant_beyond_till()
        products = self.env["product.product"].browse(product_ids)
        item = "product.pricelist.item"
        return {**found, item: self.env[item]._merchant_till_rows(found[item], beyond, products, config)}
