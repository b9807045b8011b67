from . import merchant_health_token
