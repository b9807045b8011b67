"""What keeps an order from being shipped: pure checks on a :class:`~.order.ChannelOrder`.

Each finding is a code with its figures; the sentence is made where the reader's language is known.
"""

import re
from dataclasses import dataclass, field

from .order import REFUNDED, UNKNOWN, ZERO

# How much of an address a shop's orders must have.
FULL, PROVINCE, NONE = "full", "province", "none"
LARGEST_QUANTITY = 10_000_000
_MASK = "*"
# mobile with optional extension (virtual numbers), or a land line, or an international number
_PHONE = re.compile(
    r"(\+?86[- ]?)?1[3-9]\d{9}([-,转 ]\d{1,6})?"
    r"|(\+?86[- ]?)?0\d{2,3}[- ]?\d{7,8}([-,转 ]\d{1,6})?"
    r"|400[- ]?\d{3}[- ]?\d{4}"
    r"|\+\d{6,15}"
)


@dataclass(frozen=True)
class Problem:
    code: str
    params: dict = field(default_factory=dict)


def problems(order, *, address=FULL, known_provinces=None):
    """Everything that is wrong with an order, most telling first.

    :param address: how much of an address is needed: ``full``, ``province`` or ``none``
    :param known_provinces: names in every accepted form, or None to accept any
    :return: list of :class:`Problem`; empty for a clean order
    """
    return [
        *_status(order),
        *_lines(order),
        *_amounts(order),
        *receiver_problems(order.receiver, address, known_provinces),
    ]


def refunds_that_lower_the_order(order):
    """Money that went back for lines that will not be shipped (yuan): the order is worth that much less."""
    return sum((line.paid_amount for line in order.lines if line.dropped), ZERO)


def _status(order):
    if order.status == UNKNOWN:
        yield Problem("unknown_status", {"status": order.platform_status})


def _lines(order):
    if not order.lines:
        yield Problem("no_lines")
    for line in order.lines:
        if not 0 < line.quantity <= LARGEST_QUANTITY:
            yield Problem("bad_quantity", {"sku": line.sku or line.title, "quantity": str(line.quantity)})
        if line.paid_amount < 0 or line.list_price < 0:
            yield Problem(
                "negative_price", {"sku": line.sku or line.title, "amount": str(min(line.paid_amount, line.list_price))}
            )
        elif (
            not line.paid_amount
            and not line.is_gift
            and not line.dropped
            and not line.seller_discount
            and line.refund != REFUNDED
        ):
            yield Problem("zero_price", {"sku": line.sku or line.title})


def _amounts(order):
    difference = order.revenue - order.expected
    if difference:
        yield Problem(
            "amount_mismatch",
            {"parts": str(order.revenue), "total": str(order.expected), "difference": f"{difference:+}"},
        )
    if order.postage < 0 or order.total < 0:
        yield Problem("negative_price", {"sku": order.order_id, "amount": str(min(order.postage, order.total))})


def receiver_problems(receiver, address, known_provinces):
    """Yield what is wrong with an address; parameters as for :func:`problems`."""
    if address == NONE:
        return
    if not receiver.province:
        yield Problem("missing_province")
    elif known_provinces is not None and receiver.province not in known_provinces:
        yield Problem("unknown_province", {"province": receiver.province})
    if address != FULL:
        return
    if not receiver.district and not receiver.town:
        yield Problem("missing_district", {"city": receiver.city or receiver.province})
    if not receiver.address:
        yield Problem("missing_address")
    yield from _phones(receiver)


def _phones(receiver):
    given = [number for number in (receiver.mobile, receiver.phone) if number]
    if not given and not receiver.handle:
        yield Problem("missing_phone")
    for number in given:
        if _MASK not in number and not _PHONE.fullmatch(number.strip()):
            yield Problem("bad_phone", {"phone": mask(number)})


def mask(text):
    """The text with its middle starred out, so that a reason or a log never carries a whole number."""
    if len(text) < 4:
        return _MASK * len(text)
    kept = min(3, len(text) // 4)
    return text[:kept] + _MASK * (len(text) - 2 * kept) + text[-kept:]


_LONG_NUMBER = re.compile(r"(?<!\d)(\+?86)?(1[3-9]\d)\d{4}(\d{4})(?!\d)")


def mask_phones(text):
    """A text with every mobile number in it starred out."""
    return _LONG_NUMBER.sub(r"\1\2****\3", text)
