from odoo import fields, models


class MerchantNotifier(models.Model):
    _inherit = "merchant.notifier"

    stock_shop_ids = fields.Many2many(
        "merchant.shop",
        string="Stock Alerts of Shops",
        check_company=True,
        help="Only alerts of these shops, those for a line of a shop. Empty: all.",
    )

    def _accepts_stock(self, alert):
        return super()._accepts_stock(alert) and (not self.stock_shop_ids or alert.shop_id in self.stock_shop_ids)
