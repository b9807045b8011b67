{
    "name": "Merchant Sourcing: Shops",
    "summary": "The shop as a condition of sourcing rules; platform orders are sourced before they are confirmed",
    "version": "19.0.1.0.0",
    "category": "Merchant",
    "author": "Hankou contributors",
    "license": "LGPL-3",
    "depends": ["merchant_sourcing", "merchant_channel"],
    "data": [
        "views/merchant_sourcing_rule_views.xml",
        "views/sale_order_views.xml",
        "wizards/merchant_source_warehouse_views.xml",
    ],
    "auto_install": True,
}
