from . import merchant_dashboard
from . import merchant_pull_wizard
from . import merchant_shop_wizard
