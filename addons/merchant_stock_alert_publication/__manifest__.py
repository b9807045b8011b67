{
    "name": "Merchant Stock Alert: Shops",
    "summary": "A stock alert lowers or pauses what shops offer, and lifts it again when the stock is back",
    "version": "19.0.1.0.0",
    "category": "Merchant",
    "author": "Hankou contributors",
    "license": "LGPL-3",
    "depends": ["merchant_stock_alert", "merchant_publication"],
    "data": [
        "security/ir.model.access.csv",
        "security/merchant_stock_hold_security.xml",
        "views/merchant_stock_hold_views.xml",
        "views/merchant_stock_alert_views.xml",
        "views/merchant_stock_answer_views.xml",
        "views/merchant_listing_views.xml",
    ],
    "auto_install": True,
}
