from . import test_shop_price
