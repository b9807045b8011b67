{
    "name": "Merchant Price Tier for Shops",
    "summary": "Shops pick a tier and the moment that counts; platform prices beside ours",
    "version": "19.0.1.0.0",
    "category": "Merchant",
    "author": "Hankou contributors",
    "license": "LGPL-3",
    "depends": ["merchant_price_tier", "merchant_channel"],
    "data": ["views/merchant_shop_views.xml", "views/sale_order_views.xml"],
    "auto_install": True,
}
