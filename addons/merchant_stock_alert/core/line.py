"""Is a product below its line here, and how bad is that?

Everything is measured in units. A line is entered at one height and left at another, so that an alert does not open and
close with every parcel.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

INFO, WARNING, CRITICAL = 1, 2, 3
DEFAULT_LEAD = 7  # days, where no supplier says how long it takes


@dataclass(frozen=True)
class Rule:
    """A threshold, as the core sees it.

    :ivar method: ``quantity``, ``days`` or ``reorder``
    :ivar leave: by how much the line must be passed to leave, e.g. 0.2
    :ivar service: wanted share of days without a stock-out while a purchase is under way, e.g. 0.95
    """

    method: str
    quantity: float = 0.0
    days: float = 0.0
    service: float = 0.95
    leave: float = 0.2
    lead: float = DEFAULT_LEAD
    with_incoming: bool = False


@dataclass(frozen=True)
class Position:
    """What is known of one product in one warehouse; units and days.

    :ivar available: on hand minus everything that orders wait for
    :ivar counted: ``available`` plus the receipts that come before it runs out
    :ivar incoming: all that is under way
    """

    on_hand: float = 0.0
    available: float = 0.0
    counted: float = 0.0
    incoming: float = 0.0
    outgoing: float = 0.0
    daily: float = 0.0
    deviation: float = 0.0
    lead: float = 0.0
    lead_deviation: float = 0.0


def safety_factor(service):
    """How many standard deviations of safety stock a service level asks for."""
    return NormalDist().inv_cdf(min(max(service, 0.5), 0.9999))


def lead_days(position, rule):
    return position.lead or rule.lead or DEFAULT_LEAD


def low_line(position, rule):
    """Units at or below which the alert opens, to the hundredth that is shown."""
    if rule.method == "quantity":
        return rule.quantity
    if rule.method == "days":
        return round(rule.days * position.daily, 2)
    lead = lead_days(position, rule)
    spread = lead * position.deviation**2 + position.daily**2 * position.lead_deviation**2
    return round(position.daily * lead + safety_factor(rule.service) * math.sqrt(spread), 2)


def low_measure(position, rule):
    """Units that are held against the line.

    Not the whole stock on order, as for deciding what to buy: what arrives after the shelf is empty saves no sale.
    """
    return position.counted if rule.method != "quantity" or rule.with_incoming else position.available


def leave_line(line, rule):
    """Units at or above which an open alert closes; at least one piece above a line that is a quantity."""
    higher = round(line * (1 + rule.leave), 2)
    return max(higher, line + 1) if rule.method == "quantity" else higher


def low_level(position, rule, before=0):
    """0 (fine), INFO (order now), WARNING (a purchase comes too late) or CRITICAL (nothing to sell, orders wait).

    :param before: the level until now
    """
    line, measure = low_line(position, rule), low_measure(position, rule)
    means_something = rule.method == "quantity" or line > 0
    below = position.available < 0 or (means_something and measure <= line)
    recovered = position.available >= 0 and (
        not means_something or (measure > line and measure >= leave_line(line, rule))
    )
    if below or (before and not recovered):
        return severity(position, rule)
    return 0


def severity(position, rule):
    if position.available <= 0 and (position.daily > 0 or position.outgoing > 0):
        return CRITICAL
    if position.daily > 0 and position.counted < position.daily * lead_days(position, rule):
        return WARNING
    return INFO


def over_line(position, rule):
    """Units above which there is too much; None when it cannot be told because nothing sells."""
    if rule.method == "quantity":
        return rule.quantity
    return round(rule.days * position.daily, 2) if position.daily > 0 else None


def over_level(position, rule, before=0):
    line = over_line(position, rule)
    if line is None or position.on_hand <= 0:
        return 0
    limit = line * (1 - rule.leave) if before else line
    return INFO if position.available > limit else 0


def slow_level(position, rule, idle_days):
    """:param idle_days: since the last sale, or since the product came here"""
    return INFO if position.on_hand > 0 and idle_days >= rule.days else 0
