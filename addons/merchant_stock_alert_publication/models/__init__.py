from . import merchant_listing
from . import merchant_publication
from . import merchant_publication_calculator
from . import merchant_reason
from . import merchant_stock_alert
from . import merchant_stock_hold
