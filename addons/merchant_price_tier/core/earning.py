"""Which tier a customer has earned, when he loses one, and what is missing to the next."""

from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple


class Step(NamedTuple):
    """One earned tier: what it asks for over its window. A figure of 0 asks for nothing.

    ``any_of``: one of the figures is enough.
    """

    tier: int
    spend: Decimal = Decimal(0)
    orders: int = 0
    margin: Decimal = Decimal(0)
    any_of: bool = False


class Record(NamedTuple):
    """What a customer did in a step's window."""

    spend: Decimal = Decimal(0)
    orders: int = 0
    margin: Decimal = Decimal(0)


class Decision(NamedTuple):
    """``tier``: the tier from now on (None: none); ``below_since``: day the customer fell below his tier, or None."""

    tier: int | None
    below_since: object = None


def missing(step, record):
    """``{figure: what lacks}`` to earn a step; empty when earned."""
    wanted = {name: getattr(step, name) for name in ("spend", "orders", "margin") if getattr(step, name)}
    lacks = {name: figure - getattr(record, name) for name, figure in wanted.items() if getattr(record, name) < figure}
    return {} if step.any_of and len(lacks) < len(wanted) else lacks


def earned(ladder, records):
    """The highest earned step, or None.

    :param ladder: steps from the lowest to the highest
    :param records: ``{tier: Record}``, as windows differ from step to step
    """
    reached = [step for step in ladder if not missing(step, records.get(step.tier, Record()))]
    return reached[-1] if reached else None


# how often falling is decided on -> months between two review dates
PERIODS = {"day": 0, "month": 1, "quarter": 3, "year": 12}


def next_review(period, today):
    """The next day on which falling is decided: tomorrow, or the first of the next month, quarter or year."""
    months = PERIODS[period]
    if not months:
        return today + timedelta(days=1)
    month = (today.month - 1) // months * months + months
    return date(today.year + month // 12, month % 12 + 1, 1)


def review(ladder, records, current, below_since, grace_days, today, may_fall=True):
    """Up at once; down only after ``grace_days`` below, to what is earned then.

    :param current: tier id of the ladder, or None
    :param may_fall: whether today is a review date of the current tier
    """
    reached = earned(ladder, records)
    order = [step.tier for step in ladder]
    place = order.index(current) if current in order else -1
    target = order.index(reached.tier) if reached else -1
    if target >= place:
        return Decision(reached.tier if reached else None)
    since = below_since or today
    if not may_fall or today - since < timedelta(days=grace_days):
        return Decision(current, since)
    return Decision(reached.tier if reached else None)
