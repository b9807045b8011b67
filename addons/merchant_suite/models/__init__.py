from . import merchant_demo
from . import merchant_demo_stock
from . import merchant_demo_sourcing
from . import stock_picking
from . import merchant_demo_prices
from . import merchant_demo_publication
from . import merchant_demo_wms
