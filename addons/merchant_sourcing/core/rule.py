"""Rules, and the orders that they are held against."""

from dataclasses import dataclass, field
from datetime import date, datetime

# What a rule does when its warehouses cannot serve.
NEXT, BACKORDER, HOLD, ROUTE = "next", "backorder", "hold", "route"
NOTHING = frozenset()


@dataclass(frozen=True, slots=True)
class Line:
    """One article that an order needs, in the article's own smallest unit.

    :param key: the order line; two lines of a kit's parts share it
    :param grams: weight of a piece, in the unit of the tariffs
    :param scale: pieces in one unit of the article
    :param tags: ``{"product": {…}, "category": {…}, "tag": {…}}``, categories with all they lie in
    """

    key: int
    sku: int
    pieces: int
    grams: int = 0
    tags: dict = field(default_factory=dict)
    scale: int = 1


@dataclass(frozen=True, slots=True)
class Order:
    """What a decision needs to know of an order.

    :param place: codes of the division the goods go to and of all it lies in, smallest first; country last
    :param point: ``(latitude, longitude)`` or None
    :param facts: ``{kind: frozenset of ids}``: company, team, shop, customer, customer tag, pricelist, carrier, …
    :param moment: when it is sourced, in the company's time like ``due`` and ``planned``
    :param due: the day that it was promised for
    :param planned: when its delivery is planned for, where no warehouse is asked
    :param one_delivery: everything has to leave together
    :param refused: warehouses that must not be asked (again)
    """

    key: int
    lines: tuple[Line, ...]
    place: tuple[str, ...] = ()
    point: tuple[float, float] | None = None
    facts: dict = field(default_factory=dict)
    grams: int = 0
    fen: int = 0
    moment: datetime | None = None
    due: date | None = None
    planned: datetime | None = None
    one_delivery: bool = False
    refused: frozenset = NOTHING

    @property
    def day(self):
        return self.moment.date() if self.moment else None

    @property
    def wanted(self):
        """The day on which it would leave at best."""
        return max(self.day, self.planned.date()) if self.planned and self.moment else self.day


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: when it speaks, whom it asks, what it allows, and what it does when they cannot.

    :param wants: ``{kind: ids}`` of the order, any of which has to be there
    :param goods: ``{kind: ids}`` of the lines; the rule then takes only the lines that fit
    :param warehouses: who may serve, in their order; empty means all
    :param mix: ``{"parcel": …, "freight": …, "km": …, "day": …}`` in thousandths of a fen, for the ranking "mix"
    """

    key: int
    name: str
    regions: frozenset = NOTHING
    wants: dict = field(default_factory=dict)
    goods: dict = field(default_factory=dict)
    grams: tuple = (None, None)
    fen: tuple = (None, None)
    days: tuple = (None, None)
    warehouses: tuple = ()
    ranking: str = "given"
    mix: dict = field(default_factory=dict)
    split: str = "pieces"
    most: int | None = None
    late_days: int | None = None
    on_short: str = NEXT
    backorder: int = 0
    route: int = 0

    def fits(self, order):
        """Whether the rule speaks for this order, its goods left aside."""
        if self.regions and not self.regions.intersection(order.place):
            return False
        for kind, ids in self.wants.items():
            if not ids.intersection(order.facts.get(kind, NOTHING)):
                return False
        return _between(order.grams, self.grams) and _between(order.fen, self.fen) and _between(order.day, self.days)

    def takes(self, line):
        """Whether the rule speaks for this line of an order that it fits."""
        return all(ids.intersection(line.tags.get(kind, NOTHING)) for kind, ids in self.goods.items())


def _between(value, limits):
    low, high = limits
    if low is None and high is None:
        return True
    return value is not None and (low is None or value >= low) and (high is None or value <= high)
