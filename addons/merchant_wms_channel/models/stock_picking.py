from odoo import models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def _merchant_wms_hold(self):
        return super()._merchant_wms_hold() or self.sale_id.merchant_hold_code or ""

    def _merchant_wms_order(self):
        return self.platform_order_ref or super()._merchant_wms_order()

    def _merchant_wms_remark(self):
        remarks = (super()._merchant_wms_remark(), self.merchant_buyer_remark, self.merchant_seller_remark)
        return "; ".join(filter(None, remarks))

    def _merchant_wms_receiver(self):
        """As the platform gave it: what it masked stays masked, with the key that its waybill printer opens."""
        receiver, partner = super()._merchant_wms_receiver(), self.partner_id
        if not partner.merchant_district:
            return {**receiver, **self._merchant_wms_marks()}
        parts = {"district": partner.merchant_district, "town": partner.merchant_town or ""}
        return {**receiver, **parts, "address": partner.street or "", **self._merchant_wms_marks()}

    def _merchant_wms_marks(self):
        partner = self.partner_id
        if not (partner.merchant_masked or partner.merchant_address_handle):
            return {}
        return {
            "masked": partner.merchant_masked,
            "platform": self.merchant_shop_id.platform or "",
            "handle": partner.merchant_address_handle or "",
        }
