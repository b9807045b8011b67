from datetime import timedelta

from odoo import fields, models

OWN_SHOP = "汉口茶具小程序"
# what the mini program sells beside the shop on the platform
OWN_CODES = ("TEA-001", "TEA-002", "TEA-005", "TEA-POT-RED", "TEA-CUP-BLU", "TEA-009")
CAMPAIGN, CAMPAIGN_CODE, CAMPAIGN_PIECES = "双12预热", "TEA-002", 20


class MerchantDemo(models.AbstractModel):
    _inherit = "merchant.demo"

    def _create_shop(self, market_url, warehouses):
        """Two shops divide one stock: the one on the rehearsal platform and a mini program of the company's own."""
        shop = super()._create_shop(market_url, warehouses)
        rule = self.env["merchant.publication.rule"].create({"name": "留两件安全库存", "safety": 2})
        settings = {"publishes": True, "publication_rule_id": rule.id, "publication_shares": True}
        shop.write({**settings, "publication_weight": 3, "publication_delists": True})
        own = self.env["merchant.shop"].create(
            {
                "name": OWN_SHOP,
                "platform": "own",
                "warehouse_id": shop.warehouse_id.id,
                "warehouse_ids": [(6, 0, shop.warehouse_ids.ids)],
                **settings,
            }
        )
        products = self.env["product.product"].search([("default_code", "in", OWN_CODES)])
        self.env["merchant.listing"].create(
            [
                {"shop_id": own.id, "sku": each.default_code, "title": each.name, "product_id": each.id}
                for each in products
            ]
        )
        return shop

    def _play_first_day(self, shop, sheet):
        result = super()._play_first_day(shop, sheet)
        listing = self.env["merchant.listing"].search([("shop_id", "=", shop.id), ("sku", "=", CAMPAIGN_CODE)], limit=1)
        if listing:
            now = fields.Datetime.now()
            self.env["merchant.publication.quota"].create(
                {
                    "name": CAMPAIGN,
                    "listing_id": listing.id,
                    "quantity": CAMPAIGN_PIECES,
                    "starts_at": now,
                    "ends_at": now + timedelta(days=14),
                }
            )
        self.env["merchant.publication"]._work_off()
        shop._push()
        return result
