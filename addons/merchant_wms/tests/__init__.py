from . import test_delivery, test_result, test_rights, test_stock, test_webhook
