from odoo import models
from odoo.fields import Command

# tier, rank, percent off everything, spend and orders to earn it
TIERS = (
    ("零售客户", 10, 0, 0, 0),
    ("VIP客户", 20, 5, 2000, 3),
    ("批发客户", 30, 15, 20000, 0),
    ("合同客户", 40, 20, 0, 0),
)
# code, tier, from quantity, price
PRICES = (
    ("TEA-001", "VIP客户", 0, 155),
    ("TEA-001", "VIP客户", 10, 149),
    ("TEA-001", "批发客户", 0, 139),
    ("TEA-001", "批发客户", 50, 128),
    ("TEA-001", "批发客户", 200, 118),
    ("TEA-POT-RED", "合同客户", 0, 298),
    ("TEA-006", "批发客户", 100, 19.9),
)
CUSTOMERS = (("江汉路茶馆", "VIP客户"), ("武昌茶叶批发行", "批发客户"), ("长江大酒店", "合同客户"), ("老街坊", False))


class MerchantDemo(models.AbstractModel):
    _inherit = "merchant.demo"

    def _create_goods(self, warehouses):
        result = super()._create_goods(warehouses)
        self._create_prices()
        return result

    def _create_prices(self):
        """Tiers, quantity breaks, a floor, customers, quotations and a repricing to look at."""
        general = self.env["product.pricelist"].create(
            {
                "name": "通用价格表",
                "merchant_level": "company",
                "sequence": 1,
                "item_ids": [
                    Command.create({"min_quantity": 100, "compute_price": "percentage", "percent_price": 8}),
                ],
            }
        )
        self.env.company.merchant_pricelist_id = general
        tiers = self._create_tiers()
        self._create_price_rules(tiers)
        self.env["merchant.price.floor"].create({"kind": "margin", "figure": 25, "action": "ask"})
        customers = self._create_customers(tiers)
        self._create_quotations(customers)
        self.env["merchant.repricing"].create(
            {"name": "双十一后调价", "pricelist_id": tiers["批发客户"].pricelist_id.id, "figure": -3, "ending": "0.9"}
        ).action_compute()

    def _create_tiers(self):
        tiers = self.env["merchant.price.tier"].create(
            [
                {
                    "name": name,
                    "sequence": rank,
                    "is_earned": bool(spend),
                    "min_spend": spend,
                    "min_orders": orders,
                }
                for name, rank, _percent, spend, orders in TIERS
            ]
        )
        self.env["product.pricelist.item"].create(
            [
                {"pricelist_id": tier.pricelist_id.id, "compute_price": "percentage", "percent_price": percent}
                for tier, (_name, _rank, percent, *_rest) in zip(tiers, TIERS, strict=True)
                if percent
            ]
        )
        return {tier.name: tier for tier in tiers}

    def _create_price_rules(self, tiers):
        products = self.env["product.template"].search([("default_code", "in", [code for code, *_rest in PRICES])])
        by_code = {product.default_code: product for product in products}
        self.env["product.pricelist.item"].create(
            [
                {
                    "pricelist_id": tiers[tier].pricelist_id.id,
                    "applied_on": "1_product",
                    "product_tmpl_id": by_code[code].id,
                    "min_quantity": quantity,
                    "fixed_price": price,
                }
                for code, tier, quantity, price in PRICES
            ]
        )

    def _create_customers(self, tiers):
        customers = self.env["res.partner"].create(
            [{"name": name, "is_company": True, "country_id": self.env.ref("base.cn").id} for name, _tier in CUSTOMERS]
        )
        for customer, (_name, tier) in zip(customers, CUSTOMERS, strict=True):
            if tier:
                customer.merchant_tier_id = tiers[tier]
        return customers

    def _create_quotations(self, customers):
        find = self.env["product.product"].search
        wanted = ((0, "TEA-001", 12, 0), (1, "TEA-001", 60, 0), (1, "TEA-006", 120, 0), (2, "TEA-POT-RED", 5, 25))
        for customer, code, quantity, discount in wanted:
            line = {
                "product_id": find([("default_code", "=", code)], limit=1).id,
                "product_uom_qty": quantity,
                "discount": discount,
            }
            self.env["sale.order"].create({"partner_id": customers[customer].id, "order_line": [Command.create(line)]})
