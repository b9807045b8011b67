from odoo import fields, models

OUTSIDE, CODE = "杭州云仓", "HZ"
# what the cloud warehouse says it has otherwise than our books
OTHERWISE = {"TEA-001": -2, "TEA-005": 3, "TEA-010": -1}


class MerchantDemo(models.AbstractModel):
    _inherit = "merchant.demo"

    def _play_first_day(self, shop, sheet):
        """The second warehouse is kept by an outside one, which has sent its stock and is not yet connected."""
        result = super()._play_first_day(shop, sheet)
        warehouse = self.env["stock.warehouse"].search(
            [("code", "=", CODE), ("company_id", "=", self.env.company.id)], limit=1
        )
        wms = self.env["merchant.wms"].create(
            {
                "name": OUTSIDE,
                "paused": True,
                "user_id": self.env.ref("base.user_admin").id,
                "warehouse_ids": [(6, 0, warehouse.ids)],
            }
        )
        self.env["merchant.wms.carrier"].create(
            [
                {"wms_id": wms.id, "code": each.code, "carrier_id": each.carrier_id.id}
                for each in self.env["merchant.carrier.code"].search([("platform", "=", shop.platform)])
            ]
        )
        products = (
            self.env["product.product"].with_context(warehouse_id=warehouse.id).search([("is_storable", "=", True)])
        )
        lines = [
            {
                "sku": product.default_code,
                "quantity": max(0, product.qty_available + OTHERWISE.get(product.default_code, 0)),
            }
            for product in products
            if product.default_code and product.qty_available > 0
        ]
        message = {
            "id": "demo-stock",
            "type": "stock",
            "at": f"{fields.Datetime.now().isoformat()}+00:00",
            "lines": lines,
        }
        self.env["merchant.wms.message"]._store(wms, [(message["id"], message)])
        self.env["merchant.wms.message"].search([("wms_id", "=", wms.id)])._process()
        return result
