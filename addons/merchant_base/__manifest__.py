{
    "name": "Merchant Base",
    "summary": "App menu, roles, encrypted secrets and the answer to “why?” for the merchant suite",
    "version": "19.0.1.0.0",
    "category": "Merchant",
    "author": "Hankou contributors",
    "license": "LGPL-3",
    "depends": ["mail", "base_setup"],
    "external_dependencies": {"python": ["cryptography"]},
    "data": [
        "security/merchant_security.xml",
        "views/merchant_menus.xml",
        "views/res_config_settings_views.xml",
    ],
    "assets": {
        "web.assets_backend": ["merchant_base/static/src/**/*"],
    },
    "application": True,
}
