from odoo import models


class ProductProduct(models.Model):
    _inherit = "product.product"

    def unlink(self):
        """What shops sold as these products is to be matched anew."""
        self.env["merchant.listing"]._forget(self)
        return super().unlink()
