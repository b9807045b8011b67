{
    "name": "Merchant Price Tier for Tills",
    "summary": "The point of sale asks what the price lists say: tiers, fallbacks, brands, tags, units and endings",
    "version": "19.0.1.0.0",
    "category": "Merchant",
    "author": "Hankou contributors",
    "license": "LGPL-3",
    "depends": ["merchant_price_tier", "point_of_sale"],
    "auto_install": True,
}
