from odoo import fields, models

_WATCHED = {"active", "is_storable", "categ_id", "list_price", "type"}


class ProductTemplate(models.Model):
    _inherit = "product.template"

    merchant_substitute_ids = fields.Many2many(
        "product.template",
        "merchant_product_substitute_rel",
        "product_id",
        "substitute_id",
        string="Substitutes",
        groups="merchant_base.group_user",
        help="What may be offered instead when this is sold out.",
    )

    def write(self, vals):
        result = super().write(vals)
        if _WATCHED & vals.keys():
            self.with_context(active_test=False).product_variant_ids._mark_stock()
        return result


class ProductCategory(models.Model):
    _inherit = "product.category"

    def write(self, vals):
        result = super().write(vals)
        if "parent_id" in vals:
            self.env["merchant.stock.mark"]._mark_everything()
        return result
