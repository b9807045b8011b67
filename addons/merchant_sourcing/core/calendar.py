"""On which day a warehouse can ship."""

from datetime import timedelta

HORIZON = 60  # days


def ship_day(moment, cutoff, closed, load, capacity, handling=0, planned=None):
    """The first open day with room; of an order that is planned for later, the last one until then.

    :param moment: local time at the warehouse when the order is taken
    :param cutoff: hours after midnight (16.5 is 16:30) until which an order still leaves today; None for any time
    :param closed: function of a date, true where nobody ships
    :param load: ``{date: orders already promised}``
    :param capacity: orders a day, 0 for any number
    :param handling: open days between taking and shipping
    :param planned: the date that the delivery is planned for
    :return: the date, or None when there is none within two months
    """
    soonest = _soonest(moment, cutoff, closed, load, capacity, handling)
    if not soonest or not planned or planned <= soonest:
        return soonest
    days = (planned - timedelta(days=back) for back in range(min(HORIZON, (planned - soonest).days)))
    return next((day for day in days if not closed(day) and _has_room(day, load, capacity)), soonest)


def _soonest(moment, cutoff, closed, load, capacity, handling):
    day = moment.date()
    if cutoff is not None and moment.hour + moment.minute / 60 >= cutoff:
        day += timedelta(days=1)
    for _tries in range(HORIZON):
        if not closed(day):
            if handling <= 0 and _has_room(day, load, capacity):
                return day
            handling -= 1 if handling > 0 else 0
        day += timedelta(days=1)
    return None


def _has_room(day, load, capacity):
    return not capacity or load.get(day, 0) < capacity
