"""Taobao's open platform (TOP), as the protocol notes describe it: gateway and OAuth."""

from .gateway import Taobao
from .wire import sign

__all__ = ["Taobao", "sign"]
