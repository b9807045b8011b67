{
    "name": "Merchant Channel: Kits",
    "summary": "Platform orders of many lines find their kits in one look",
    "version": "19.0.1.0.0",
    "category": "Merchant",
    "author": "Hankou contributors",
    "license": "LGPL-3",
    "depends": ["merchant_channel", "mrp"],
    "auto_install": True,
}
