from . import test_cipher
from . import test_role
from . import test_settings
from . import test_notifier
from . import test_health
