"""What an outside warehouse system is told about one delivery, and what its answer means; docs/api.md shows both.

Every message about a delivery carries its key, which never changes, and a version that only grows: the receiver acts on
the highest version it has seen, so a message that is repeated, late or overtaken does no harm.
"""

import hashlib
import json
from dataclasses import dataclass, replace
from decimal import Decimal

LONGEST_WORDS = 300  # characters of a refusal that are kept


class Later(Exception):
    """The same message may get through later.

    :ivar after: seconds to wait at least
    """

    def __init__(self, message, after=0):
        super().__init__(message)
        self.after = after


class Declined(Exception):
    """The warehouse will not take this message as it is; a person has to act."""


class Stranger(Exception):
    """The warehouse does not know us: key or secret is wrong, and no message will get through."""

    after = 1800  # seconds


class Incomplete(Exception):
    """The delivery can't be told.

    :ivar code: why; :ivar params: with what
    """

    def __init__(self, code, **params):
        super().__init__(code)
        self.code, self.params = code, params


@dataclass(frozen=True)
class Line:
    """Some pieces of one product.

    :ivar product: id; :ivar sku: its code, or ``""``; :ivar quantity: Decimal, in the product's own unit
    """

    product: int
    sku: str
    quantity: Decimal
    name: str = ""
    barcode: str = ""
    unit: str = ""


def gathered(lines):
    """The lines as a warehouse picks them: one for each code, in the order of the first.

    :raises Incomplete: a product has no code, or two products share one
    """
    found = {}
    for line in lines:
        if not line.sku:
            raise Incomplete("wms_no_code", product=line.name)
        known = found.get(line.sku)
        if known and known.product != line.product:
            raise Incomplete("wms_same_code", sku=line.sku)
        found[line.sku] = replace(known, quantity=known.quantity + line.quantity) if known else line
    if not found:
        raise Incomplete("wms_no_lines")
    return list(found.values())


def delivery(key, version, lines, **facts):
    """The message that asks for a delivery, or changes it.

    :param facts: JSON values: ``delivery``, ``order``, ``warehouse``, ``receiver``, ``carrier``, ``remark``, …
    """
    shown = [
        {
            "sku": line.sku,
            "quantity": plain(line.quantity),
            "name": line.name,
            "barcode": line.barcode,
            "unit": line.unit,
        }
        for line in lines
    ]
    return {"type": "delivery", "key": key, "version": version, **facts, "lines": shown}


def cancellation(key, version, **facts):
    """The message that takes a delivery back."""
    return {"type": "cancel", "key": key, "version": version, **facts}


def digest(lines, facts):
    """What tells one content of a delivery from another; the language of names and units does not."""
    content = [pieces(lines), facts]
    return hashlib.sha256(as_bytes(content)).hexdigest()


def pieces(lines):
    """``{code: quantity as text}``, to be kept."""
    found = {}
    for line in lines:
        sku = line.sku or str(line.product)
        found[sku] = found.get(sku, 0) + line.quantity
    return {sku: plain(quantity) for sku, quantity in found.items()}


def asks_no_more(lines, known):
    """True when nothing is asked for that was not asked for before.

    :param known: :func:`pieces` of before
    """
    return all(Decimal(quantity) <= Decimal(known.get(sku, 0)) for sku, quantity in pieces(lines).items())


def as_bytes(value):
    """JSON that is the same for the same value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def plain(quantity):
    """A Decimal as the shortest text: ``2``, ``0.5``."""
    text = format(quantity, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def understand(status, body):
    """The warehouse's own number of what it took, or ``""``.

    :param status: of HTTP
    :param body: ``{"result": "ok", "ref": "…"}`` or ``{"result": "refused", "code": "…", "message": "…"}``
    :raises Later: it has trouble, or is asked too often
    :raises Declined: it won't
    :raises Stranger: it does not know us
    """
    if status in (401, 403):
        raise Stranger(f"HTTP {status}{_words(body)}")
    if status == 429 or status >= 500 or status < 200:
        raise Later(f"HTTP {status}")
    if 300 <= status < 400 or status in (404, 405, 410):
        raise Later(f"HTTP {status}", after=600)  # the address is wrong, not the message
    answer = _answer(body)
    if status >= 400:
        raise Declined(f"HTTP {status}{_words(body)}")
    if answer.get("result") == "ok":
        return str(answer.get("ref") or "")[:100]
    if answer.get("result") == "refused":
        raise Declined(_words(body).strip(" :") or "—")
    raise Later("an answer without a result")


def _answer(body):
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise Later("an answer that is no JSON")
    return value


def _words(body):
    """``": its own words (its code)"`` from an answer, or ``""``."""
    try:
        answer = _answer(body)
    except Later:
        return ""
    words = str(answer.get("message") or "")[:LONGEST_WORDS]
    code = str(answer.get("code") or "")[:50]
    text = f"{words} ({code})" if words and code else words or code
    return f": {text}" if text else ""
