from . import test_behaviour, test_flow
