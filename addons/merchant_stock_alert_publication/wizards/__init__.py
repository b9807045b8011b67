from . import merchant_stock_answer
from . import merchant_stock_answer_listing
