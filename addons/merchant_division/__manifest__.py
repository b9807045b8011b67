{
    "name": "Merchant Divisions",
    "summary": "China's provinces, cities and districts with their GB/T 2260 codes, found in free-text addresses",
    "version": "19.0.1.0.0",
    "category": "Merchant",
    "author": "Hankou contributors",
    "license": "LGPL-3",
    "depends": ["merchant_base"],
    "data": [
        "security/ir.model.access.csv",
        "data/merchant_division_data.xml",
        "views/merchant_division_views.xml",
        "views/res_partner_views.xml",
    ],
}
