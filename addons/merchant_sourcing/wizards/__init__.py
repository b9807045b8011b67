from . import merchant_source_enquiry
from . import merchant_source_override
from . import merchant_source_warehouse
