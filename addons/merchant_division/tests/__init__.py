from . import test_division
