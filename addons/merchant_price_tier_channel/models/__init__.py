from . import merchant_shop
from . import sale_order
from . import sale_order_line
