"""What a platform's newer word means for an order that we already have.

The order's state on our side and the platform's new state decide; the result is a list of steps, carried out in order.
"""

from dataclasses import dataclass

from .order import CLOSED, FINISHED, PAID, PART_SHIPPED, SHIPPED, UNPAID

# Steps, in the order in which they are carried out.
CANCEL = "cancel"  # nothing was shipped: cancel the order and its deliveries
DROP_LINES = "drop_lines"  # take refunded lines out of the order and its deliveries
READDRESS = "readdress"  # a new delivery address, on the order and its open deliveries
REMARK = "remark"
HOLD = "hold"  # stop shipping; reason says why
RELEASE = "release"  # shipping may go on (and a waiting quotation is confirmed)
WARN = "warn"  # a person has to act: what the platform wants came too late


# Reasons that the platform gave and so takes back; what a person or a rule held, only a person releases.
PLATFORM_HOLDS = frozenset(
    {"unpaid", "presale_deposit", "platform_forbids", "refund_requested", "refund_open", "bad_new_address"}
)


@dataclass(frozen=True)
class Ours:
    """What we know of the order.

    :ivar confirmed: a sales order, not a quotation
    :ivar cancelled: cancelled on our side
    :ivar shipped_lines: platform line ids of which something left the warehouse
    :ivar dropped_lines: platform line ids taken out already
    :ivar refunded_lines: of which it was known before that money went back
    :ivar goods_lines: those of ``all_lines`` that are goods; all of them when not told
    :ivar address: key of the address it ships to; ``remarks`` and ``held`` (reason code or "") as they are
    """

    confirmed: bool
    cancelled: bool
    shipped_lines: frozenset
    dropped_lines: frozenset
    all_lines: frozenset
    address: str
    remarks: tuple
    held: str
    goods_lines: frozenset = None
    refunded_lines: frozenset = frozenset()

    @property
    def to_ship(self):
        """Lines of goods that have not left the warehouse."""
        goods = self.all_lines if self.goods_lines is None else self.goods_lines
        return goods - self.dropped_lines - self.shipped_lines


def plan(order, ours, address):
    """The steps for one order: list of ``(step, params)``.

    :param order: the platform's newer word (ChannelOrder)
    :param address: key of its address
    """
    if ours.cancelled:
        return [] if order.status == CLOSED or not order.ship_now else [(WARN, {"reason": "reopened"})]
    if order.status == CLOSED:
        return _closed(order, ours)
    return [*_refunds(order, ours), *_address(order, ours, address), *_remarks(order, ours), *_shipping(order, ours)]


def _closed(order, ours):
    if ours.shipped_lines:
        return [(WARN, {"reason": "closed_after_shipping"})]
    return [(CANCEL, {})]


def _refunds(order, ours):
    gone = {line.line_id for line in order.lines if line.dropped} & ours.all_lines - ours.dropped_lines
    late = sorted(gone & ours.shipped_lines)
    early = sorted(gone - ours.shipped_lines)
    if early:
        yield DROP_LINES, {"lines": early}
    if late:
        yield WARN, {"reason": "refunded_after_shipping", "lines": late}
    if strange := sorted({line.line_id for line in order.lines} - ours.all_lines):
        yield WARN, {"reason": "new_lines", "lines": strange}


def _address(order, ours, address):
    if not address or address == ours.address or order.status not in (UNPAID, PAID, PART_SHIPPED):
        return
    if not ours.to_ship:
        yield WARN, {"reason": "address_after_shipping"}
    else:
        yield READDRESS, {}


def _remarks(order, ours):
    if (order.buyer_remark, order.seller_remark, order.seller_flag) != ours.remarks:
        yield REMARK, {}


def _shipping(order, ours):
    unclear = {line.line_id for line in order.lines if line.refund_unclear} - ours.refunded_lines
    if unclear & ours.to_ship:
        yield HOLD, {"reason": "refund_unclear"}
        return
    if order.status in (SHIPPED, FINISHED):
        if ours.to_ship and not ours.held:
            yield HOLD, {"reason": "shipped_elsewhere"}
    elif not order.ship_now:
        if not ours.held or ours.held in PLATFORM_HOLDS:
            yield HOLD, {"reason": hold_reason(order)}
    elif ours.held in PLATFORM_HOLDS or not (ours.held or ours.confirmed):
        yield RELEASE, {}


def first_hold(order):
    """Why an order that was not known before must not be confirmed, or ``""``."""
    if any(line.refund_unclear for line in order.lines):
        return "refund_unclear"
    if not order.ship_now:
        return hold_reason(order)
    return (
        "part_shipped_before"
        if any(line.status in (SHIPPED, FINISHED) for line in order.lines if not line.dropped)
        else ""
    )


def hold_reason(order):
    """Why the platform does not let this order be shipped now."""
    if any(line.refund == "requested" for line in order.lines):
        return "refund_requested"
    if any(line.refund in ("returning", "refused") for line in order.lines if not line.dropped):
        return "refund_open"
    if order.presale and order.status == UNPAID:
        return "presale_deposit"
    if order.status == UNPAID:
        return "unpaid"
    return "platform_forbids"
