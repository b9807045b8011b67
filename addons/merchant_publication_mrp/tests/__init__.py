from . import test_kit, test_shared_parts
