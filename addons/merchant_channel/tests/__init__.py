from . import test_new_order
from . import test_changed_order
