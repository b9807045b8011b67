"""Which rule of which list gives the price: the published order of precedence, and nothing else.

1. The lists are asked from the narrowest to the widest: the customer's, the shop's, the tier's, the company's.
2. In each list the candidate is the first rule that holds: the narrowest scope (variant, product, category, brand,
   tag, all), then one for the very unit before one for any, then the largest quantity reached, then the deepest
   category, then the newest.
3. *Most specific wins*: the first list with a candidate. A wider list takes over only with a larger quantity break
   that is reached and is cheaper, unless a narrower list says that it is final.
   *Best for the customer wins*: the cheapest of all rules that hold in all lists, up to the first final list; the
   earlier in this order when equal.
4. No candidate: the sales price.
"""

from typing import NamedTuple

from .formula import compute
from .rule import misfit


class PriceLoop(Exception):
    """Price lists lean on each other in a circle; ``lists`` are their ids in order."""

    def __init__(self, lists):
        super().__init__(" > ".join(map(str, lists)))
        self.lists = lists


class Layer(NamedTuple):
    """A list as a step of a chain. ``best``: compare all rules; ``final``: look no further when it has a price."""

    list: int
    currency: int
    best: bool = False
    final: bool = False


class Considered(NamedTuple):
    """A rule that was looked at: ``outcome`` is "taken" or why not; ``price`` when it was compared, else None."""

    rule: object
    outcome: str
    price: float | None = None


class Pricer:
    """Answers questions from books.

    :param chain: ``list id -> (Layer, …)``, the list itself first
    :param book: ``list id -> Book``, prepared for the asked templates
    :param world: prices that rules start from, and conversions: ``list_price(ask, currency)``,
        ``cost(ask, currency)``, ``rate(ask, from, to)``, ``unit(ask)`` -> function, ``round_to``
    """

    def __init__(self, chain, book, world):
        self._chain, self._book, self._world = chain, book, world

    def choose(self, pricelist, ask, currency, path=()):
        """The rule that gives the price, or None."""
        layers = self._layers(pricelist, path)
        if len(layers) == 1 and not layers[0].best:
            return self._book(pricelist).first(ask)
        return (self._cheapest if layers[0].best else self._narrowest)(layers, ask, currency, path)

    def price(self, rule, ask, currency, path=()):
        """Price by this rule (the sales price for None) in the asked unit and currency."""
        if rule is None:
            return self._world.list_price(ask, currency)
        base = None if rule.kind == "fixed" else self._base(rule, ask, currency, path)
        return compute(rule, base, self._world.unit(ask), self._world.round_to)

    def explain(self, pricelist, ask, currency):
        """``(rule taken or None, price, [Considered])`` with every rule about the product, list by list."""
        chosen = self.choose(pricelist, ask, currency)
        price = self.price(chosen, ask, currency)
        layers = self._layers(pricelist, ())
        places = {layer.list: place for place, layer in enumerate(layers)}
        considered, closed = [], False
        for place, layer in enumerate(layers):
            for rule in self._book(layer.list).rules(ask):
                if rule == chosen:
                    considered.append(Considered(rule, "taken", price))
                elif why := misfit(rule, ask):
                    considered.append(Considered(rule, why))
                else:
                    outcome = "final" if closed else _passed_over(layer, place, places.get(chosen.list, place))
                    considered.append(Considered(rule, outcome, self.price(rule, ask, currency)))
            closed = closed or (layer.final and self._book(layer.list).first(ask) is not None)
        return chosen, price, considered

    def breaks(self, pricelist, ask, path=()):
        """Quantities in the asked unit from which on the price may be another, those of lists it starts from, too."""
        share = ask.asked / ask.quantity if ask.quantity else 1.0
        found = set()
        for layer in self._layers(pricelist, path):
            for rule in self._book(layer.list).rules(ask):
                if misfit(rule, ask) not in (None, "break"):
                    continue
                found.add(rule.least if rule.unit else rule.least * share)
                if rule.base == "pricelist" and rule.base_list and rule.kind != "fixed":
                    found |= self.breaks(rule.base_list, ask, (*path, rule.list))
        return found

    # -- steps ------------------------------------------------------------------------------------------------------

    def _layers(self, pricelist, path):
        if pricelist in path:
            raise PriceLoop((*path, pricelist))
        return self._chain(pricelist)

    def _narrowest(self, layers, ask, currency, path):
        taken = price = None
        for layer in layers:
            rule = self._book(layer.list).first(ask)
            if taken is None:
                taken = rule
            elif rule is not None and rule.least > taken.least:
                price = self.price(taken, ask, currency, path) if price is None else price
                other = self.price(rule, ask, currency, path)
                if other < price:
                    taken, price = rule, other
            if rule is not None and layer.final:
                break
        return taken

    def _cheapest(self, layers, ask, currency, path):
        taken, price = None, None
        for layer in layers:
            met = False
            for rule in self._book(layer.list).fitting(ask):
                met = True
                other = self.price(rule, ask, currency, path)
                if taken is None or other < price:
                    taken, price = rule, other
            if met and layer.final:
                break
        return taken

    def _base(self, rule, ask, currency, path):
        if rule.base == "pricelist" and rule.base_list:
            if rule.list in path:
                raise PriceLoop((*path, rule.list))
            path = (*path, rule.list)
            chosen_currency = self._layers(rule.base_list, path)[0].currency
            chosen = self.choose(rule.base_list, ask, chosen_currency, path)
            amount = self.price(chosen, ask, chosen_currency, path)
            return amount * self._world.rate(ask, chosen_currency, currency) if amount else 0.0
        if rule.base == "standard_price":
            return self._world.cost(ask, currency)
        return self._world.list_price(ask, currency)


def _passed_over(layer, place, taken_place):
    """Why a rule that holds was not taken."""
    if layer.best:
        return "dearer"
    if place == taken_place:
        return "later"
    return "wider" if place > taken_place else "smaller_break"
