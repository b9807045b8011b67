from . import merchant_source_warehouse
