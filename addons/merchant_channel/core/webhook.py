"""A signed call from outside: who sends it, how old it is, what it carries. The answer to a call that is none of ours.

The sender signs ``timestamp + "." + nonce + "." + body`` with HMAC-SHA256 and sends the hex in ``X-Hankou-Signature``,
beside ``X-Hankou-Timestamp`` (seconds since 1970) and ``X-Hankou-Nonce`` (any text, another for each call).
"""

import hashlib
import hmac
import json
import math
from dataclasses import dataclass

TOLERANCE = 300  # seconds that the sender's clock may differ
LARGEST = 1024 * 1024  # bytes of body
LONGEST_NONCE = 128
MOST_ORDERS = 500


class Refused(Exception):
    """A call that is not taken.

    :ivar status: the HTTP status it is answered with
    :ivar code: one word for machines
    """

    def __init__(self, status, code, message):
        super().__init__(message)
        self.status, self.code = status, code


@dataclass(frozen=True)
class Parcel:
    """What a call carries: orders in the suite's own format, or ids of orders to be read again."""

    orders: tuple = ()
    order_ids: tuple = ()


def sign(secret, timestamp, nonce, body):
    """The signature as lower-case hex.

    :param body: bytes exactly as they are sent
    """
    text = f"{timestamp}.{nonce}.".encode() + body
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def verify(secret, headers, body, now):
    """Return the nonce of a genuine, fresh call.

    :param headers: mapping of the call's headers
    :param body: bytes, or None of a body that was too large to be read
    :param now: seconds since 1970
    :raises Refused: it is neither
    """
    if not secret:
        raise Refused(403, "off", "This shop takes no calls: its owner makes a secret first.")
    if body is None or len(body) > LARGEST:
        raise Refused(413, "too_large", f"A call carries at most {LARGEST} bytes: send fewer orders at once.")
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


def read(body):
    """What the body carries.

    :rtype: Parcel
    :raises Refused: it is no JSON, or carries nothing
    """
    try:
        value = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Refused(400, "json", "The body is no JSON.") from None
    if isinstance(value, dict) and isinstance(value.get("order_ids"), list):
        ids = tuple(dict.fromkeys(str(each).strip() for each in value["order_ids"] if isinstance(each, str | int)))
        parcel = Parcel(order_ids=tuple(filter(None, ids)))
    elif isinstance(value, dict) and isinstance(value.get("orders"), list):
        parcel = Parcel(orders=tuple(value["orders"]))
    else:
        parcel = Parcel(orders=(value,)) if isinstance(value, dict) and value.get("order_id") else Parcel()
    size = len(parcel.orders) + len(parcel.order_ids)
    if not size:
        raise Refused(400, "empty", "Neither “orders” nor “order_ids” is there.")
    if size > MOST_ORDERS:
        raise Refused(413, "too_many", f"A call carries at most {MOST_ORDERS} orders.")
    return parcel


def _seconds(text):
    try:
        value = float(text)
    except ValueError:
        return math.nan
    return value


def _no_number(text):
    raise ValueError(f"{text} is no number")
