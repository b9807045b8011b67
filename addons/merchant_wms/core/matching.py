"""Which moves of a delivery a returned parcel fulfils."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True)
class Need:
    """A move of the delivery.

    :ivar quantity: Decimal still to be shipped, in the product's own unit
    :ivar tracked: its product is kept by lots
    """

    move: int
    sku: str
    quantity: Decimal
    tracked: bool = False


def match(needs, parcel):
    """Spread a parcel's lines over the moves, in the moves' order.

    :param parcel: :class:`.inbound.Parted` lines; several of one code add up
    :return: ``({move: {lot or "": Decimal}}, problems)`` with ``problems`` as ``[(code, params)]``; where there is any,
        nothing is to be shipped
    """
    shipped, problems = _gather(parcel)
    asked = defaultdict(list)
    for need in needs:
        asked[need.sku].append(need)
    if unknown := [sku for sku in shipped if sku not in asked and sum(shipped[sku].values())]:
        problems.append(("wms_unknown_lines", {"skus": ", ".join(unknown)}))
    done = {}
    for sku, mine in asked.items():
        lots = {lot: quantity for lot, quantity in shipped.get(sku, {}).items() if quantity}
        pieces, most = sum(lots.values(), ZERO), sum((need.quantity for need in mine), ZERO)
        if pieces > most:
            problems.append(("wms_more_than_asked", {"sku": sku, "shipped": str(pieces), "asked": str(most)}))
        elif mine[0].tracked and lots.get(""):
            problems.append(("wms_lot_missing", {"sku": sku}))
        else:
            done.update(_spread(mine, lots if mine[0].tracked else {"": pieces}))
    return ({} if problems else done), problems


def _gather(parcel):
    """``({sku: {lot: Decimal}}, problems)``"""
    shipped, problems = defaultdict(lambda: defaultdict(Decimal)), []
    for line in parcel:
        named = sum((quantity for _lot, quantity in line.lots), ZERO)
        if line.lots and named != line.quantity:
            params = {"sku": line.sku, "quantity": str(line.quantity), "lots": str(named)}
            problems.append(("wms_lots_differ", params))
        for lot, quantity in line.lots or [("", line.quantity)]:
            shipped[line.sku][lot] += quantity
    return shipped, problems


def _spread(needs, lots):
    done, left = {}, dict(lots)
    for need in needs:
        room = need.quantity
        for lot in lots:
            if taken := min(room, left[lot]):
                done.setdefault(need.move, {})[lot] = taken
                left[lot] -= taken
                room -= taken
    return done
