"""Past days played again under a set of rules."""

from dataclasses import dataclass, field

from .decide import BACKORDER, decide

# Orders between two reports of how far it is.
STRIDE = 500


@dataclass(slots=True)
class Figures:
    """What a set of rules made of the days.

    :param shares: ``{warehouse: [orders, parcels, pieces, fen]}``
    """

    orders: int = 0
    parcels: int = 0
    fen: int = 0
    split: int = 0
    late: int = 0
    held: int = 0
    waiting: int = 0
    days: int = 0
    shares: dict = field(default_factory=dict)


def replay(orders, rules, world, arrivals, late_days, tell=lambda _part: None):
    """Decide about orders in the sequence of their moments, goods arriving as they did.

    :param arrivals: ``[(moment, warehouse, sku, pieces)]`` by moment; pieces may be negative
    :param late_days: an order promised for later than this is late, unless its own day says otherwise
    :param tell: called now and then with the part that is played, up to 1
    :return: ``([Decision], Figures)``
    """
    coming = iter(arrivals)
    waiting = next(coming, None)
    decisions = []
    for number, order in enumerate(orders):
        if number % STRIDE == 0:
            tell(number / len(orders))
        while waiting and waiting[0] <= order.moment:
            _moment, warehouse, sku, pieces = waiting
            world.free[warehouse, sku] = world.free.get((warehouse, sku), 0) + pieces
            waiting = next(coming, None)
        decisions.append(decide(order, rules, world))
    return decisions, figures(orders, decisions, world, late_days)


def figures(orders, decisions, world, late_days):
    """Add up decisions."""
    total = Figures(orders=len(orders))
    for order, decision in zip(orders, decisions, strict=True):
        places = decision.warehouses
        total.parcels += len(places)
        total.fen += decision.fen or 0
        total.split += len(places) > 1
        total.held += not places
        total.waiting += decision.state == BACKORDER
        total.late += _is_late(order, decision, late_days)
        if decision.arrives:
            total.days += (decision.arrives - order.day).days
        _share(order, decision, world, total.shares)
    return total


def _is_late(order, decision, late_days):
    if not decision.ships:
        return bool(decision.parts)
    if order.due:
        return decision.ships > order.due
    return (decision.ships - order.wanted).days > late_days


def _share(order, decision, world, shares):
    weights, pieces = {}, {}
    for index, warehouse, count, _kind in decision.parts:
        line = order.lines[index]
        weights[warehouse] = weights.get(warehouse, 0) + count * line.grams
        pieces[warehouse] = pieces.get(warehouse, 0) + count / line.scale
    for place, warehouse in enumerate(decision.warehouses):
        row = shares.setdefault(warehouse, [0, 0, 0, 0])
        rate = world.rate(warehouse, order)
        row[0] += place == 0
        row[1] += 1
        row[2] += pieces[warehouse]
        row[3] += rate.tariff.price(weights[warehouse]) if rate else 0
