from . import test_behaviour, test_flow, test_goods, test_promise, test_rehearsal, test_warehouse
