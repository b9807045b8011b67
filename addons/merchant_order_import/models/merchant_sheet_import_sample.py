import base64

from odoo import api, models
from odoo.tools import file_open

SAMPLE = "merchant_order_import/data/sample/online_retail_week.csv"


class MerchantSheetImport(models.Model):
    """The shipped week of real orders."""

    _inherit = "merchant.sheet.import"

    @api.model
    def _create_sample(self, shop=None):
        """A record with the shipped week of Online Retail, ready to be checked or imported.

        :param shop: the shop to import into, in GBP and without address check; by default one is made
        """
        with file_open(SAMPLE, "rb") as stream:
            data = stream.read()
        return self.create(
            {
                "shop_id": (shop or self._sample_shop()).id,
                "file": base64.b64encode(data),
                "file_name": "online_retail_week.csv",
                "template_id": self._builtin_template("online_retail").id,
            }
        )

    @api.model
    def _sample_shop(self):
        """The shop of the sample: sells in GBP, makes products for unknown codes, needs no address."""
        Shop, name = self.env["merchant.shop"], "Online Retail (UCI)"
        if shop := Shop.search([("company_id", "=", self.env.company.id), ("name", "=", name)], limit=1):
            return shop
        pound = self.env.ref("base.GBP")
        pound.active = True
        pricelist = self.env["product.pricelist"].create(
            {"name": name, "currency_id": pound.id, "company_id": self.env.company.id}
        )
        return Shop.create(
            {"name": name, "pricelist_id": pricelist.id, "address_check": "none", "unknown_sku": "create"}
        )

    @api.model
    def _builtin_template(self, key):
        return self.env.ref(f"merchant_order_import.template_{key}")
