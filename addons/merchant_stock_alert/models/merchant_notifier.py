from odoo import fields, models

from ..core.scope import path_ids


class MerchantNotifier(models.Model):
    _inherit = "merchant.notifier"

    stock_warehouse_ids = fields.Many2many(
        "stock.warehouse", string="Stock Alerts of Warehouses", check_company=True, help="Empty: all of them."
    )
    stock_categ_ids = fields.Many2many(
        "product.category", string="Stock Alerts of Categories", help="With all categories below them. Empty: all."
    )
    stock_escalated = fields.Boolean(
        "Only Stock Alerts Nobody Took Up",
        help="Told when an alert is escalated, not when it opens: for those who look after the ones who look after it.",
    )

    def _accepts(self, record, topic):
        return super()._accepts(record, topic) and (
            record._name != "merchant.stock.alert" or self._accepts_stock(record)
        )

    def _accepts_stock(self, alert):
        if self.stock_escalated and not alert.escalated_at:
            return False
        if self.stock_warehouse_ids and alert.warehouse_id not in self.stock_warehouse_ids:
            return False
        above = path_ids(alert.categ_id.parent_path)
        return not self.stock_categ_ids or bool(above & set(self.stock_categ_ids.ids))
