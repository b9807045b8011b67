from . import test_behaviour, test_flow, test_goods
