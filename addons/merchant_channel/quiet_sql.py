"""Keeps buyers' data out of the server's log: Odoo logs a statement that fails with all its values."""

import logging
import threading
from contextlib import contextmanager

_here = threading.local()


class _Withhold(logging.Filter):
    def filter(self, record):
        if getattr(_here, "withheld", False) and record.levelno >= logging.ERROR:
            error = record.args[-1] if isinstance(record.args, tuple) and record.args else None
            record.msg, record.args = "A statement failed (%s); its values are withheld", (type(error).__name__,)
        return True


logging.getLogger("odoo.sql_db").addFilter(_Withhold())


@contextmanager
def values_withheld():
    """Statements that fail in this block, in this thread, are logged without their values."""
    before, _here.withheld = getattr(_here, "withheld", False), True
    try:
        yield
    finally:
        _here.withheld = before
