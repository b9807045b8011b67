from . import test_same_as_stock
