from . import test_warehouse_cost
