from odoo import fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    merchant_brand_id = fields.Many2one(
        "merchant.brand",
        string="Brand",
        index="btree_not_null",
        ondelete="set null",
        groups="merchant_base.group_user",
        help="Price rules and floors can hold for a whole brand.",
    )
