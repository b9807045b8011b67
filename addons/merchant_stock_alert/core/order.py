"""How much to order or to move."""

import math


def target(line, daily, lead, review):
    """Stock to have after ordering: the line, and what sells until the next order has arrived."""
    return line + daily * (lead + review)


def round_up(units, minimum=0.0, pack=0.0):
    """:return: the smallest quantity a supplier accepts that covers ``units``: 0, or at least its minimum, in packs"""
    if units <= 0:
        return 0.0
    units = max(units, minimum)
    return math.ceil(round(units / pack, 6)) * pack if pack > 0 else units


def surplus(available, daily, keep_days, line):
    """Units that a warehouse can give away and still be well above its own line."""
    return max(0.0, available - max(line, daily * keep_days))


def share_surplus(needed, surpluses):
    """Take what is needed from as few warehouses as possible.

    :param surpluses: {warehouse: units}
    :return: [(warehouse, units)]
    """
    taken = []
    for warehouse, units in sorted(surpluses.items(), key=lambda item: (-item[1], item[0])):
        if take := min(needed, units):
            taken.append((warehouse, take))
            needed -= take
    return taken
