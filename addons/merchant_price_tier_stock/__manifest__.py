{
    "name": "Merchant Price Tier for Warehouses",
    "summary": "Price floors look at what the goods cost in the warehouse that ships them",
    "version": "19.0.1.0.0",
    "category": "Merchant",
    "author": "Hankou contributors",
    "license": "LGPL-3",
    "depends": ["merchant_price_tier", "sale_stock"],
    "data": ["views/res_config_settings_views.xml"],
    "auto_install": True,
}
