import os
from unittest.mock import patch

OLD, NEW = "o" * 40, "n" * 40


def keys(*texts):
    """Run with these keys configured, the current one first."""
    return patch.dict(os.environ, MERCHANT_SECRET_KEYS=",".join(texts))


def no_keys():
    return keys()
