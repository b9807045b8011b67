from . import merchant_demo
from . import stock_picking
from . import merchant_demo_prices
