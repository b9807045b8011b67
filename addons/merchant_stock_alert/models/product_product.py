from odoo import fields, models

_WATCHED = {"active", "standard_price"}


class ProductProduct(models.Model):
    _inherit = "product.product"

    merchant_position_ids = fields.One2many(
        "merchant.stock.position", "product_id", string="By Warehouse", groups="merchant_base.group_user"
    )
    merchant_alert_ids = fields.One2many(
        "merchant.stock.alert",
        "product_id",
        string="Open Alerts",
        domain=[("state", "!=", "closed")],
        groups="merchant_base.group_user",
    )
    merchant_move_line_ids = fields.One2many(
        "stock.move.line",
        compute="_compute_merchant_move_line_ids",
        string="Last Movements",
        groups="merchant_base.group_user",
    )

    def _compute_merchant_move_line_ids(self):
        for product in self:
            product.merchant_move_line_ids = self.env["stock.move.line"].search(
                [("product_id", "=", product.id), ("state", "=", "done")], order="date desc, id desc", limit=20
            )

    def write(self, vals):
        result = super().write(vals)
        if _WATCHED & vals.keys():
            self._mark_stock()
        return result

    def _mark_stock(self):
        self.env["merchant.stock.mark"]._mark((product, None) for product in self.ids)

    def _action_stock_screen(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Stock of %(product)s", product=self.display_name),
            "res_model": "product.product",
            "res_id": self.id,
            "view_mode": "form",
            "views": [(self.env.ref("merchant_stock_alert.product_product_view_form_stock").id, "form")],
        }

    def action_view_stock_screen(self):
        """Every warehouse, open alerts and last movements of this product on one screen."""
        return self._action_stock_screen()
