from . import test_hold, test_shop_line
