from . import merchant_publication_calculator
from . import mrp_bom
from . import mrp_bom_line
