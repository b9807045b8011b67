from . import test_readers, test_shop
