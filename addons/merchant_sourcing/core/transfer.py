"""Moving surplus to where it will run short, before anybody buys."""

from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True)
class Shelf:
    """
    :param free: pieces that may be moved or sold
    :param coming: pieces on their way in
    :param daily: pieces sold a day
    :param kept: pieces that stay in any case
    """

    warehouse: int
    free: float
    coming: float = 0.0
    daily: float = 0.0
    kept: float = 0.0

    def cover(self):
        """Days until it is sold out, None when nothing is sold."""
        return (self.free + self.coming) / self.daily if self.daily else None


@dataclass(frozen=True, slots=True)
class Move:
    source: int
    target: int
    pieces: int
    cover_before: float
    cover_after: float


def propose(shelves, *, want_days, spare_days, transit, least=1):
    """Moves of one article that lift every warehouse towards ``want_days`` without emptying another.

    :param want_days: cover that each warehouse ought to have when the goods arrive
    :param spare_days: cover that a giving warehouse keeps
    :param transit: function ``(source, target) -> days`` on the way
    :param least: moves below this are not worth their trouble
    :return: ``[Move]``, the most urgent first
    """
    spare = {shelf.warehouse: int(shelf.free - max(shelf.kept, shelf.daily * spare_days)) for shelf in shelves}
    short = sorted((shelf for shelf in shelves if shelf.daily), key=lambda shelf: shelf.cover())
    found = []
    for shelf in short:
        have = shelf.free + shelf.coming
        givers = sorted(
            (other for other in spare if other != shelf.warehouse and spare[other] >= least),
            key=lambda other: (transit(other, shelf.warehouse), -spare[other]),
        )
        for giver in givers:
            lacking = ceil(shelf.daily * (want_days + transit(giver, shelf.warehouse)) + shelf.kept - have)
            pieces = min(lacking, spare[giver])
            if pieces < least or lacking <= 0:
                continue
            spare[giver] -= pieces
            # pieces that are waited for count, but nothing lasts less than no day
            covers = max(0.0, have / shelf.daily), max(0.0, (have + pieces) / shelf.daily)
            found.append(Move(giver, shelf.warehouse, pieces, *covers))
            have += pieces
    return found
