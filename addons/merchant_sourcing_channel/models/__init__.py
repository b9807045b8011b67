from . import merchant_reason
from . import merchant_sourcing_engine
from . import merchant_sourcing_rule
from . import sale_order
