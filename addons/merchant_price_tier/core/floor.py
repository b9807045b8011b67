"""The lowest price a line may have. Decimals, in the company's currency, for one product unit, without tax."""

from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

FEN = Decimal("0.01")
# of two floors for the same goods the stricter answer comes first
ACTIONS = ("block", "ask", "warn")


class Floor(NamedTuple):
    """``kind``: "amount", "cost" (percent of cost) or "margin" (percent of the price); ``scope``: 0 product,
    1 category, 2 all; ``depth``: of the category; ``tier``: True for one tier only."""

    id: int
    kind: str
    figure: Decimal
    action: str
    scope: int = 2
    depth: int = 0
    tier: bool = False


class Verdict(NamedTuple):
    """``limit`` is None when it cannot be told, because the cost is missing."""

    floor: Floor
    limit: Decimal | None
    below: bool


def limit(floor, cost):
    """The lowest price, in fen; None for a floor on cost without a cost."""
    if floor.kind == "amount":
        return floor.figure.quantize(FEN, ROUND_HALF_UP)
    if not cost:
        return None
    share = floor.figure / 100 if floor.kind == "cost" else 1 / (1 - floor.figure / 100)
    return (cost * share).quantize(FEN, ROUND_HALF_UP)


def judge(floors, net, cost):
    """The one floor that counts, and whether the net price lies below it.

    The narrowest floor counts: product before category (the deepest first) before all, one of a tier before one of
    all tiers. A missing cost counts as below: nobody knows that the price is enough.

    :param floors: those that are about the line's goods and customer
    :return: :class:`Verdict`, or None without floors
    """
    if not floors:
        return None
    floor = min(floors, key=lambda each: (each.scope, -each.depth, not each.tier, ACTIONS.index(each.action), each.id))
    lowest = limit(floor, cost)
    return Verdict(floor, lowest, lowest is None or net.quantize(FEN, ROUND_HALF_UP) < lowest)


def share(lines, reward):
    """A promotion's amount (negative) shared over lines by their amounts, exact to the fen.

    :param lines: ``{key: amount}``
    :return: ``{key: share}`` whose sum is ``reward``
    """
    base = sum((amount for amount in lines.values() if amount > 0), Decimal(0))
    if not base:
        return dict.fromkeys(lines, Decimal(0))
    shares, left, rest = {}, reward, base
    for key, amount in lines.items():
        part = (left * amount / rest).quantize(FEN, ROUND_HALF_UP) if amount > 0 and rest else Decimal(0)
        shares[key] = part
        if amount > 0:
            left, rest = left - part, rest - amount
    return shares
