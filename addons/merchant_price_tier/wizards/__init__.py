from . import merchant_price_check
