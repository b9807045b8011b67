{
    "name": "Merchant Sourcing: Price Tiers",
    "summary": "The customer's price tier as a condition of sourcing rules; better tiers are served first",
    "version": "19.0.1.0.0",
    "category": "Merchant",
    "author": "Hankou contributors",
    "license": "LGPL-3",
    "depends": ["merchant_sourcing", "merchant_price_tier"],
    "data": ["views/merchant_sourcing_rule_views.xml"],
    "auto_install": True,
}
