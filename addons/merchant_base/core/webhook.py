"""A signed call from outside: who sends it, how old it is. The answer to a call that is none of ours.

The sender signs ``timestamp + "." + nonce + "." + body`` with HMAC-SHA256 and sends the hex in ``X-Hankou-Signature``,
beside ``X-Hankou-Timestamp`` (seconds since 1970) and ``X-Hankou-Nonce`` (any text, another for each call).
"""

import hashlib
import hmac
import json
import math

TOLERANCE = 300  # seconds that the sender's clock may differ
LARGEST = 1024 * 1024  # bytes of body
LONGEST_NONCE = 128


class Refused(Exception):
    """A call that is not taken.

    :ivar status: the HTTP status it is answered with
    :ivar code: one word for machines
    """

    def __init__(self, status, code, message):
        super().__init__(message)
        self.status, self.code = status, code


def sign(secret, timestamp, nonce, body):
    """The signature as lower-case hex.

    :param body: bytes exactly as they are sent
    """
    text = f"{timestamp}.{nonce}.".encode() + body
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def signed(secret, timestamp, nonce, body):
    """The three headers of a signed call."""
    return {
        "X-Hankou-Timestamp": str(timestamp),
        "X-Hankou-Nonce": nonce,
        "X-Hankou-Signature": sign(secret, timestamp, nonce, body),
    }


def verify(secret, headers, body, now):
    """Return the nonce of a genuine, fresh call.

    :param headers: mapping of the call's headers
    :param body: bytes, or None of a body that was too large to be read
    :param now: seconds since 1970
    :raises Refused: it is neither
    """
    if not secret:
        raise Refused(403, "off", "No calls are taken at this address: its owner makes a secret first.")
    if body is None or len(body) > LARGEST:
        raise Refused(413, "too_large", f"A call carries at most {LARGEST} bytes: send less at once.")
    stamp, nonce = headers.get("X-Hankou-Timestamp", ""), headers.get("X-Hankou-Nonce", "")
    given = headers.get("X-Hankou-Signature", "").removeprefix("v1=").lower()
    if not (stamp and nonce and given) or len(nonce) > LONGEST_NONCE:
        raise Refused(401, "unsigned", "X-Hankou-Timestamp, X-Hankou-Nonce and X-Hankou-Signature are needed.")
    # compared as bytes, because a stranger's header may hold any character
    if not hmac.compare_digest(sign(secret, stamp, nonce, body).encode(), given.encode()):
        raise Refused(401, "signature", "The signature is wrong: check the secret and that the body is signed as sent.")
    age = abs(now - _seconds(stamp))
    if not age <= TOLERANCE:
        raise Refused(401, "timestamp", f"The call is more than {TOLERANCE} seconds old, or a clock is wrong.")
    return nonce


def load(body):
    """The JSON value of a body.

    :raises Refused: it is no JSON
    """
    try:
        return json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Refused(400, "json", "The body is no JSON.") from None


def _seconds(text):
    try:
        value = float(text)
    except ValueError:
        return math.nan
    return value


def _no_number(text):
    raise ValueError(f"{text} is no number")
