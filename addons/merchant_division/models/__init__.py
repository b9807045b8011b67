from . import merchant_division
from . import res_partner
