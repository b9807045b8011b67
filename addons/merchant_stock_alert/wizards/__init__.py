from . import merchant_stock_answer, merchant_stock_answer_line, merchant_stock_propose
