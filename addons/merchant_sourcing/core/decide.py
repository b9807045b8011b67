"""From an order and the rules to a plan, with everything that was considered on the way.

The considered is kept as small lists of codes and figures; ``models/merchant_sourcing_decision.py`` words them.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache

from . import rule as rules_of
from .calendar import ship_day
from .geo import kilometres
from .solve import WHOLE, Site, Tariff, most_of, solve

SOURCED, BACKORDER, HELD, UNRULED = "sourced", "backorder", "held", "unruled"
SHIP = "ship"
# One parcel more weighs more than any place, distance or stock: rankings choose among plans of equal parcels.
PARCEL = 10**12
FAR, PLENTY, UNPRICED = 10**6, 10**9, 10**9
# Freight counts in thousandths of a fen, so that a site's place in the list can break ties below one fen.
MILLI = 1000
# Rules that could not serve are told in full up to here; the rest by name.
TOLD = 3


def _never(_day):
    return False


@dataclass(slots=True)
class Warehouse:
    """What is known of a warehouse.

    :param cutoff: hours after midnight until which an order leaves the same day, or None
    :param closed: function of a date
    :param load: ``{date: orders promised}``, counted up as decisions are made
    :param ahead: how much later its clocks show than the company's
    """

    key: int
    name: str
    point: tuple | None = None
    cutoff: float | None = None
    capacity: int = 0
    handling: int = 0
    closed: object = _never
    load: dict = field(default_factory=dict)
    ahead: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Rate:
    """Freight and days from a warehouse (None: from any) to a division ("": to anywhere)."""

    warehouse: int | None
    place: str
    tariff: Tariff
    days: int = 0
    carrier: int | None = None


class World:
    """Stock and facts shared by the orders of a batch; decisions take their pieces out of it.

    :param warehouses: :class:`Warehouse`, in the company's order
    :param free: ``{(warehouse, sku): pieces}`` that may be promised, safety stock taken out
    :param kept: ``{(warehouse, sku): pieces}`` of safety stock
    :param daily: ``{(warehouse, sku): pieces sold a day}``
    :param fading: ``{(warehouse, sku): [[moment or None, pieces]]}`` of goods that may be sent until a moment, in the
        order in which they leave the shelf
    :param rates: :class:`Rate`
    """

    def __init__(self, warehouses, free, kept=None, daily=None, fading=None, rates=(), rankings=None):
        self.warehouses = {warehouse.key: warehouse for warehouse in warehouses}
        self.free, self.kept, self.daily, self.fading = free, kept or {}, daily or {}, fading or {}
        self.rankings = {**RANKINGS, **(rankings or {})}
        self._rates = {}
        for rate in rates:
            self._rates.setdefault((rate.warehouse, rate.place, rate.carrier), rate)
        self._known_rates, self._known_km = {}, {}

    def rate(self, warehouse, order):
        """The rate that fits best: the carrier's own, then the warehouse's own, then that of the smallest division."""
        carrier = next(iter(order.facts.get("carrier", ())), None)
        place = order.place[0] if order.place else ""
        key = warehouse, place, carrier
        if key not in self._known_rates:
            self._known_rates[key] = self.rate_to(warehouse, order.place, carrier)
        return self._known_rates[key]

    def rate_to(self, warehouse, places, carrier=None):
        """The rate to the division whose codes, smallest first, are given; None when there is none."""
        for by in (carrier, None) if carrier else (None,):
            for source in (warehouse, None):
                for place in (*places, ""):
                    if rate := self._rates.get((source, place, by)):
                        return rate
        return None

    def km(self, warehouse, order):
        key = warehouse, order.point
        if key not in self._known_km:
            point = self.warehouses[warehouse].point
            self._known_km[key] = kilometres(point, order.point) if point and order.point else FAR
        return self._known_km[key]

    def days(self, warehouse, order):
        rate = self.rate(warehouse, order)
        return rate.days if rate else 0

    def ship_day(self, warehouse, order):
        facts = self.warehouses[warehouse]
        if not order.moment:
            return None
        planned = (order.planned + facts.ahead).date() if order.planned else None
        return ship_day(
            order.moment + facts.ahead, facts.cutoff, facts.closed, facts.load, facts.capacity, facts.handling, planned
        )

    def leaves(self, warehouse, order):
        """The moment, in the company's time, that the delivery would be planned for."""
        planned = order.planned or order.moment
        day = self.ship_day(warehouse, order)
        if not day:
            return planned
        ahead = self.warehouses[warehouse].ahead
        return datetime.combine(day, (planned + ahead).time()) - ahead

    # -- stock --------------------------------------------------------------------------------------------------------

    def there(self, order, skus):
        """``{(warehouse, sku): pieces}`` that may be promised to an order: what expires before it leaves may not."""
        if not self.fading:
            return self.free
        return {
            place: self.free.get(place, 0) - self.expiring(place, order)
            for place in ((warehouse, sku) for warehouse in self.warehouses for sku in skus)
        }

    def expiring(self, place, order):
        """Pieces that may be promised, but not to this order; those that are kept back may be of these."""
        lots = self.fading.get(place)
        if not lots or not order.moment:
            return 0
        leaves = self.leaves(place[0], order)
        gone = sum(pieces for until, pieces in lots if until and until < leaves)
        return max(0, gone - self.kept.get(place, 0))

    def take(self, place, pieces, order):
        """The pieces are promised to the order."""
        self.free[place] = self.free.get(place, 0) - pieces
        lots = self.fading.get(place)
        if not lots or not order.moment:
            return
        leaves = self.leaves(place[0], order)
        for lot in lots:
            if not lot[0] or lot[0] >= leaves:
                count = min(pieces, lot[1])
                lot[1] -= count
                pieces -= count


# -- rankings: the lower, the sooner ----------------------------------------------------------------------------------


def given(world, order, wants, warehouse, place):
    return place


def nearest(world, order, wants, warehouse, place):
    return world.km(warehouse, order)


def quickest(world, order, wants, warehouse, place):
    """Days until the parcel arrives."""
    day = world.ship_day(warehouse, order)
    return (day - order.day).days + world.days(warehouse, order) if day else FAR


def fewest(world, order, wants, warehouse, place):
    """Parcels count before any rank; of equals the cheaper one, and without rates the first of the list."""
    rate = world.rate(warehouse, order)
    if not rate:
        return UNPRICED + place
    return rate.tariff.price(sum(pieces * grams for pieces, grams in wants.values())) * 100 + min(place, 99)


def fullest(world, order, wants, warehouse, place):
    """Most free stock of what is wanted."""
    return PLENTY - sum(max(0, world.free.get((warehouse, sku), 0)) for sku in wants)


def longest(world, order, wants, warehouse, place):
    """Where the scarcest of the articles lasts longest at its present sales."""
    covers = []
    for sku in wants:
        daily = world.daily.get((warehouse, sku), 0)
        free = max(0, world.free.get((warehouse, sku), 0))
        covers.append(free / daily if daily else PLENTY / 2)
    return round(PLENTY - min(covers))


RANKINGS = {
    "given": given,
    "parcels": fewest,
    "nearest": nearest,
    "quickest": quickest,
    "fullest": fullest,
    "longest": longest,
}


# -- decisions --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Decision:
    """What was decided for one order.

    :param parts: ``[(line index, warehouse, pieces, "ship" or "backorder")]``
    :param routes: ``[(line index, route)]`` of lines that somebody else supplies
    :param tale: what was considered; see :func:`_tell`
    :param fen: freight, None where there is no rate
    :param days: ``{warehouse: the date on which its parcel leaves}``
    """

    order: int
    state: str
    parts: list = field(default_factory=list)
    routes: list = field(default_factory=list)
    tale: list = field(default_factory=list)
    fen: int | None = None
    ships: object = None
    arrives: object = None
    days: dict = field(default_factory=dict)

    @property
    def warehouses(self):
        """Those that ship, the one with most pieces first."""
        pieces = {}
        for _line, warehouse, count, _kind in self.parts:
            pieces[warehouse] = pieces.get(warehouse, 0) + count
        return sorted(pieces, key=lambda warehouse: (-pieces[warehouse], warehouse))


def decide_all(orders, rules, world):
    """Decide about many orders against the same stock, in the sequence given.

    :return: :class:`Decision` for each
    """
    return [decide(order, rules, world) for order in orders]


def decide(order, rules, world):
    """Decide about one order and take its pieces out of the world's stock."""
    decision = Decision(order.key, SOURCED)
    left = list(range(len(order.lines)))
    used, spoken = set(), False
    for rule in rules:
        if not left:
            break
        if not rule.fits(order):
            continue
        mine = _lines_of(rule, order, left)
        if not mine:
            continue
        spoken = True
        attempt = _Attempt(world, order, rule, mine, used, decision)
        if attempt.serve():
            left = [index for index in left if index not in attempt.settled]
        elif rule.on_short == rules_of.HOLD:
            return _held(decision)
    if left and spoken:
        return _held(decision)
    if left:
        decision.state = UNRULED
    settle(world, order, decision)
    return decision


def _lines_of(rule, order, left):
    if not rule.goods:
        return left
    mine = [index for index in left if rule.takes(order.lines[index])]
    return left if mine and order.one_delivery else mine


def _held(decision):
    decision.state, decision.parts, decision.routes = HELD, [], []
    return decision


def settle(world, order, decision):
    """Take the pieces, count the order into the day's load, and add up freight and days."""
    weights = {}
    for index, warehouse, pieces, kind in decision.parts:
        line = order.lines[index]
        weights[warehouse] = weights.get(warehouse, 0) + pieces * line.grams
        if kind == SHIP:
            world.take((warehouse, line.sku), pieces, order)
    if not weights:
        return
    fen, ships, arrives = 0, None, None
    for warehouse, weight in weights.items():
        rate, day = world.rate(warehouse, order), world.ship_day(warehouse, order)
        fen = None if fen is None or not rate else fen + rate.tariff.price(weight)
        if day:
            world.warehouses[warehouse].load[day] = world.warehouses[warehouse].load.get(day, 0) + 1
            decision.days[warehouse] = day
            ships = max(ships or day, day)
            there = day.toordinal() + (rate.days if rate else 0)
            arrives = max(arrives or there, there)
    decision.fen = fen
    if decision.state != BACKORDER:  # who waits for goods is promised no day
        decision.ships, decision.arrives = ships, arrives and ships.fromordinal(arrives)


class _Attempt:
    """One rule tried on the lines that it takes."""

    def __init__(self, world, order, rule, mine, used, decision):
        self._world, self._order, self._rule, self._mine = world, order, rule, mine
        self._used, self._decision = used, decision
        self._split = WHOLE if order.one_delivery else rule.split
        self._scales = {order.lines[index].sku: order.lines[index].scale for index in mine}
        self.settled = set()

    def serve(self):
        """Try to plan the lines; true when they are settled in one way or another."""
        wants = self._wants(self._mine)
        self._free = self._there(wants)
        sites, self._told = self._sites(wants)
        found = solve(wants, self._free, sites, self._split, self._rule.most) if sites else None
        if found and self._too_many(found[1]):
            found = None
        served = bool(found)
        if found:
            self._take(found[1])
        elif self._rule.on_short == rules_of.BACKORDER:
            served = self._take_what_is_there(wants, sites)
        elif self._rule.on_short == rules_of.ROUTE and self._rule.route:
            served = self._leave_to_route(wants, sites)
        self._tell(wants, served, sites)
        return served

    def _there(self, wants):
        """``{(warehouse, sku): pieces}``, without what earlier rules gave to other lines of the order."""
        free, parts = self._world.there(self._order, wants), self._decision.parts
        if not parts:
            return free
        free = {(w, sku): free.get((w, sku), 0) for w in self._world.warehouses for sku in wants}
        for index, warehouse, pieces, kind in parts:
            place = warehouse, self._order.lines[index].sku
            if kind == SHIP and place in free:
                free[place] -= pieces
        return free

    def _wants(self, lines):
        wants = {}
        for index in lines:
            line = self._order.lines[index]
            pieces, grams = wants.get(line.sku, (0, line.grams))
            wants[line.sku] = pieces + line.pieces, grams
        return wants

    def _sites(self, wants):
        """``([Site], {warehouse: why it is out})``"""
        rule, order, world = self._rule, self._order, self._world
        allowed = order.facts.get("serving")
        sites, out = [], {}
        rank = world.rankings.get(rule.ranking)
        for place, key in enumerate(rule.warehouses or world.warehouses):
            if key not in world.warehouses:
                out[key] = "gone"
            elif key in order.refused:
                out[key] = "refused"
            elif allowed is not None and key not in allowed:
                out[key] = "not_serving"
            elif reason := self._too_late(key):
                out[key] = reason
            elif rank:
                base = 0 if key in self._used else PARCEL
                sites.append(Site(key, base + rank(world, order, wants, key, place)))
            elif site := self._priced(key, place):
                sites.append(site)
            else:
                out[key] = "no_rate"
        return sites, out

    def _too_late(self, key):
        if self._rule.late_days is None or not self._order.moment:
            return None
        day = self._world.ship_day(key, self._order)
        return "late" if day is None or (day - self._order.wanted).days > self._rule.late_days else None

    def _priced(self, key, place):
        """A site whose freight counts, for the rankings "freight" and "mix"."""
        rule, world, order = self._rule, self._world, self._order
        rate = world.rate(key, order)
        if rule.ranking == "freight":
            fixed = 100 + min(place, 99)
            return Site(key, fixed, _scaled(rate.tariff, MILLI)) if rate else None
        mix = rule.mix
        km = world.km(key, order) if mix.get("km") else 0
        days = quickest(world, order, {}, key, place) if mix.get("day") and order.moment else 0
        parcel = 0 if key in self._used else mix.get("parcel", 0)
        fixed = parcel + km * mix.get("km", 0) + days * mix.get("day", 0) + place
        if not mix.get("freight"):
            return Site(key, fixed)
        return Site(key, fixed, _scaled(rate.tariff, mix["freight"])) if rate else None

    def _too_many(self, picks):
        """With what earlier rules gave to other warehouses, too many parcels, or more than one where one is due."""
        together = self._used.union(*(parts for parts in picks.values()))
        most = 1 if self._order.one_delivery else self._rule.most
        return bool(most and len(together) > most)

    def _take(self, picks, kind=SHIP):
        """Hand the articles' pieces to the lines in their sequence."""
        left = {sku: dict(parts) for sku, parts in picks.items()}
        for index in self._mine:
            line, need = self._order.lines[index], self._order.lines[index].pieces
            need -= sum(pieces for at, _w, pieces, _k in self._decision.parts if at == index)
            parts = left.get(line.sku, {})
            for warehouse in list(parts):
                count = min(need, parts[warehouse])
                if count > 0:
                    self._decision.parts.append((index, warehouse, count, kind))
                    self._used.add(warehouse)
                    need -= count
                    parts[warehouse] -= count
                if not parts[warehouse]:
                    del parts[warehouse]
            self.settled.add(index)

    def _take_what_is_there(self, wants, sites):
        """Ship what there is, wait for the rest at the named warehouse."""
        waits_at = self._rule.backorder or (min(sites, key=lambda site: site.fixed).warehouse if sites else 0)
        if not waits_at or waits_at not in self._world.warehouses:
            return False
        there = {sku: count for sku, count in most_of(wants, self._free, sites, self._split).items() if count}
        partly = {sku: (count, wants[sku][1]) for sku, count in there.items()}
        found = solve(partly, self._free, sites, self._split, self._rule.most) if partly else (0, {})
        if not found or self._too_many({**found[1], 0: {waits_at: 1}}):
            found, there = (0, {}), {}
            if self._too_many({0: {waits_at: 1}}):
                return False
        self._take(found[1])
        rest = {sku: {waits_at: pieces - there.get(sku, 0)} for sku, (pieces, _g) in wants.items()}
        self._take({sku: parts for sku, parts in rest.items() if parts[waits_at]}, BACKORDER)
        self._decision.state = BACKORDER
        return True

    def _leave_to_route(self, wants, sites):
        """What the warehouses have they ship; whole lines that they have not are supplied on another way."""
        there = most_of(wants, self._free, sites, self._split)
        missing = {sku for sku, (pieces, _g) in wants.items() if there[sku] < pieces}
        stays = {sku: want for sku, want in wants.items() if sku not in missing}
        found = solve(stays, self._free, sites, self._split, self._rule.most) if stays else (0, {})
        if not found:
            return False
        away = [index for index in self._mine if self._order.lines[index].sku in missing]
        keys = {self._order.lines[index].key for index in away}
        if any(self._order.lines[index].key in keys for index in self._mine if index not in away):
            return False  # part of a kit cannot go another way
        self._mine = [index for index in self._mine if index not in away]
        self._take(found[1])
        self._decision.routes += [(index, self._rule.route) for index in away]
        self.settled.update(away)
        return True

    # -- the tale -----------------------------------------------------------------------------------------------------

    def _tell(self, wants, served, sites):
        """Note ``{"r": [rule, name, ranking], "n": lines, "s": 1 if it served, "c": [[warehouse, code, …]]}``.

        Codes: ``chosen`` and ``could`` with the score; ``part`` with articles there, articles wanted, pieces there,
        pieces wanted, pieces kept back and, if any, pieces that expire too soon; the codes of :meth:`_sites` alone.
        """
        tale = self._decision.tale
        entry = {"r": [self._rule.key, self._rule.name, self._rule.ranking], "n": len(self.settled or self._mine)}
        entry["s"] = int(served)
        if not served:
            entry["x"] = self._rule.on_short
        tale.append(entry)
        if not served and len(tale) > TOLD:
            return
        chosen = {warehouse for index, warehouse, _p, _k in self._decision.parts if index in self.settled}
        lines = [[key, code] for key, code in self._told.items()]
        grams = sum(pieces * grams for pieces, grams in wants.values())
        for site in sites:
            score = self._score(site, grams)
            if site.warehouse in chosen:
                lines.append([site.warehouse, "chosen", score])
            else:
                lines.append(self._why_not(site.warehouse, wants, score))
        entry["c"] = lines

    def _score(self, site, grams):
        if site.tariff and self._rule.ranking == "freight":
            return site.tariff.price(grams) // MILLI
        score = site.fixed % PARCEL
        return PLENTY - score if self._rule.ranking in ("fullest", "longest") else score

    def _why_not(self, warehouse, wants, score):
        for sku, (pieces, _grams) in wants.items():
            if self._free.get((warehouse, sku), 0) < pieces:
                return self._what_lacks(warehouse, wants)
        return [warehouse, "could", score]

    def _what_lacks(self, warehouse, wants):
        articles = have = want = kept = stale = 0
        for sku, (pieces, _grams) in wants.items():
            place, scale = (warehouse, sku), self._scales[sku]
            there = self._free.get(place, 0)
            want += pieces / scale
            if there >= pieces:
                articles += 1
                have += pieces / scale
                continue
            there = max(0, there)
            have += there / scale
            kept += max(0, min(self._world.kept.get(place, 0), pieces - there)) / scale
            stale += max(0, min(self._world.expiring(place, self._order), pieces - there)) / scale
        return [
            warehouse,
            "part",
            articles,
            len(wants),
            *map(_short, (have, want, kept, stale) if stale else (have, want, kept)),
        ]


def _short(number):
    """As few characters as the figure needs."""
    return int(number) if number == int(number) else round(number, 4)


@lru_cache(maxsize=4096)  # a tariff for each warehouse and region, asked for again with every order
def _scaled(tariff, factor):
    return replace(tariff, first_price=tariff.first_price * factor, step_price=tariff.step_price * factor)
