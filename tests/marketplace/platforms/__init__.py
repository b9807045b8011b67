"""One module per platform. A platform has ``routes()`` (path to handler), ``reset()`` and takes the marketplace."""

from .taobao import Taobao

PLATFORMS = {"taobao": Taobao}

__all__ = ["PLATFORMS", "Taobao"]
