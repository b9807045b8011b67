{
    "name": "Merchant Price Tier for Promotions",
    "summary": "Price floors look at what Odoo's promotions and coupons leave of a line",
    "version": "19.0.1.0.0",
    "category": "Merchant",
    "author": "Hankou contributors",
    "license": "LGPL-3",
    "depends": ["merchant_price_tier", "sale_loyalty"],
    "auto_install": True,
}
