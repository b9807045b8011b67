from . import merchant_shop
