from odoo import fields, models


class MerchantBrand(models.Model):
    """A brand of goods, for rules that hold for all of it."""

    _name = "merchant.brand"
    _description = "Brand"
    _order = "name"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    product_ids = fields.One2many("product.template", "merchant_brand_id", string="Products")
    product_count = fields.Integer(compute="_compute_product_count")

    def _compute_product_count(self):
        counts = dict(
            self.env["product.template"]._read_group(
                [("merchant_brand_id", "in", self.ids)], ["merchant_brand_id"], ["__count"]
            )
        )
        for brand in self:
            brand.product_count = counts.get(brand, 0)
