{
    "name": "Merchant Sourcing: Kits",
    "summary": "Kits are sourced part by part",
    "version": "19.0.1.0.0",
    "category": "Merchant",
    "author": "Hankou contributors",
    "license": "LGPL-3",
    "depends": ["merchant_sourcing", "sale_mrp"],
    "auto_install": True,
}
