"""Encryption of what must not lie readable in the database.

Keys come from the environment (``MERCHANT_SECRET_KEYS``) or the server's configuration (``merchant_secret_keys``),
never from the database: a copied dump is worthless without them. Several keys, separated by commas, make
rotation possible: the first encrypts, all decrypt.
"""

import base64
import os
import zlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from odoo.tools import config

SHORTEST_KEY = 32
# Tells an encrypted value from a plain one, and this way of encrypting from a later one.
PREFIX = "merchant1:"
_machines = {}


class KeyMissing(Exception):
    """No usable key is configured."""


class KeyWrong(Exception):
    """None of the configured keys opens the value."""


def keys():
    """The configured keys, current one first; empty when there is none."""
    configured = os.environ.get("MERCHANT_SECRET_KEYS") or config.get("merchant_secret_keys") or ""
    return [key.strip() for key in configured.split(",") if key.strip()]


def encrypt(data):
    """``bytes -> bytes``, with the current key."""
    return _machine().encrypt(data)


def decrypt(token):
    """``bytes -> bytes``.

    :raises KeyWrong: the value was encrypted with a key that is not configured any more
    """
    try:
        return _machine().decrypt(token)
    except InvalidToken as problem:
        raise KeyWrong from problem


def encrypt_text(text):
    return PREFIX + encrypt(text.encode()).decode()


def decrypt_text(value):
    return decrypt(value.removeprefix(PREFIX).encode()).decode()


def rotate_text(value):
    """The same secret under the current key."""
    return PREFIX + _rotate(value.removeprefix(PREFIX).encode()).decode()


def pack(text):
    """Compress and encrypt a long text into bytes for a binary column."""
    return base64.urlsafe_b64decode(encrypt(zlib.compress(text.encode())))


def unpack(data):
    return zlib.decompress(decrypt(base64.urlsafe_b64encode(bytes(data)))).decode()


def rotate_packed(data):
    return base64.urlsafe_b64decode(_rotate(base64.urlsafe_b64encode(bytes(data))))


def _rotate(token):
    try:
        return _machine().rotate(token)
    except InvalidToken as problem:
        raise KeyWrong from problem


def _machine():
    wanted = tuple(keys())
    if not wanted or min(map(len, wanted)) < SHORTEST_KEY:
        raise KeyMissing
    if wanted not in _machines:
        _machines.clear()
        _machines[wanted] = MultiFernet([Fernet(_derive(key)) for key in wanted])
    return _machines[wanted]


def _derive(key):
    """A Fernet key from a long random text."""
    raw = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"hankou secret field").derive(key.encode())
    return base64.urlsafe_b64encode(raw)
