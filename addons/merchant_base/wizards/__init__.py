from . import merchant_health_token, merchant_webhook_secret
