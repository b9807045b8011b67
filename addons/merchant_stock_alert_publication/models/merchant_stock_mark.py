from odoo import models
from odoo.tools import SQL


class MerchantStockMark(models.Model):
    _inherit = "merchant.stock.mark"

    def _judge(self, company, today, ids=None):
        """Shops that publish are looked at when their offers were worked out, the others with the stock itself; the
        pass over everything looks at all of them."""
        result = super()._judge(company, today, ids)
        condition = SQL("listing.company_id = %s", company.id)
        if ids is not None:
            condition = SQL(
                "%s AND listing.product_id = ANY(%s) AND NOT COALESCE(shop.publishes, FALSE)", condition, ids.products
            )
        self.env["merchant.stock.shop.watch"]._look(condition)
        return result
