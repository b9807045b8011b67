{
    "name": "Merchant Outside Warehouse: Shops",
    "summary": "An outside warehouse gets platform orders as they came, and gives back what is put on hold",
    "version": "19.0.1.0.0",
    "category": "Merchant",
    "author": "Hankou contributors",
    "license": "LGPL-3",
    "depends": ["merchant_wms", "merchant_channel"],
    "auto_install": True,
}
