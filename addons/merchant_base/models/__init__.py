from . import merchant_secret, res_config_settings
