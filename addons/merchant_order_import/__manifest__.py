{
    "name": "Merchant Order Import",
    "summary": "Sheets (xlsx, csv) become orders through the same inbox: dry run, progress, rows to mend",
    "version": "19.0.1.0.0",
    "category": "Merchant",
    "author": "Hankou contributors",
    "license": "LGPL-3",
    "depends": ["merchant_channel"],
    "external_dependencies": {"python": ["xlsxwriter"]},
    "data": [
        "security/ir.model.access.csv",
        "security/merchant_order_import_security.xml",
        "views/merchant_sheet_import_views.xml",
        "views/merchant_sheet_template_views.xml",
        "data/merchant_sheet_template_data.xml",
    ],
}
