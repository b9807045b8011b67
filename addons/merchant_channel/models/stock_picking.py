from odoo import api, fields, models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    merchant_shop_id = fields.Many2one(
        related="sale_id.merchant_shop_id", store=True, index="btree_not_null", string="Shop"
    )
    platform_order_ref = fields.Char(related="sale_id.platform_order_ref", store=True, string="Platform Order")
    merchant_hold_reason = fields.Char(related="sale_id.merchant_hold_reason", string="On Hold Because")
    merchant_buyer_remark = fields.Char(related="sale_id.merchant_buyer_remark", string="Buyer's Message")
    merchant_seller_remark = fields.Char(related="sale_id.merchant_seller_remark", string="Seller's Remark")
    merchant_notice_ids = fields.One2many(
        "merchant.shipment.notice", "picking_id", string="Shipment Notices", groups="merchant_base.group_user"
    )

    merchant_goods = fields.Char("Goods", compute="_compute_merchant_goods", help="What is in the parcel, in short.")

    @api.depends("move_ids.product_id", "move_ids.product_uom_qty")
    def _compute_merchant_goods(self):
        for picking in self:
            moves = picking.move_ids.filtered(lambda move: move.state != "cancel")
            goods = [
                f"{move.product_id.default_code or move.product_id.name} × {move.product_uom_qty:g}"
                for move in moves[:4]
            ]
            picking.merchant_goods = ", ".join([*goods, "…"] if len(moves) > 4 else goods)

    @api.model
    def get_empty_list_help(self, help_message):
        """Stock has one text for every list of transfers; ours says what it is for."""
        return help_message if self.env.context.get("merchant_help") else super().get_empty_list_help(help_message)

    def action_confirm(self):
        """Sales confirms deliveries order by order; a batch does it once, at its end."""
        return True if self.env.context.get("merchant_batch") else super().action_confirm()

    def message_post_with_source(self, source_ref, **kwargs):
        """A batch leaves out the note that links a delivery to its order: the delivery shows its order anyway."""
        if self.env.context.get("merchant_batch") and source_ref == "mail.message_origin_link":
            return self.env["mail.message"]
        return super().message_post_with_source(source_ref, **kwargs)

    def button_validate(self):
        """Nobody is asked whether Odoo may text a buyer whom the platform tells anyway."""
        quiet = bool(self) and self._merchant_told_by_platform() == self
        return super(StockPicking, self.with_context(skip_sms=True) if quiet else self).button_validate()

    def _merchant_told_by_platform(self):
        """Deliveries of which the platform tells the buyer: Odoo's own text messages would cost and go to masked
        numbers."""
        # sudo: a warehouse hand need not see the shop
        return (
            self.sudo()
            .filtered(lambda picking: picking.merchant_shop_id and picking.merchant_shop_id._has_client())
            .sudo(self.env.su)
        )

    def _action_done(self):
        """Goods of an order on hold do not leave; what leaves is told to the platform."""
        leaving = self.filtered(
            lambda picking: picking.merchant_shop_id and picking.location_dest_id.usage == "customer"
        )
        leaving.sale_id._merchant_check_shippable()
        quiet = self._merchant_told_by_platform()
        result = super(StockPicking, self - quiet)._action_done() if self - quiet else True
        if quiet:
            result = super(StockPicking, quiet.with_context(skip_sms=True))._action_done()
        self.env["merchant.shipment.notice"]._create_for(leaving.filtered(lambda picking: picking.state == "done"))
        return result

    def write(self, vals):
        result = super().write(vals)
        if vals.get("carrier_tracking_ref") or vals.get("carrier_id"):
            # sudo: whoever packs may complete or correct a notice without rights on notices
            self.sudo().merchant_notice_ids._delivery_changed()
        return result
