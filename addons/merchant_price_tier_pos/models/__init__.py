from . import product_pricelist
from . import product_pricelist_item
from . import pos_config
from . import pos_session
