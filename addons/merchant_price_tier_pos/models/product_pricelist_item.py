from odoo import api, models


class ProductPricelistItem(models.Model):
    _inherit = "product.pricelist.item"

    @api.model
    def _load_pos_data_search_read(self, data, config):
        """A till gets plain rules as they are, and the prices that all others make."""
        rows = super()._load_pos_data_search_read(data, config)
        pricelists = self.env["product.pricelist"].browse([row["id"] for row in data["product.pricelist"]])
        products = self.env["product.product"].browse([row["id"] for row in data["product.product"]])
        beyond = pricelists._merchant_beyond_till()
        if beyond:
            config._merchant_start_afresh()
        return self._merchant_till_rows(rows, beyond, products, config)

    @api.model
    def _merchant_till_rows(self, rows, beyond, products, config):
        """The rows with those of the lists beyond the till worked out."""
        kept = [row for row in rows if row["pricelist_id"] not in beyond.ids]
        return kept + beyond._merchant_till_rows(products, self._load_pos_data_fields(config))
