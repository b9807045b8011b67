"""How many pieces each listing offers, and why: plain numbers in, plain numbers out.

Quantities are ``int`` or ``Decimal`` in a product's own unit; what a listing offers is a whole number of its units.
"""

import math
from collections import defaultdict
from dataclasses import dataclass
from functools import partial

HUNDRED_PERCENT = 10_000


@dataclass(frozen=True)
class Rule:
    """What becomes of the pieces that are there.

    :ivar ratio: hundredths of a percent of them that are offered, 0..10000
    :ivar constant: units added, or taken off when negative
    :ivar minimum: fewer units than this are not offered at all
    :ivar maximum: never more units than this; 0 for no limit
    :ivar safety: units that are never offered
    :ivar horizon: days ahead whose receipts count already
    """

    ratio: int = HUNDRED_PERCENT
    constant: int = 0
    minimum: int = 0
    maximum: int = 0
    safety: int = 0
    horizon: int = 0


@dataclass(frozen=True)
class Claim:
    """A listing's hold on stock.

    :ivar key: identifies it; ties are broken in the order of keys
    :ivar needs: ``((product, pieces for one unit), …)``: the product itself, or a kit's parts
    :ivar places: the warehouses it may sell from
    :ivar shares: True when the stock is divided among all who share it; False when it is shown whole
    :ivar weight: how much of a divided stock it gets, against the others
    :ivar shield: units held back against orders that are on their way here
    :ivar quota: units set aside for it alone, still to be sold
    :ivar quota_only: True when it offers nothing beyond the quota
    :ivar forced: offered whatever the stock says, or None
    :ivar kept_back: units that the platform itself withholds for orders not paid yet
    """

    key: int
    needs: tuple = ()
    places: tuple = ()
    rule: Rule = Rule()
    shares: bool = False
    weight: int = 1
    shield: int = 0
    quota: int = 0
    quota_only: bool = False
    forced: int | None = None
    kept_back: int = 0


@dataclass(frozen=True)
class Supply:
    """One product in one warehouse.

    :ivar waiting: pieces of orders that are not reserved yet
    :ivar pending: pieces that shops sold and that no delivery knows of: unpaid, held, not confirmed
    :ivar incoming: ``((days until it arrives, pieces), …)``
    """

    on_hand: int = 0
    reserved: int = 0
    waiting: int = 0
    pending: int = 0
    incoming: tuple = ()

    @property
    def free(self):
        return self.on_hand - self.reserved - self.waiting - self.pending


@dataclass(frozen=True)
class Offer:
    """What a listing offers.

    :ivar terms: ``((code, pieces or units), …)`` in the order in which they apply; they add up to ``quantity``
    :ivar limit: the product that limits it, None without needs
    """

    quantity: int
    terms: tuple = ()
    limit: int | None = None


def offers(claims, supplies):
    """What every claim offers.

    :param claims: all claims on the products in question, those included whose offer is not asked for
    :param supplies: ``{(product, warehouse): Supply}``
    :return: ``{claim.key: Offer}``
    """
    claims = sorted(claims, key=lambda claim: claim.key)
    pools = _Pools(claims, supplies)
    return {claim.key: _offer(claim, pools) for claim in claims}


def divide(pieces, weights, turn=0):
    """Cut a number of pieces by weights, to the last piece; a deficit is shared like a surplus.

    :param weights: ``[(key, weight), …]``; the largest remainders get the pieces left over, ties go in turn
    :return: ``{key: pieces}``, adding up to the whole pieces

    >>> divide(10, [("a", 1), ("b", 1), ("c", 1)])
    {'a': 4, 'b': 3, 'c': 3}
    >>> divide(10, [("a", 1), ("b", 1), ("c", 1)], turn=2)
    {'a': 3, 'b': 4, 'c': 3}
    """
    total = sum(weight for _key, weight in weights)
    whole = math.floor(pieces)
    if not total or not whole:
        return {key: 0 for key, _weight in weights}
    sign, whole, count = (1, whole, len(weights)) if whole > 0 else (-1, -whole, len(weights))
    parts = [int(whole * weight // total) for _key, weight in weights]
    by_remainder = sorted(
        range(count), key=lambda number: (-(whole * weights[number][1] % total), (number + turn) % count)
    )
    for number in by_remainder[: whole - sum(parts)]:
        parts[number] += 1
    return {key: sign * part for (key, _weight), part in zip(weights, parts, strict=True)}


def shield(sold, minutes, delay, before=0, margin=2):
    """Units to hold back: what sells during the delay, with a margin; it grows at once and shrinks by and by.

    :param sold: units sold in the last ``minutes``
    :param delay: minutes from a sale on the platform until every other shop knows the new quantity
    :param before: the shield so far

    >>> shield(sold=30, minutes=10, delay=2)
    12
    >>> shield(sold=0, minutes=10, delay=2, before=12)
    9
    """
    wanted = math.ceil(sold * delay * margin / minutes) if sold > 0 and delay > 0 else 0
    return max(wanted, before * 3 // 4)


class _Pools:
    """What is left of each product in each warehouse after quotas, and everybody's part of it."""

    def __init__(self, claims, supplies):
        self.supplies = supplies
        self.left = {place: supply.free for place, supply in supplies.items()}
        self.granted = {}
        self.exposed = defaultdict(int)
        self._set_aside(claims)
        self._sharers = defaultdict(list)
        self._parts, self._coming = {}, {}
        for claim in claims:
            for product, pieces in claim.needs:
                self.exposed[product] += claim.shield * pieces
                if claim.shares and claim.forced is None:
                    for place in claim.places:
                        self._sharers[product, place].append((claim, claim.weight * pieces))

    def _set_aside(self, claims):
        """Quotas first, then what is forced upon a divided stock: nobody else offers that."""
        for claim in claims:
            self._take(claim, claim.quota)
        for claim in claims:
            if claim.shares and claim.forced:
                self._take(claim, claim.forced)

    def _take(self, claim, units):
        for product, pieces in claim.needs if units else ():
            wanted = units * pieces
            for place in claim.places:
                taken = max(0, min(self.left.get((product, place), 0), wanted))
                if taken:
                    self.left[product, place] -= taken
                    wanted -= taken
            key = claim.key, product
            self.granted[key] = self.granted.get(key, 0) + units * pieces - wanted

    def part(self, claim, product, place):
        """The claim's part of what is left in a warehouse that has the product."""
        if not claim.shares:
            return self.left[product, place]
        return self._parts_of(product, place).get(claim.key, 0)

    def _parts_of(self, product, place):
        found = self._parts.get((product, place))
        if found is None:
            weights = [(claim.key, weight) for claim, weight in self._sharers[product, place]]
            found = divide(self.left[product, place], weights, place) if weights else {}
            self._parts[product, place] = found
        return found

    def coming(self, claim, product, place):
        """The claim's part of what arrives within its horizon."""
        supply = self.supplies[product, place]
        if not claim.rule.horizon or not supply.incoming:
            return 0
        if not claim.shares:
            return sum(pieces for days, pieces in supply.incoming if days <= claim.rule.horizon)
        return sum(self._arrival(product, place, *arrival).get(claim.key, 0) for arrival in supply.incoming)

    def _arrival(self, product, place, days, pieces):
        found = self._coming.get((product, place, days))
        if found is None:
            weights = [
                (claim.key, weight) for claim, weight in self._sharers[product, place] if claim.rule.horizon >= days
            ]
            found = self._coming[product, place, days] = divide(pieces, weights, place)
        return found


def _offer(claim, pools):
    if claim.forced is not None:
        return Offer(claim.forced, (("forced", claim.forced),), claim.needs[0][0] if claim.needs else None)
    if not claim.needs:
        return Offer(0)
    found = [(product, per, *_pieces(claim, pools, product)) for product, per in claim.needs]
    product, per, pieces, terms = min(found, key=lambda each: each[2] // each[1])
    units = int(pieces // per)
    add = partial(_add, terms)
    add("kit" if per != 1 or len(found) > 1 else "whole", units - pieces)
    quantity = _ruled(claim, units, _shield(claim, pools), add)
    return Offer(quantity, tuple(terms), product)


def _pieces(claim, pools, product):
    """``(pieces, terms)`` of one product that the claim may use."""
    on_hand = reserved = waiting = pending = left = part = coming = 0
    for place in claim.places:
        supply = pools.supplies.get((product, place))
        if supply is not None:
            on_hand += supply.on_hand
            reserved += supply.reserved
            waiting += supply.waiting
            pending += supply.pending
            left += pools.left[product, place]
            if not claim.quota_only:
                part += pools.part(claim, product, place)
                coming += pools.coming(claim, product, place)
    granted = pools.granted.get((claim.key, product), 0)
    terms = [("on_hand", on_hand)]
    for code, value in (
        ("reserved", -reserved),
        ("waiting", -waiting),
        ("pending", -pending),
        ("set_aside", left - (on_hand - reserved - waiting - pending)),
        ("beyond_quota" if claim.quota_only else "others", part - left),
        ("quota", granted),
        ("incoming", coming),
    ):
        if value:
            terms.append((code, value))
    return part + granted + coming, terms


def _shield(claim, pools):
    """Who sees the whole stock holds back for everybody's orders on their way, who has a part only for his own."""
    if claim.shares:
        return claim.shield
    return max(math.ceil(pools.exposed[product] / per) for product, per in claim.needs)


def _ruled(claim, units, shield_units, add):
    """Apply the rule to the units there are; every step is a term."""
    rule, quantity = claim.rule, units - claim.rule.safety - shield_units
    add("safety", -rule.safety)
    add("shield", -shield_units)
    if rule.ratio != HUNDRED_PERCENT and quantity > 0:
        offered = quantity * rule.ratio // HUNDRED_PERCENT
        add("ratio", offered - quantity)
        quantity = offered
    quantity += rule.constant
    add("constant", rule.constant)
    add("below_zero", max(0, -quantity))
    quantity = max(0, quantity)
    if claim.shares and quantity > units:
        add("never_above", max(0, units) - quantity)
        quantity = max(0, units)
    if quantity < rule.minimum:
        add("minimum", -quantity)
        quantity = 0
    if rule.maximum and quantity > rule.maximum:
        add("maximum", rule.maximum - quantity)
        quantity = rule.maximum
    add("kept_back", claim.kept_back)
    return quantity + claim.kept_back


def _add(terms, code, value):
    if value:
        terms.append((code, value))
