"""The cheapest set of warehouses that serves what an order needs, exactly for orders of usual size."""

from dataclasses import dataclass

from .improve import Improver

# How an order may be divided.
WHOLE, LINES, PIECES = "whole", "lines", "pieces"
# Articles times sites of an order of usual size: its search ends with the optimum, and below its steps.
SMALL, STEPS = 64, 500_000
# A larger order's search starts from a better plan, and ends with the best one found by then.
STEPS_OF_LARGE = 20_000
_NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Tariff:
    """What a parcel costs by its weight: a first price, and one more for every step begun above the first weight.

    Weights are whole numbers of one small unit (we use milligrams), prices whole numbers of the caller's smallest unit.
    """

    first_weight: int
    first_price: int
    step_weight: int
    step_price: int

    def price(self, weight):
        over = weight - self.first_weight
        return self.first_price + (-(-over // self.step_weight) * self.step_price if over > 0 else 0)


@dataclass(frozen=True, slots=True)
class Site:
    """A warehouse that may serve.

    :param fixed: what it costs to use it at all: the distance, the place in a list, a parcel more
    :param tariff: what its parcel costs, or None where freight does not count
    """

    warehouse: int
    fixed: int
    tariff: Tariff | None = None

    def price(self, weight):
        return self.fixed + (self.tariff.price(weight) if self.tariff else 0)

    def per_gram(self):
        """No parcel of any weight costs less than this for a gram."""
        if not self.tariff:
            return 0.0
        return min(self.price(0) / max(self.tariff.first_weight, 1), self.tariff.step_price / self.tariff.step_weight)


def solve(wants, free, sites, split=PIECES, most=None):
    """Find the cheapest way to serve everything.

    A freight tariff makes the weights count. Then an article is divided only where no site has all of it: a divided
    line costs more hands than freight.

    :param wants: ``{sku: (pieces, weight a piece)}`` with pieces above 0, in whole units
    :param free: ``{(warehouse, sku): pieces}``; missing means none
    :param sites: :class:`Site` that may serve
    :param split: ``WHOLE`` order from one site, whole ``LINES`` from several, or ``PIECES`` of a line from several
    :param most: the largest number of parcels, None for any
    :return: ``(cost, {sku: {warehouse: pieces}})``, or None where the sites cannot serve it
    """
    if not wants:
        return 0, {}
    sites = sorted(sites, key=_eagerness)
    best = _single(wants, free, sites)
    if split == WHOLE or most == 1 or len(sites) < 2:  # noqa: PLR2004
        return best
    if best:  # a second parcel has to leave room below the cost of one
        least = sites[0].price(0)
        sites = [sites[0], *(site for site in sites[1:] if site.price(0) + least < best[0])]
        if len(sites) < 2:  # noqa: PLR2004
            return best
    with_freight = any(site.tariff for site in sites)
    steps = STEPS if len(wants) * len(sites) <= SMALL else STEPS_OF_LARGE
    search = (_Freight if with_freight else _Cover)(wants, free, sites, split, most, steps)
    found = search.best(best)
    return found if found is None or not best or found[0] < best[0] else best


def greedy(wants, free, sites, split=PIECES, most=None):
    """The obvious way: always take the site that serves most of what is left, the cheaper one of equals."""
    left = {sku: pieces for sku, (pieces, _grams) in wants.items()}
    ways = dict.fromkeys(wants, split)
    if any(site.tariff for site in sites):  # see solve(): what one site has whole stays whole
        ways.update((sku, LINES) for sku in wants if any(_whole(free, site, sku, left[sku]) for site in sites))
    picks, used = {sku: {} for sku in wants}, []
    while left:
        best, gain = None, 0
        for site in sites:
            if site in used:
                continue
            taken = {sku: _takes(free.get((site.warehouse, sku), 0), need, ways[sku]) for sku, need in left.items()}
            total = sum(taken.values())
            if total > gain or (total == gain and best and total and site.fixed < best[0].fixed):
                best, gain = (site, taken), total
        if not best or (most and len(used) >= most):
            return None
        used.append(best[0])
        for sku, pieces in best[1].items():
            if pieces:
                picks[sku][best[0].warehouse] = pieces
                left[sku] -= pieces
        left = {sku: need for sku, need in left.items() if need}
    return cost_of(picks, wants, sites), picks


def cost_of(picks, wants, sites):
    """What a plan costs."""
    weights = {}
    for sku, parts in picks.items():
        for warehouse, pieces in parts.items():
            weights[warehouse] = weights.get(warehouse, 0) + pieces * wants[sku][1]
    return sum(site.price(weights[site.warehouse]) for site in sites if site.warehouse in weights)


def most_of(wants, free, sites, split=PIECES):
    """``{sku: pieces}`` that the sites together can serve, lines being whole where they must be."""
    if split == PIECES:
        return {
            sku: min(pieces, sum(max(0, free.get((site.warehouse, sku), 0)) for site in sites))
            for sku, (pieces, _grams) in wants.items()
        }
    if split == LINES:
        best = {sku: max((free.get((site.warehouse, sku), 0) for site in sites), default=0) for sku in wants}
        return {sku: pieces if best[sku] >= pieces else 0 for sku, (pieces, _grams) in wants.items()}
    return dict.fromkeys(wants, 0)


def _whole(free, site, sku, pieces):
    return free.get((site.warehouse, sku), 0) >= pieces


def _takes(available, need, split):
    if split == PIECES:
        return max(0, min(available, need))
    return need if available >= need else 0


def _eagerness(site):
    return site.price(0), site.warehouse


def _single(wants, free, sites):
    """The cheapest site that has everything."""
    weight = sum(pieces * grams for pieces, grams in wants.values())
    best = None
    for site in sites:
        warehouse = site.warehouse
        for sku, (pieces, _grams) in wants.items():
            if free.get((warehouse, sku), 0) < pieces:
                break
        else:
            cost = site.price(weight)
            if best is None or cost < best[0]:
                best = cost, warehouse
                if site.tariff is None:
                    break
    return (best[0], {sku: {best[1]: pieces} for sku, (pieces, _grams) in wants.items()}) if best else None


class _Cover:
    """Choose sites by their fixed costs alone: branch and bound over the sites, cheapest first."""

    def __init__(self, wants, free, sites, split, most, steps):
        self._wants, self._split, self._steps = wants, split, steps
        self._sites, self._all = [], sites
        rows = []
        for site in sites:
            row = tuple(
                _takes(free.get((site.warehouse, sku), 0), pieces, split) for sku, (pieces, _grams) in wants.items()
            )
            if any(row):
                self._sites.append(site)
                rows.append(row)
        self._rows = rows
        self._most = min(most or len(rows), len(rows))
        self._free = free

    def best(self, known):
        self._cost = known[0] if known else _NEVER
        self._chosen = None
        start = greedy(self._wants, self._free, self._all, self._split, self._most)
        if start and start[0] < self._cost:
            self._cost = start[0]
            self._chosen = sorted({warehouse for parts in start[1].values() for warehouse in parts})
        need = tuple(pieces for pieces, _grams in self._wants.values())
        self._suffix = self._sums_from()
        self._choose(0, [], 0, need)
        if self._chosen is None:
            return known
        used = set(self._chosen)
        return self._cost, self._share([site for site in self._sites if site.warehouse in used])

    def _sums_from(self):
        """For each place in the list, what all sites from there on have."""
        sums = [tuple(0 for _sku in self._wants)]
        for row in reversed(self._rows):
            sums.append(tuple(one + other for one, other in zip(sums[-1], row, strict=True)))
        return sums[::-1]

    def _choose(self, place, chosen, cost, need):
        if not any(need):
            if cost < self._cost:
                self._cost, self._chosen = cost, chosen
            return
        self._steps -= 1
        if self._steps < 0 or place == len(self._rows) or len(chosen) == self._most:
            return
        if any(want > there for want, there in zip(need, self._suffix[place], strict=True)):
            return
        if cost + self._more(place, need) >= self._cost:
            return
        row = self._rows[place]
        if any(have and want for have, want in zip(row, need, strict=True)):
            left = tuple(max(0, want - have) for want, have in zip(need, row, strict=True))
            site = self._sites[place]
            self._choose(place + 1, [*chosen, site.warehouse], cost + site.fixed, left)
        self._choose(place + 1, chosen, cost, need)

    def _more(self, place, need):
        """The least that what is still needed costs: as many of the next sites as the scarcest article takes."""
        count = 1
        for index, want in enumerate(need):
            if want and self._rows[place][index] < want:
                there = sorted((row[index] for row in self._rows[place:]), reverse=True)
                number, total = 0, 0
                while total < want:
                    total += there[number]
                    number += 1
                count = max(count, number)
        return sum(site.fixed for site in self._sites[place : place + count])

    def _share(self, sites):
        """Give every article to the chosen sites: whole to the cheapest that has it, else from the fullest on."""
        picks = {}
        for sku, (pieces, _grams) in self._wants.items():
            have = [(site.warehouse, self._free.get((site.warehouse, sku), 0)) for site in sites]
            whole = next((warehouse for warehouse, there in have if there >= pieces), None)
            picks[sku] = {whole: pieces} if whole is not None else _fill(pieces, have)
        return picks


def _fill(pieces, have):
    parts = {}
    for warehouse, there in sorted(have, key=lambda pair: -pair[1]):
        if pieces and there > 0:
            parts[warehouse] = min(pieces, there)
            pieces -= parts[warehouse]
    return parts


class _Freight:
    """Give article after article to sites, heaviest first, as long as the freight so far and the least that the rest
    can cost stay below the best plan known."""

    def __init__(self, wants, free, sites, split, most, steps):
        self._wants, self._steps, self._free, self._split = wants, steps, free, split
        self._sites = sites
        self._most = most or len(sites)
        self._rates = [site.per_gram() for site in sites]
        order = sorted(wants, key=lambda sku: -wants[sku][0] * wants[sku][1])
        self._articles = [(sku, *wants[sku], *self._choices(sku, wants[sku][0])) for sku in order]
        self._rest = self._sums_from()

    def _choices(self, sku, pieces):
        """``({site: pieces there}, whether it leaves whole)``: the sites that have all of it; where none has, those to
        divide it among."""
        have = {index: self._free.get((site.warehouse, sku), 0) for index, site in enumerate(self._sites)}
        whole = {index: there for index, there in have.items() if there >= pieces}
        if whole or self._split != PIECES:
            return whole, True
        return {index: there for index, there in have.items() if there > 0}, False

    def _sums_from(self):
        """For each place in the list what the articles from there on weigh, what they cost at least where no parcel is
        begun, and the dearest gram among them."""
        sums = [(0, 0.0, 0.0)]
        for _sku, pieces, grams, there, whole in reversed(self._articles):
            cost, rate = self._least(pieces, there, whole)
            weight, least, dearest = sums[-1]
            sums.append((weight + pieces * grams, least + cost * grams, max(dearest, rate)))
        return sums[::-1]

    def _least(self, pieces, there, whole):
        """What the pieces cost at least by the rates of their sites, and the dearest of these rates."""
        total = rate = 0.0
        for rate, index in sorted((self._rates[index], index) for index in there):
            count = pieces if whole else min(pieces, there[index])
            total += count * rate
            pieces -= count
            if not pieces:
                break
        return total, rate

    def best(self, known):
        self._cost, self._found = (known[0] if known else _NEVER), None
        start = self._start(known)
        if start and start[0] < self._cost:
            self._cost, self._found = start
        if all(sum(there.values()) >= pieces for _sku, pieces, _grams, there, _whole in self._articles):
            self._give(0, {}, {}, 0)
        return known if self._found is None else (self._cost, self._found)

    def _start(self, known):
        """The best of some quick plans; the search then has something to beat."""
        if len(self._wants) * len(self._sites) <= SMALL:
            return None if known else self._greedy()
        improver = Improver(self._wants, self._free, self._sites, self._split == PIECES, self._most)
        starts = [plan for plan in (known, self._greedy()) if plan]
        better = [improver.improve(picks) for _cost, picks in starts]
        return min(starts + [plan for plan in better if plan], key=lambda plan: plan[0], default=None)

    def _greedy(self):
        plans = [greedy(self._wants, self._free, self._sites, split, self._most) for split in (LINES, self._split)]
        plans = [plan for plan in plans if plan]
        return min(plans, key=lambda plan: plan[0], default=None)

    def _give(self, place, weights, picks, cost):
        if place == len(self._articles):
            if cost < self._cost:
                self._cost, self._found = cost, {sku: dict(parts) for sku, parts in picks.items()}
            return
        _sku, pieces, _grams, there, whole = self._articles[place]
        self._steps -= 1
        if self._steps < 0 or self._at_least(place, weights, cost) >= self._cost:
            return
        if whole:
            for more, index, heavier in self._ways(place, weights, there, pieces):
                self._go_on(place, heavier, picks, cost + more, {index: pieces})
        else:
            nearest = [index for _more, index, _heavier in self._ways(place, weights, there, pieces)]
            self._divide(place, nearest, pieces, {}, weights, picks, cost)

    def _go_on(self, place, weights, picks, cost, parts):
        if len(weights) <= self._most and cost < self._cost:
            sku = self._articles[place][0]
            picks[sku] = {self._sites[index].warehouse: count for index, count in parts.items()}
            self._give(place + 1, weights, picks, cost)
            del picks[sku]

    def _ways(self, place, weights, there, pieces):
        """``[(what it costs more, site, weights afterwards)]``, the cheapest gram first."""
        grams = self._articles[place][2]
        ways = []
        for index, count in there.items():
            count = min(count, pieces)
            more = self._more(index, weights.get(index), count * grams)
            ways.append((more / count, more, index))
        ways.sort()
        for _each, more, index in ways:
            yield more, index, self._heavier(weights, index, min(there[index], pieces) * grams)

    def _divide(self, place, sites, left, parts, weights, picks, cost):
        """Every way to divide an article among sites, most from the first ones first."""
        if not left:
            self._go_on(place, weights, picks, cost, parts)
            return
        _sku, pieces, grams, there, _whole = self._articles[place]
        self._steps -= 1
        if self._steps < 0 or not sites or sum(there[index] for index in sites) < left or len(weights) > self._most:
            return
        if self._at_least(place, weights, cost, (pieces - left) * grams) >= self._cost:
            return
        index, *others = sites
        for count in range(min(left, there[index]), 0, -1):
            more = self._more(index, weights.get(index), count * grams)
            if cost + more < self._cost:
                heavier = self._heavier(weights, index, count * grams)
                self._divide(place, others, left - count, {**parts, index: count}, heavier, picks, cost + more)
            if self._steps < 0:
                return
        self._divide(place, others, left, parts, weights, picks, cost)

    def _more(self, index, before, weight):
        site = self._sites[index]
        return site.price(weight) if before is None else site.price(before + weight) - site.price(before)

    def _heavier(self, weights, index, weight):
        return {**weights, index: weights.get(index, 0) + weight}

    def _at_least(self, place, weights, cost, given=0):
        """A bound: what is left fills the parcels that are begun for nothing, the rest at its lowest rate.

        :param given: weight of the article at this place that is in the parcels already
        """
        weight, least, dearest = self._rest[place]
        spare = given
        for index, before in weights.items():
            tariff = self._sites[index].tariff
            if tariff is None:
                return cost
            over = before - tariff.first_weight
            spare += -over if over <= 0 else -over % tariff.step_weight
        return cost + max(0.0, least - spare * dearest) if weight > spare else cost
