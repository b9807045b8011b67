from odoo import fields, models
from odoo.exceptions import UserError


class StockPicking(models.Model):
    _inherit = "stock.picking"

    merchant_source_why = fields.Json(
        related="sale_id.merchant_source_why", string="Why This Warehouse?", groups="merchant_base.group_user"
    )

    def action_merchant_refuse(self):
        """This warehouse cannot ship these: other ones are asked, this one not again."""
        self.check_access("write")
        for order, pickings in self.filtered("sale_id").grouped("sale_id").items():
            order._merchant_check_unpicked()
            warehouses = pickings.picking_type_id.warehouse_id
            # a warehouse hand need not be allowed to change orders to say that the goods are not there
            sale = order.sudo()
            sale.merchant_refused_warehouse_ids |= warehouses
            sale.message_post(
                body=self.env._("%(warehouses)s cannot ship it.", warehouses=", ".join(warehouses.mapped("name")))
            )
            if not sale._merchant_resource("refused"):
                sale.merchant_refused_warehouse_ids -= warehouses
                raise UserError(
                    self.env._("No other warehouse can ship %(order)s: ask the order desk what to do.", order=sale.name)
                )
        return {"type": "ir.actions.client", "tag": "soft_reload"}
