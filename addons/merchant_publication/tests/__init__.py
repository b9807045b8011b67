from . import test_mark
from . import test_offer
from . import test_push
from . import test_history
from . import test_check
from . import test_delay
from . import test_oversell
from . import test_rights
