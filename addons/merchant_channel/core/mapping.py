"""The suite's own order format: what an own shop, a script or a sheet hands over.

One order is a dict; docs/api.md describes it field by field::

    {"order_id": "W-1001", "status": "paid", "paid_at": "2026-11-11T00:00:03+08:00", "total": "212.90", "postage":
    "8.00",
     "buyer_id": "u-7", "receiver": {"name": "…", "mobile": "…", "province": "湖北省", "city": "武汉市", "district":
     "江汉区", "address": "…"}, "lines": [{"sku": "TEA-001", "quantity": 2, "price": "98.00", "paid_amount": "196.00"}]}
"""

import re
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation

from .errors import Rejected
from .order import (
    CLOSED,
    FINISHED,
    NO_REFUND,
    PAID,
    PART_SHIPPED,
    REFUNDS,
    SHIPPED,
    STATUSES,
    UNKNOWN,
    ChannelLine,
    ChannelOrder,
    Receiver,
)

CHINA = timezone(timedelta(hours=8))
# No price, amount or quantity of an order is larger; a moment outside these years is a slip.
LARGEST = Decimal(10) ** 12
YEARS = range(2000, 2100)
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
_OPEN = (PAID, PART_SHIPPED)
_PAID = (PAID, PART_SHIPPED, SHIPPED, FINISHED)
_RECEIVER = ("name", "mobile", "phone", "country", "province", "city", "district", "town", "address", "zip", "handle")


def to_orders(response):
    """``dict -> list[ChannelOrder]`` for ``{"orders": [...]}``, ``{"order": {...}}`` or one bare order.

    :raises Rejected: what is handed over is no order, or one of its fields is of the wrong kind
    """
    if not isinstance(response, dict):
        raise Rejected("An order must be a JSON object.")
    if "orders" in response:
        return [to_order(order) for order in _list(response["orders"], "orders")]
    return [to_order(response.get("order", response))]


def split(response):
    """``[(order id, modified or None, raw order)]`` without looking into the orders."""
    orders = response.get("orders") if isinstance(response, dict) else None
    if not isinstance(orders, list):
        orders = [response.get("order", response) if isinstance(response, dict) else response]
    return [identity(order) for order in orders]


def identity(order):
    """``(order id, modified or None, order)``; an unreadable moment counts as none."""
    if not isinstance(order, dict):
        return "", None, order
    try:
        modified = _moment(order.get("modified_at"), "modified_at")
    except Rejected:
        modified = None
    return _text(order.get("order_id")), modified, order


def to_order(order):
    if not isinstance(order, dict):
        raise Rejected("An order must be a JSON object.")
    order_id = _text(order.get("order_id"))
    if not order_id:
        raise Rejected("The order has no order_id.")
    lines = tuple(_line(line, number) for number, line in enumerate(_list(order.get("lines") or [], "lines"), 1))
    if len({line.line_id for line in lines}) < len(lines):
        raise Rejected("Two lines have the same line_id.")
    status = order.get("status") or PAID
    known = status if status in STATUSES else UNKNOWN
    postage, fees = _money(order, "postage"), _money(order, "other_fees")
    parts = sum((line.paid_amount for line in lines), postage + fees)
    total = _money(order, "total", parts)
    held = any(line.refund in ("requested", "returning", "refused") for line in lines)
    return ChannelOrder(
        order_id=order_id,
        status=known,
        platform_status=_text(status),
        ship_now=known in _OPEN and not held and any(not line.dropped for line in lines),
        cash_on_delivery=_flag(order.get("cash_on_delivery")),
        paid_total=_money(
            order, "paid_total", total if known in _PAID and not order.get("cash_on_delivery") else Decimal(0)
        ),
        total=total,
        postage=postage,
        other_fees=fees,
        platform_pays=_money(order, "platform_pays"),
        seller_discount=_money(order, "seller_discount", sum((line.seller_discount for line in lines), Decimal(0))),
        platform_discount=_money(order, "platform_discount"),
        currency=_text(order.get("currency")) or "CNY",
        created_at=_moment(order.get("created_at"), "created_at"),
        paid_at=_moment(order.get("paid_at"), "paid_at"),
        modified_at=_moment(order.get("modified_at"), "modified_at"),
        buyer_id=_text(order.get("buyer_id")),
        buyer_nick=_text(order.get("buyer_nick")),
        buyer_remark=_text(order.get("buyer_remark")),
        seller_remark=_text(order.get("seller_remark")),
        receiver=_receiver(order.get("receiver") or {}),
        lines=lines,
    )


def _line(line, number):
    if not isinstance(line, dict):
        raise Rejected(f"Line {number} must be a JSON object.")
    where = f"line {number}: "
    quantity = _money(line, "quantity", Decimal(1), where)
    price = _money(line, "price", None, where)
    paid = _money(line, "paid_amount", None, where)
    if paid is None and price is None:
        raise Rejected(f"Line {number} needs a price or a paid_amount.")
    if paid is None:
        paid = (price * quantity).quantize(Decimal("0.01"))
    if price is None:
        price = paid / quantity if quantity else paid
    refund = line.get("refund") or NO_REFUND
    if refund not in REFUNDS:
        raise Rejected(f"Line {number}: refund must be one of {', '.join(REFUNDS)}.")
    gift = _flag(line.get("is_gift"))
    return ChannelLine(
        line_id=_text(line.get("line_id")) or str(number),
        sku=_text(line.get("sku")),
        platform_sku=_text(line.get("platform_sku")) or _text(line.get("sku")),
        item_id=_text(line.get("item_id")),
        title=_text(line.get("title")),
        quantity=quantity,
        list_price=price,
        paid_amount=paid,
        seller_discount=max(Decimal(0), (price * quantity - paid).quantize(Decimal("0.01"))),
        is_gift=gift,
        refund=refund,
        status=CLOSED if line.get("cancelled") or refund == "refunded" else PAID,
    )


def _receiver(receiver):
    if not isinstance(receiver, dict):
        raise Rejected("receiver must be a JSON object.")
    values = {name: _text(receiver.get(name)) for name in _RECEIVER}
    masked = frozenset(name for name, value in values.items() if "*" in value)
    return Receiver(**values, masked=masked)


def _flag(value):
    """A truth, also when it is handed in as text."""
    return _text(value).lower() in ("true", "1", "yes", "是")


def _list(value, name):
    if not isinstance(value, list):
        raise Rejected(f"{name} must be a list.")
    return value


def _text(value):
    """Ids and words as text; PostgreSQL has no NUL character."""
    return "" if value is None else str(value).replace("\x00", "").strip()


def _money(data, name, default=Decimal(0), where=""):
    value = data.get(name)
    if value is None or value == "":
        return default
    text = str(value).strip()
    if _GROUPED.fullmatch(text):  # any other comma may be somebody's decimal point
        text = text.replace(",", "")
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = None
    if number is None or isinstance(value, bool) or not number.is_finite():
        raise Rejected(f"{where}{name} is {str(value)[:40]!r}, which is no number.")
    if abs(number) > LARGEST:
        raise Rejected(f"{where}{name} is {str(value)[:40]!r}, more than any order has.")
    return number


def _moment(value, name):
    """ISO 8601 text to an aware moment; without an offset it is Chinese wall clock."""
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(str(value).strip().replace("Z", "+00:00"))
    except ValueError:
        raise Rejected(f"{name} is {str(value)[:40]!r}: write it like 2026-11-11T00:00:03+08:00.") from None
    if moment.year not in YEARS:
        raise Rejected(f"{name} is {str(value)[:40]!r}: no order is of that year.")
    return moment if moment.tzinfo else moment.replace(tzinfo=CHINA)
