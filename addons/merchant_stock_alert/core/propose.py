"""Minimum and maximum from what sells."""

import math

from .line import safety_factor


def propose(daily, deviation, lead, lead_deviation, service, review, pack=0.0):
    """``(minimum, maximum)``: the reorder point, and what is there after ordering every ``review`` days.

    >>> propose(daily=10, deviation=0, lead=7, lead_deviation=0, service=0.95, review=14)
    (70, 210)
    """
    spread = lead * deviation**2 + daily**2 * lead_deviation**2
    low = math.ceil(round(daily * lead + safety_factor(service) * math.sqrt(spread), 6))
    more = daily * review
    if pack > 0:
        more = math.ceil(round(more / pack, 6)) * pack
    return low, math.ceil(round(low + more, 6))
