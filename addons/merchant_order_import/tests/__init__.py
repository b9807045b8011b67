from . import test_sheet_cancellation
from . import test_sheet_import
from . import test_sheet_sample
from . import test_sheet_template
