from . import test_cipher
from . import test_role
from . import test_settings
