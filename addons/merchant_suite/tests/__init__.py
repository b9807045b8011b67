from . import test_rights_table
