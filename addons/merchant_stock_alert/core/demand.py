"""How much of a product a warehouse sells a day, worked out from its days."""

import math
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Day:
    """What happened to a product in a warehouse on one local day.

    :ivar sold: units that left for customers or production
    :ivar change: units that came minus units that left, for whatever reason
    """

    day: date
    sold: float
    change: float


@dataclass(frozen=True)
class Counted:
    """One day of the window as the average sees it."""

    day: date
    sold: float
    stock: float
    counts: bool


@dataclass(frozen=True)
class Demand:
    """Average and sample standard deviation of a day's sales, in units.

    :ivar sold: units sold on the days counted
    :ivar counted: how many days were counted, :ivar out: how many were left out because there was nothing to sell
    """

    daily: float = 0.0
    deviation: float = 0.0
    sold: float = 0.0
    counted: int = 0
    out: int = 0


def window_days(days, on_hand, today, window):
    """Every complete day of the window, oldest first.

    The window ends yesterday and starts ``window`` days ago, or on the product's first day here. A day does not count
    when it began and ended without stock and nothing was sold. Today counts only when it sold more than the average of
    the others (see :func:`demand`), because it is not over.

    :param days: [:class:`Day`] in any order, also such before the window (they tell the first day) or after today
    :param on_hand: units now
    :return: [:class:`Counted`]
    """
    by_day = {day.day: day for day in days}
    if not by_day:
        return []
    start = max(today - timedelta(days=window), min(by_day))
    level = on_hand - sum(day.change for day in days if day.day >= today)
    found = []
    for back in range(1, (today - start).days + 1):
        day = today - timedelta(days=back)
        sold, change = (by_day[day].sold, by_day[day].change) if day in by_day else (0.0, 0.0)
        before = level - change
        found.append(Counted(day, sold, level, not (level <= 0 and before <= 0 and sold == 0)))
        level = before
    return found[::-1]


def demand(days, on_hand, today, window, before=0.0):
    """The :class:`Demand` of a window.

    :param before: the average known until now; it stays when no day of the window had stock
    """
    seen = window_days(days, on_hand, today, window)
    sold = [day.sold for day in seen if day.counts]
    out = len(seen) - len(sold)
    sold_today = sum(day.sold for day in days if day.day == today)
    if sold_today > (sum(sold) / len(sold) if sold else 0):
        sold.append(sold_today)
    if not sold:
        return Demand(daily=before if out else 0.0, out=out)
    mean = sum(sold) / len(sold)
    variance = sum((each - mean) ** 2 for each in sold) / (len(sold) - 1) if len(sold) > 1 else 0.0
    return Demand(mean, math.sqrt(variance), sum(sold), len(sold), out)
