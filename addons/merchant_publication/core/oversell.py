"""Why a line could not be reserved: what the stock, the platform's number and the orders did, in their order."""

from dataclasses import dataclass

# Causes, most specific first.
FORCED = "forced"  # the offer was forced by hand
LATE = "late"  # the platform learned the smaller number after the sale
UNTOLD = "untold"  # the platform was never told a number
DRIFT = "drift"  # the platform offered more than it was told
PROMISED_TWICE = "promised_twice"  # several shops offered the same pieces
TAKEN = "taken"  # the pieces were there when it was sold, and went elsewhere since
CAUSES = (FORCED, UNTOLD, LATE, DRIFT, PROMISED_TWICE, TAKEN)


@dataclass(frozen=True)
class Told:
    """A number that the platform accepted."""

    at: object
    quantity: int


@dataclass(frozen=True)
class Sale:
    """The sale that could not be served.

    :ivar at: when the buyer ordered
    :ivar needed: pieces
    :ivar forced: True when the offer was forced
    :ivar told: accepted numbers of the listing, oldest first
    :ivar sold_since: pieces that the shop sold between the last number before the sale and the sale
    :ivar others: pieces that the other shops offered when it was sold
    :ivar free: pieces that were free when it was sold, None when not known
    """

    at: object
    needed: int
    forced: bool = False
    told: tuple = ()
    sold_since: int = 0
    others: int = 0
    free: int | None = None


def cause(sale):
    """One of ``CAUSES``.

    >>> cause(Sale(at=5, needed=1, told=(Told(1, 3), Told(9, 0))))
    'late'
    """
    if sale.forced:
        return FORCED
    before = [each for each in sale.told if each.at <= sale.at]
    after = [each for each in sale.told if each.at > sale.at]
    if not before:
        return UNTOLD
    offered = before[-1].quantity - sale.sold_since
    if offered < sale.needed:
        return DRIFT
    if sale.free is not None and sale.free >= sale.needed and not sale.others:
        return TAKEN
    if after and after[0].quantity < offered - sale.needed:
        return LATE
    return PROMISED_TWICE if sale.others else TAKEN
