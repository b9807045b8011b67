from . import test_shop
from . import test_flow
