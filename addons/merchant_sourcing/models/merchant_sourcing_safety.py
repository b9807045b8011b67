from collections import defaultdict

from odoo import api, fields, models


class MerchantSourcingSafety(models.Model):
    """Pieces that sourcing keeps back in a warehouse."""

    _name = "merchant.sourcing.safety"
    _description = "Safety Stock for Sourcing"
    _order = "warehouse_id, product_id, category_id"
    _check_company_auto = True

    company_id = fields.Many2one(related="warehouse_id.company_id", store=True, index=True)
    warehouse_id = fields.Many2one("stock.warehouse", required=True, check_company=True, ondelete="cascade")
    product_id = fields.Many2one("product.product", ondelete="cascade", check_company=True)
    category_id = fields.Many2one("product.category", ondelete="cascade", help="With all categories in it.")
    quantity = fields.Float("Keep Back", digits="Product Unit", required=True, help="Of each product, in its own unit.")
    active = fields.Boolean(default=True)

    _place_uniq = models.UniqueIndex(
        "(warehouse_id, COALESCE(product_id, 0), COALESCE(category_id, 0)) WHERE active",
        "There is a line for this warehouse and these goods already.",
    )
    _quantity_check = models.Constraint("CHECK (quantity >= 0)", "What is kept back is 0 or more.")
    _one_kind = models.Constraint(
        "CHECK (product_id IS NULL OR category_id IS NULL)", "Name a product or a category, not both."
    )

    @api.depends("warehouse_id", "product_id", "category_id")
    def _compute_display_name(self):
        for line in self:
            goods = line.product_id.display_name or line.category_id.display_name or self.env._("all products")
            line.display_name = f"{line.warehouse_id.name}: {goods}"

    @api.model
    def _kept(self, warehouses, products):
        """``{(warehouse id, product id): quantity}``; the product's own line counts before its category's, the
        smallest category's before the others, and those before the warehouse's."""
        found = defaultdict(dict)
        for line in self.search([("warehouse_id", "in", warehouses.ids)]):
            found[line.warehouse_id.id][line.product_id.id, line.category_id.id] = line.quantity
        kept = {}
        for warehouse, lines in found.items():
            for product in products:
                outwards = [int(number) for number in reversed((product.categ_id.parent_path or "").split("/")[:-1])]
                keys = [(product.id, False), *((False, category) for category in outwards), (False, False)]
                if quantity := next((lines[key] for key in keys if key in lines), 0.0):
                    kept[warehouse, product.id] = quantity
        return kept
