{
    "name": "Merchant Channel: Taobao / Tmall",
    "summary": "Orders, listings and shipment notices of Taobao and Tmall shops",
    "version": "19.0.1.0.0",
    "category": "Merchant",
    "author": "Hankou contributors",
    "license": "LGPL-3",
    "depends": ["merchant_channel"],
    "data": ["data/merchant_carrier_code_data.xml"],
}
