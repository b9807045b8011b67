"""How Taobao calls are signed.

The text to sign is name and value of every parameter, one after the other, in ordinal order of the names; how the
secret joins in depends on ``sign_method``. What is blank is neither signed nor sent, so both sides see the same set.
"""

import hashlib
import hmac


def _md5(secret, text):
    return hashlib.md5(secret + text + secret, usedforsecurity=False).hexdigest()


def _hmac(secret, text):
    return hmac.new(secret, text, "md5").hexdigest()


def _hmac_sha256(secret, text):
    return hmac.new(secret, text, "sha256").hexdigest()


METHODS = {"md5": _md5, "hmac": _hmac, "hmac-sha256": _hmac_sha256}


def sign(params, secret, method="md5", body=None):
    """Return the upper-case hexadecimal signature of a call.

    :param params: all parameters of the call, ``sign_method`` among them; ``sign`` itself and files (bytes) are skipped
    :param secret: the app's secret
    :param method: ``md5``, ``hmac`` or ``hmac-sha256``
    :param body: the raw request body (str or bytes) of a call from the platform to the shop
    :raise ValueError: on another method
    """
    if method not in METHODS:
        raise ValueError(f"unknown signature method {method!r}")
    text = _text(params) + (body.encode() if isinstance(body, str) else bytes(body or b""))
    return METHODS[method](secret.encode(), text).upper()


def signed(params, secret, method="md5"):
    """Return exactly the fields to send: what is not blank, as text, with ``sign_method`` and ``sign``."""
    fields = _filled({**params, "sign_method": method})
    return {**fields, "sign": sign(fields, secret, method)}


def tmc_sign(app_key, group_name, timestamp, secret):
    """Return the handshake signature of the message channel (``timestamp`` in ms)."""
    handshake = {"app_key": app_key, "group_name": group_name, "timestamp": timestamp}
    return sign(handshake, secret, "md5")


def _text(params):
    fields = _filled(params)
    return b"".join(f"{name}{fields[name]}".encode() for name in sorted(fields, key=str.encode))


def _filled(params):
    """The parameters that take part: name and value hold more than blanks, and it is no file and no signature."""
    return {
        name: str(value)
        for name, value in params.items()
        if name and name.strip() and name != "sign" and value is not None
        if not isinstance(value, bytes | bytearray) and str(value).strip()
    }
