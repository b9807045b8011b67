from odoo import fields, models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    merchant_shop_id = fields.Many2one(related="sale_id.merchant_shop_id", store=True, index="btree_not_null", string="Shop")
    platform_order_ref = fields.Char(related="sale_id.platform_order_ref", store=True, string="Platform Order")
    merchant_hold_reason = fields.Char(related="sale_id.merchant_hold_reason", string="On Hold Because")
    merchant_buyer_remark = fields.Char(related="sale_id.merchant_buyer_remark", string="Buyer's Message")
    merchant_seller_remark = fields.Char(related="sale_id.merchant_seller_remark", string="Seller's Remark")
    merchant_notice_ids = fields.One2many("merchant.shipment.notice", "picking_id", string="Shipment Notices")

    def _action_done(self):
        """Goods of an order on hold do not leave; what leaves is told to the platform."""
        leaving = self.filtered(lambda picking: picking.merchant_shop_id and picking.location_dest_id.usage == "customer")
        leaving.sale_id._merchant_check_shippable()
        result = super()._action_done()
        self.env["merchant.shipment.notice"]._create_for(leaving.filtered(lambda picking: picking.state == "done"))
        return result

    def write(self, vals):
        result = super().write(vals)
        if vals.get("carrier_tracking_ref") or vals.get("carrier_id"):
            # sudo: whoever packs may complete a notice without rights on notices
            self.sudo().merchant_notice_ids.filtered(lambda notice: notice.state in ("waiting", "parked"))._requeue()
        return result
