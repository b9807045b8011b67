from . import merchant_inbox
from . import merchant_order_builder
from . import merchant_reason
from . import merchant_sheet_import
from . import merchant_sheet_import_sample
from . import merchant_sheet_import_words
from . import merchant_sheet_problem
from . import merchant_sheet_template
