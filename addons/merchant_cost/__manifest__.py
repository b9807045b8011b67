{
    "name": "Merchant Costs",
    "summary": "Costs, margins and purchase prices are read by those alone whose role sees costs",
    "version": "19.0.1.0.0",
    "category": "Merchant",
    "author": "Hankou contributors",
    "license": "LGPL-3",
    "depends": ["merchant_price_tier", "sale_margin", "sale_stock"],
    "data": ["views/sale_order_views.xml"],
    "auto_install": True,
}
