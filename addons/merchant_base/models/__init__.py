from . import (
    base,
    merchant_health,
    merchant_notice_mixin,
    merchant_notice_topic,
    merchant_notification,
    merchant_notifier,
    merchant_secret,
    res_company,
    res_config_settings,
)
