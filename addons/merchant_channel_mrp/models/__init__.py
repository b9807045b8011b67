from . import merchant_order_builder
from . import mrp_bom
