{
    "name": "Merchant Publication: Kits",
    "summary": "A kit offers what its parts allow",
    "version": "19.0.1.0.0",
    "category": "Merchant",
    "author": "Hankou contributors",
    "license": "LGPL-3",
    "depends": ["merchant_publication", "mrp"],
    "auto_install": True,
}
