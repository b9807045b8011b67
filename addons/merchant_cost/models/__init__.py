from . import merchant_cost_guard

from . import account_move
from . import ir_ui_view
from . import product_product
from . import product_supplierinfo
from . import product_template
from . import res_users
from . import sale_order
from . import sale_order_line
from . import stock_lot
from . import stock_move
from . import stock_quant
from . import stock_rule
