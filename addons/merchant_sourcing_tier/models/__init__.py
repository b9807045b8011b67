from . import merchant_sourcing_engine
from . import merchant_sourcing_rule
