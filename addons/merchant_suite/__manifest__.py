{
    "name": "Merchant Suite",
    "summary": "The whole merchant ERP in one module, with a demo company",
    "version": "19.0.1.0.0",
    "category": "Merchant",
    "author": "Hankou contributors",
    "license": "LGPL-3",
    "depends": [
        "merchant_channel_taobao",
        "sale_management",
        "sale_mrp",
        "sale_margin",
        "purchase_stock",
        "stock_picking_batch",
        "l10n_cn",
    ],
    "data": [],
    "application": True,
}
