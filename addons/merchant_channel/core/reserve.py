"""Which shelf gives how much to which delivery: the rules of stock's own reservation, for many deliveries at once."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

FIRST_IN, LAST_IN, CLOSEST = "fifo", "lifo", "closest"


@dataclass(frozen=True)
class Shelf:
    """What lies of one product in one location.

    :ivar key: any id, unique
    :ivar place: the location's full name, by which the closest one is found
    """

    key: int
    on_hand: Decimal
    reserved: Decimal
    since: datetime
    place: str = ""


@dataclass(frozen=True)
class Need:
    """``quantity`` pieces wanted from the shelves of a ``pool``."""

    key: int
    pool: object
    quantity: Decimal


def in_order(shelves, strategy):
    """The shelves as the removal strategy empties them.

    :raises KeyError: another strategy
    """
    ways = {
        FIRST_IN: (lambda shelf: (shelf.since, shelf.key), False),
        LAST_IN: (lambda shelf: (shelf.since, shelf.key), True),
        CLOSEST: (lambda shelf: (shelf.place, -shelf.key), False),
    }
    key, backwards = ways[strategy]
    return sorted(shelves, key=key, reverse=backwards)


def allocate(needs, pools):
    """Serve the needs one after the other, each as far as its pool reaches.

    :param pools: ``{pool: [Shelf]}`` in the order in which they are emptied; pools may share shelves
    :return: ``{need key: [(shelf key, quantity)]}``, without the needs that get nothing
    """
    free = {shelf.key: shelf.on_hand - shelf.reserved for shelves in pools.values() for shelf in shelves}
    return {need.key: taken for need in needs if (taken := _take(need.quantity, pools.get(need.pool, ()), free))}


def _take(wanted, shelves, free):
    # what is short on one shelf (it was counted too high) is owed by the others
    left = min(wanted, sum(free[shelf.key] for shelf in shelves))
    taken = []
    for shelf in shelves:
        if left <= 0:
            break
        if (part := min(left, free[shelf.key])) > 0:
            taken.append((shelf.key, part))
            free[shelf.key] -= part
            left -= part
    return taken
