from . import merchant_demo
from . import stock_picking
