"""The rehearsal marketplace: a platform's wire protocol, played from a scenario, over plain HTTP."""

from .faults import FAULTS
from .market import Marketplace
from .shop import Refusal, Shop
from .trade import Receiver

__all__ = ["FAULTS", "Marketplace", "Receiver", "Refusal", "Shop"]
