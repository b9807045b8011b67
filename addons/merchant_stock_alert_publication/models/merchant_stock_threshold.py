from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL


class MerchantStockThreshold(models.Model):
    _inherit = "merchant.stock.threshold"

    kind = fields.Selection(selection_add=[("shop", "Low in a shop")], ondelete={"shop": "cascade"})
    shop_id = fields.Many2one(
        "merchant.shop", check_company=True, index=True, ondelete="cascade", help="Empty: in every shop."
    )

    _shop_scope_uniq = models.UniqueIndex(
        "(company_id, COALESCE(product_id, 0), COALESCE(categ_id, 0), COALESCE(shop_id, 0))"
        " WHERE kind = 'shop' AND active IS TRUE",
        "There is such a threshold for the same goods already: change that one.",
    )

    @api.depends("kind", "shop_id")
    def _compute_scope(self):
        result = super()._compute_scope()
        for threshold in self.filtered(lambda each: each.kind == "shop"):
            parts = (threshold.shop_id.name or self.env._("every shop"), threshold.product_id.display_name)
            threshold.scope = " · ".join(filter(None, (*parts, threshold.categ_id.display_name)))
        return result

    def _line_text(self):
        if self.kind == "shop":
            return self.env._("%(units)g units", units=self.quantity)
        return super()._line_text()

    def _compute_position_count(self):
        shops = self.filtered(lambda each: each.kind == "shop")
        result = super(MerchantStockThreshold, self - shops)._compute_position_count()
        for threshold in shops:
            threshold.position_count = len(threshold._listings())
        return result

    @api.onchange("kind")
    def _onchange_kind(self):
        if self.kind == "shop":
            self.update({"warehouse_id": False, "abc": False, "xyz": False, "method": "quantity"})
        else:
            self.shop_id = False

    @api.constrains("kind", "shop_id", "warehouse_id", "abc", "xyz", "product_id", "categ_id")
    def _check_shop(self):
        for threshold in self:
            if threshold.shop_id and threshold.kind != "shop":
                raise ValidationError(self.env._("Only a line of the kind “Low in a shop” is for one shop."))
            if threshold.kind == "shop" and (threshold.warehouse_id or threshold.abc or threshold.xyz):
                raise ValidationError(
                    self.env._("A line for shops is set for a shop, a category or a product: leave the others empty.")
                )

    def _mark(self):
        """Lines for shops have the listings looked at to which they may apply, the others the stock."""
        shops = self.filtered(lambda each: each.kind == "shop")
        result = super(MerchantStockThreshold, self - shops)._mark()
        for threshold in shops:
            threshold._mark_listings()
        return result

    def _mark_listings(self):
        condition = self._reach()
        self.env["merchant.publication.mark"]._mark_listings(condition)
        # products only: whoever may set lines need not see every shop
        self.env["merchant.listing"].flush_model()
        products = self.env.execute_query(
            SQL(
                "SELECT DISTINCT listing.product_id FROM merchant_listing listing"
                " JOIN merchant_shop shop ON shop.id = listing.shop_id"
                " WHERE %s AND NOT COALESCE(shop.publishes, FALSE) AND listing.product_id IS NOT NULL",
                condition,
            )
        )
        self.env["merchant.stock.mark"]._mark((product, None) for (product,) in products)

    def _reach(self):
        """SQL condition on ``listing``: where this may apply."""
        condition = SQL("listing.company_id = %s AND listing.product_id IS NOT NULL", self.company_id.id)
        if self.shop_id:
            condition = SQL("%s AND listing.shop_id = %s", condition, self.shop_id.id)
        if self.product_id:
            condition = SQL("%s AND listing.product_id = %s", condition, self.product_id.id)
        if self.categ_id:
            condition = SQL(
                "%s AND listing.product_id IN (SELECT product.id FROM product_product product"
                " JOIN product_template template ON template.id = product.product_tmpl_id"
                " JOIN product_category category ON category.id = template.categ_id"
                " WHERE category.parent_path LIKE %s)",
                condition,
                f"{self.categ_id.parent_path}%",
            )
        return condition

    def _listings(self):
        """Ids of the listings to which this line applies."""
        # sudo: a number; which listings they are is shown to those who may see them
        watch = self.env["merchant.stock.shop.watch"].sudo()
        lines = watch._rules()[1].get(self.company_id.id)
        return [
            row["listing"]
            for row in (watch._listings(self._reach()) if lines else ())
            if row["units"] is not None
            and lines.applying(row["product"], row["shop"], row["categories"]) == self._origin.id
        ]

    @api.model
    def _own_scope(self):
        return (*super()._own_scope(), "shop_id")

    def action_view_positions(self):
        if self.kind != "shop":
            return super().action_view_positions()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Applies to"),
            "res_model": "merchant.listing",
            "view_mode": "list,form",
            "domain": [("id", "in", self._listings())],
        }
