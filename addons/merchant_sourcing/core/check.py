"""Faults of a set of rules that show without any order."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """
    :param rule: key of the rule, None for the set as a whole
    :param code: what is wrong
    :param facts: figures and names for the sentence
    """

    rule: int | None
    code: str
    facts: tuple = ()


def check(rules, warehouses, paths, provinces, today):
    """Find rules that can never speak, that contradict themselves, and provinces that no rule covers.

    :param rules: :class:`core.rule.Rule` in their sequence
    :param warehouses: keys of those in use
    :param paths: ``{division code: codes of it and all it lies in}``
    :param provinces: codes that ought to be covered
    :return: ``[Finding]``
    """
    found = []
    for place, rule in enumerate(rules):
        found += _alone(rule, warehouses, today)
        earlier = next((other for other in rules[:place] if _swallows(other, rule, paths)), None)
        if earlier:
            found.append(Finding(rule.key, "shadowed", (earlier.name,)))
    return found + _uncovered(rules, paths, provinces)


def _alone(rule, warehouses, today):
    for name, (low, high) in (("grams", rule.grams), ("fen", rule.fen), ("days", rule.days)):
        if low is not None and high is not None and low > high:
            yield Finding(rule.key, f"empty_{name}")
    if rule.days[1] and rule.days[1] < today:
        yield Finding(rule.key, "past")
    if any(not ids for ids in (*rule.wants.values(), *rule.goods.values())):
        yield Finding(rule.key, "nothing_left")
    in_use = [key for key in rule.warehouses if key in warehouses]
    if rule.warehouses and not in_use:
        yield Finding(rule.key, "no_warehouse")
    if rule.most and rule.most > 1 and rule.split == "whole":
        yield Finding(rule.key, "whole_and_parcels", (rule.most,))
    if rule.on_short == "backorder" and rule.backorder and rule.backorder not in warehouses:
        yield Finding(rule.key, "backorder_gone")
    if rule.on_short == "route" and not rule.route:
        yield Finding(rule.key, "no_route")


def _swallows(earlier, later, paths):
    """Whether no order comes past the earlier rule to the later one."""
    if earlier.on_short == "next":
        return False
    if earlier.regions and not (
        later.regions and all(earlier.regions.intersection(paths.get(code, (code,))) for code in later.regions)
    ):
        return False
    for mine, other in ((earlier.wants, later.wants), (earlier.goods, later.goods)):
        if any(kind not in other or not other[kind] <= ids for kind, ids in mine.items()):
            return False
    limits = ((earlier.grams, later.grams), (earlier.fen, later.fen), (earlier.days, later.days))
    return all(_inside(other, mine) for mine, other in limits)


def _inside(inner, outer):
    low_fits = outer[0] is None or (inner[0] is not None and inner[0] >= outer[0])
    high_fits = outer[1] is None or (inner[1] is not None and inner[1] <= outer[1])
    return low_fits and high_fits


def _uncovered(rules, paths, provinces):
    """Provinces that no rule without further conditions serves: their orders stay as stock Odoo has them."""
    anyone = [
        rule
        for rule in rules
        if not rule.wants and not rule.goods and {rule.grams, rule.fen, rule.days} == {(None, None)}
    ]
    if any(not rule.regions for rule in anyone):
        return []
    covered = frozenset().union(*(rule.regions for rule in anyone)) if anyone else frozenset()
    missing = tuple(code for code in provinces if not covered.intersection(paths.get(code, (code,))))
    return [Finding(None, "uncovered", missing)] if missing else []
