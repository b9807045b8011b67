"""Better plans for orders that are too large for an exact search: warehouses are tried in, out and in exchange."""

from itertools import chain, combinations


class Improver:
    """Local search over the sets of sites that ship, for plans whose freight counts.

    :param wants: ``{sku: (pieces, weight a piece)}``
    :param free: ``{(warehouse, sku): pieces}``
    :param sites: :class:`core.solve.Site` that may serve
    :param divides: whether an article that no site has whole may leave from several
    :param most: the largest number of parcels
    :param tries: sets of sites to be priced at most
    """

    def __init__(self, wants, free, sites, divides, most, tries=600):
        self._sites, self._most, self._tries = sites, most, tries
        heavy = sorted(wants, key=lambda sku: -wants[sku][0] * wants[sku][1])
        self._articles = [(sku, *wants[sku], *self._there(free, sku, wants[sku][0], divides)) for sku in heavy]

    def _there(self, free, sku, pieces, divides):
        """``({site: pieces there}, whether it leaves whole)``"""
        there = {at: free.get((site.warehouse, sku), 0) for at, site in enumerate(self._sites)}
        whole = {at: count for at, count in there.items() if count >= pieces}
        if whole or not divides:
            return whole, True
        return {at: count for at, count in there.items() if count > 0}, False

    def improve(self, picks):
        """Start from a plan and end with one that no exchange of a site, nor of one for two, makes cheaper.

        :param picks: ``{sku: {warehouse: pieces}}``
        :return: ``(cost, picks)``, or None when nothing was found
        """
        used = {warehouse for parts in picks.values() for warehouse in parts}
        best = self._assign({at for at, site in enumerate(self._sites) if site.warehouse in used})
        while best and self._tries > 0:
            better = next(self._cheaper(best), None)
            if not better:
                break
            best = better
        return best and (best[0], self._named(best[1]))

    def _cheaper(self, best):
        """Plans from a set of sites that differs by little and cost less."""
        sites = {at for parts in best[1] for at in parts}
        closed = [at for at in range(len(self._sites)) if at not in sites]
        for others in chain(self._neighbours(sites, closed), self._farther(sites, closed)):
            self._tries -= 1
            if self._tries < 0:
                return
            found = self._assign(others)
            if found and found[0] < best[0]:
                yield found

    def _neighbours(self, sites, closed):
        for at in sorted(sites):
            yield sites - {at}
        if len(sites) < self._most:
            for new in closed:
                yield sites | {new}
        for at in sorted(sites):
            for new in closed:
                yield sites - {at} | {new}

    def _farther(self, sites, closed):
        """One site in exchange for two, and two for one, where an article has to be divided: a single exchange often
        leaves too little of it."""
        if all(whole for *_article, whole in self._articles):
            return
        if len(sites) < self._most:
            for at in sorted(sites):
                for pair in combinations(closed, 2):
                    yield sites - {at} | {*pair}
        for pair in combinations(sorted(sites), 2):
            for new in closed:
                yield sites - {*pair} | {new}

    def _named(self, plan):
        return {
            article[0]: {self._sites[at].warehouse: count for at, count in parts.items()}
            for article, parts in zip(self._articles, plan, strict=True)
        }

    # -- which of the chosen sites ships what -------------------------------------------------------------------------

    def _assign(self, chosen):
        """``(cost, [{site: pieces} of each article])`` by the chosen sites alone, None where they have not enough."""
        loads, plan = {}, []
        for article in self._articles:
            parts = self._give(article, chosen, loads)
            if parts is None:
                return None
            plan.append(parts)
        cost = self._price(loads)
        for _round in range(3):
            for place, article in enumerate(self._articles):
                self._load(loads, plan[place], article[2], -1)
                plan[place] = self._give(article, chosen, loads)
            before, cost = cost, self._price(loads)
            if cost >= before:
                break
        return cost, plan

    def _give(self, article, chosen, loads):
        """Where an article costs least more; the loads grow by it."""
        _sku, left, grams, there, whole = article
        parts = {}
        while left:
            best = None
            for at in there:
                if at in chosen and at not in parts:
                    count = left if whole else min(left, there[at])
                    each = self._more(at, loads.get(at), count * grams) / count
                    if best is None or (each, -count) < best[:2]:
                        best = each, -count, at
            if best is None:
                return None
            parts[best[2]] = -best[1]
            left += best[1]
        self._load(loads, parts, grams)
        return parts

    def _more(self, at, load, weight):
        site = self._sites[at]
        return site.price(load[1] + weight) - site.price(load[1]) if load else site.price(weight)

    def _load(self, loads, parts, grams, sign=1):
        """Put an article's parts into the parcels, ``{site: (pieces, weight)}``, or take them out."""
        for at, count in parts.items():
            pieces, weight = loads.get(at, (0, 0))
            loads[at] = pieces + sign * count, weight + sign * count * grams
            if not loads[at][0]:
                del loads[at]

    def _price(self, loads):
        return sum(self._sites[at].price(weight) for at, (_pieces, weight) in loads.items())
