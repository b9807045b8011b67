"""The one shape in which every platform's orders reach the suite.

Money is ``Decimal`` yuan, moments are aware datetimes, ids are ``str`` (platforms use integers beyond 2**53). A
connector's
``core/mapping.py`` builds these and nothing else; what happens to them is decided without knowing the platform.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

ZERO = Decimal(0)

# The shared vocabulary of order and line states, in the order of an order's life.
UNPAID = "unpaid"  # nothing, or only a presale deposit, was paid
PAID = "paid"  # to be shipped, unless the platform forbids it (see ``ship_now``)
PART_SHIPPED = "part_shipped"
SHIPPED = "shipped"
FINISHED = "finished"
CLOSED = "closed"  # cancelled before payment, or refunded in full
UNKNOWN = "unknown"  # a word that this version does not know: never shipped
STATUSES = (UNPAID, PAID, PART_SHIPPED, SHIPPED, FINISHED, CLOSED, UNKNOWN)

# The shared vocabulary of a line's latest refund.
NO_REFUND = "none"
REQUESTED = "requested"  # asked, waiting for the seller: shipping must wait
RETURNING = "returning"  # agreed, the goods are (to be) on their way back
REFUSED = "refused"  # refused by the seller; the buyer may insist: shipping must wait
WITHDRAWN = "withdrawn"  # closed without money going back: shipping may go on
REFUNDED = "refunded"  # money went back; final
REFUNDS = (NO_REFUND, REQUESTED, RETURNING, REFUSED, WITHDRAWN, REFUNDED)
# The shared vocabulary of the flag with which a seller marks an order.
FLAGS = ("red", "yellow", "green", "blue", "purple")
OPEN_REFUNDS = frozenset({REQUESTED, RETURNING, REFUSED})


@dataclass(frozen=True)
class Receiver:
    """Where a parcel goes. ``masked`` names the fields that the platform starred out, ``handle`` is its key to the
    whole address (Taobao's oaid), so nobody mistakes a masked text for an address."""

    name: str = ""
    mobile: str = ""
    phone: str = ""
    country: str = ""
    province: str = ""
    city: str = ""
    district: str = ""
    town: str = ""
    address: str = ""
    zip: str = ""
    handle: str = ""
    masked: frozenset[str] = frozenset()
    encrypted: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ChannelLine:
    """One line of an order.

    :ivar line_id: the platform's line id
    :ivar sku: the merchant's own code, empty where the listing has none
    :ivar platform_sku: the platform's id of what was bought (SKU, or the item where it has no SKUs)
    :ivar item_id: the platform's id of the item that the SKU belongs to
    :ivar quantity: pieces (Decimal)
    :ivar list_price: unit price before any discount (yuan)
    :ivar paid_amount: line revenue after seller discounts and before refunds, without postage (yuan)
    :ivar seller_discount: what the seller gave up on this line, its share of order discounts included (yuan)
    :ivar platform_discount: what the platform bears of this line's price (yuan)
    :ivar refund: one of ``REFUNDS``
    :ivar refunded_amount: what went back to the buyer for this line (yuan)
    :ivar status: one of ``STATUSES``
    """

    line_id: str
    sku: str = ""
    platform_sku: str = ""
    item_id: str = ""
    title: str = ""
    quantity: Decimal = Decimal(1)
    list_price: Decimal = ZERO
    paid_amount: Decimal = ZERO
    seller_discount: Decimal = ZERO
    platform_discount: Decimal = ZERO
    is_gift: bool = False
    refund: str = NO_REFUND
    refund_id: str = ""
    refunded_amount: Decimal = ZERO
    status: str = PAID

    @property
    def dropped(self):
        """True when this line is not to be shipped any more: closed, or its money went back."""
        return self.status == CLOSED or (self.refund == REFUNDED and self.refunded_amount >= self.paid_amount)

    @property
    def refund_unclear(self):
        """True when money went back for a line that the platform still wants shipped: how much, nobody told."""
        return self.refund == REFUNDED and not self.dropped and self.status not in (SHIPPED, FINISHED)


@dataclass(frozen=True)
class ChannelOrder:
    """One order as its platform tells it at ``modified_at``.

    :ivar order_id: the platform's order id
    :ivar status: one of ``STATUSES``; ``platform_status`` is the platform's own word
    :ivar ship_now: True when the platform allows shipping right now (paid or cash on delivery, not frozen, no open
        refund)
    :ivar paid_total: what the buyer has paid so far, postage included (yuan; 0 when never paid)
    :ivar total: what the buyer pays for the whole order, postage included (yuan); equals ``paid_total`` once paid
    :ivar postage: the buyer's postage (yuan)
    :ivar other_fees: charges to the buyer that are neither goods nor postage, such as a cash-on-delivery fee (yuan)
    :ivar platform_pays: what the platform adds on top of ``total`` for the seller (yuan)
    :ivar seller_discount: borne by the seller (yuan)
    :ivar platform_discount: borne by the platform, for information (yuan)
    :ivar rounding: fen that the platform's own rounding left between its lines and its total, booked on the largest
        line
    :ivar buyer_id: the platform's stable key of the buyer; ``buyer_nick`` may be masked
    :ivar seller_flag: one of ``FLAGS``, or empty
    """

    order_id: str
    status: str
    platform_status: str = ""
    ship_now: bool = False
    cash_on_delivery: bool = False
    presale: bool = False
    paid_total: Decimal = ZERO
    total: Decimal = ZERO
    postage: Decimal = ZERO
    other_fees: Decimal = ZERO
    platform_pays: Decimal = ZERO
    seller_discount: Decimal = ZERO
    platform_discount: Decimal = ZERO
    rounding: Decimal = ZERO
    currency: str = "CNY"
    created_at: datetime | None = None
    paid_at: datetime | None = None
    modified_at: datetime | None = None
    buyer_id: str = ""
    buyer_nick: str = ""
    buyer_remark: str = ""
    seller_remark: str = ""
    seller_flag: str = ""
    receiver: Receiver = Receiver()
    lines: tuple[ChannelLine, ...] = ()

    @property
    def revenue(self):
        """What the order's parts add up to (yuan): lines, postage and other fees."""
        return sum((line.paid_amount for line in self.lines), self.postage + self.other_fees)

    @property
    def expected(self):
        """What the parts have to add up to (yuan): the buyer's money and the platform's share."""
        return self.total + self.platform_pays
