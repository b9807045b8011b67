from odoo import models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    def unlink(self):
        """The database deletes the products along with it: what shops sold as these is to be matched anew."""
        self.env["merchant.listing"]._forget(self.with_context(active_test=False).product_variant_ids)
        return super().unlink()
