"""What an outside warehouse system returns: each message with an id of its own; docs/api.md shows every kind."""

import json
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation

from odoo.addons.merchant_base.core.webhook import Refused, load

MOST_MESSAGES = 500
MOST_LINES = 20000
LONGEST_TEXT, LONGEST_REASON = 100, 300
LARGEST_QUANTITY = Decimal(10) ** 9
KINDS = ("accepted", "refused", "shipped", "stock")


class Unreadable(Exception):
    """A message that can't be understood.

    :ivar code: why; :ivar params: with what
    """

    def __init__(self, code, **params):
        super().__init__(code)
        self.code, self.params = code, params


@dataclass(frozen=True)
class Accepted:
    """The warehouse is going to do it."""

    key: str


@dataclass(frozen=True)
class Declined:
    """The warehouse won't, and says why."""

    key: str
    reason: str


@dataclass(frozen=True)
class Parted:
    """Pieces of one code: in a parcel or on the shelves.

    :ivar lots: ``((lot, Decimal), …)``, empty when the warehouse keeps none
    """

    sku: str
    quantity: Decimal
    lots: tuple = ()


@dataclass(frozen=True)
class Shipped:
    """A parcel left.

    :ivar parcel: what tells it from the delivery's other parcels
    :ivar tracking: numbers, the first one is the parcel's
    :ivar more: the rest follows by itself under the same key
    """

    key: str
    parcel: str
    carrier: str
    tracking: tuple
    lines: tuple
    more: bool = False


@dataclass(frozen=True)
class Count:
    """What the warehouse has of a code (and lot).

    :ivar occupied: pieces promised to deliveries, or None when it does not say
    """

    sku: str
    lot: str
    quantity: Decimal
    occupied: Decimal | None = None


@dataclass(frozen=True)
class Stock:
    """A snapshot; ``full``: what it does not name is not there."""

    lines: tuple
    full: bool = False


def read(body):
    """The messages of a call, raw: ``((id, message), …)``.

    :raises Refused: it is no JSON, carries nothing or too much, or a message has no id
    """
    value = load(body)
    messages = value.get("messages", [value]) if isinstance(value, dict) else None
    if not isinstance(messages, list) or not messages:
        raise Refused(400, "empty", "“messages” is a list of one message or more.")
    if not _can_be_kept(messages):
        raise Refused(400, "json", "The body holds half a character, or lists in lists without end.")
    if len(messages) > MOST_MESSAGES:
        raise Refused(413, "too_many", f"A call carries at most {MOST_MESSAGES} messages.")
    return tuple((_id(message), message) for message in messages)


def _can_be_kept(messages):
    """JSON may hold halves of characters, which no text can."""
    try:
        json.dumps(messages, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError):
        return False
    return True


def _id(message):
    found = message.get("id") if isinstance(message, dict) else None
    if not isinstance(found, str) or not 1 <= len(found.strip()) <= 100 or "\x00" in found:
        raise Refused(422, "id", "Each message has an “id” of 1 to 100 characters, another for each message.")
    return found.strip()


def kind(raw):
    """The kind of a raw message, ``""`` when it is none of ours."""
    found = raw.get("type")
    return found if found in KINDS else ""


def moment(raw):
    """When it happened, as naive UTC.

    :raises Unreadable: no time, or one without a zone
    """
    try:
        found = datetime.fromisoformat(str(raw.get("at")).replace("Z", "+00:00"))  # Python 3.10 reads no Z
        return found.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0) if found.tzinfo else _no_time(raw)
    except (ValueError, OverflowError):
        return _no_time(raw)


def parse(raw):
    """An :class:`Accepted`, :class:`Declined`, :class:`Shipped` or :class:`Stock`.

    :raises Unreadable: the message lacks something
    """
    if not kind(raw):
        raise Unreadable("wms_unknown_type", type=str(raw.get("type"))[:40])
    return globals()[f"_{kind(raw)}"](raw)


def _accepted(raw):
    return Accepted(_text(raw, "key"))


def _refused(raw):
    return Declined(_text(raw, "key"), _text(raw, "reason", cut=LONGEST_REASON))


def _shipped(raw):
    tracking = raw.get("tracking")
    tracking = tuple(
        dict.fromkeys(_clean(each, "tracking") for each in (tracking if isinstance(tracking, list) else [tracking]))
    )
    if not tracking:
        raise Unreadable("wms_missing", field="tracking")
    lines = tuple(_parted(line) for line in _lines(raw))
    if not any(line.quantity for line in lines):
        raise Unreadable("wms_missing", field="quantity")
    parcel = _clean(raw["parcel"], "parcel") if raw.get("parcel") else tracking[0]
    return Shipped(_text(raw, "key"), parcel, _text(raw, "carrier"), tracking, lines, raw.get("more") is True)


def _stock(raw):
    counts = []
    for line in _lines(raw, may_be_empty=raw.get("full") is True):
        occupied = None if line.get("occupied") is None else _quantity(line["occupied"], "occupied")
        lot = _clean(line["lot"], "lot") if line.get("lot") else ""
        counts.append(Count(_text(line, "sku"), lot, _quantity(line.get("quantity"), "quantity"), occupied))
    return Stock(tuple(counts), raw.get("full") is True)


def _parted(line):
    quantity = _quantity(line.get("quantity"), "quantity")
    lots = line.get("lots") or []
    if not isinstance(lots, list) or not all(isinstance(each, dict) for each in lots):
        raise Unreadable("wms_missing", field="lots")
    parts = tuple((_text(each, "lot"), _quantity(each.get("quantity"), "quantity")) for each in lots)
    return Parted(_text(line, "sku"), quantity, parts)


def _lines(raw, may_be_empty=False):
    lines = raw.get("lines")
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        raise Unreadable("wms_missing", field="lines")
    if len(lines) > MOST_LINES or not (lines or may_be_empty):
        raise Unreadable("wms_lines", count=len(lines), most=MOST_LINES)
    return lines


def _text(raw, field, cut=0):
    return _clean(raw.get(field), field, cut)


def _clean(value, field, cut=0):
    """A short text; ``cut``: a longer one is shortened to so many characters, not refused."""
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not text or "\x00" in text or (len(text) > LONGEST_TEXT and not cut):
        raise Unreadable("wms_missing", field=field)
    return text[:cut] if cut else text


def _quantity(value, field):
    """Pieces as they are written, exactly: a number of JSON or its text."""
    try:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise InvalidOperation
        found = Decimal(str(value).strip())
        if not found.is_finite() or not 0 <= found <= LARGEST_QUANTITY:
            raise InvalidOperation
    except InvalidOperation:
        raise Unreadable("wms_quantity", field=field, value=str(value)[:40]) from None
    return found


def _no_time(raw):
    raise Unreadable("wms_time", value=str(raw.get("at"))[:40])
