from . import test_language
from . import test_others
from . import test_rights_table
from . import test_screens
from . import test_shop_walls
