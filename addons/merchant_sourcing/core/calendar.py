"""On which day a warehouse can ship."""

from datetime import timedelta

HORIZON = 60  # days


def ship_day(moment, cutoff, closed, load, capacity, handling=0):
    """The first open day with room.

    :param moment: local time at the warehouse when the order is taken
    :param cutoff: hours after midnight (16.5 is 16:30) until which an order still leaves today; None for any time
    :param closed: function of a date, true where nobody ships
    :param load: ``{date: orders already promised}``
    :param capacity: orders a day, 0 for any number
    :param handling: open days between taking and shipping
    :return: the date, or None when there is none within two months
    """
    day = moment.date()
    if cutoff is not None and moment.hour + moment.minute / 60 >= cutoff:
        day += timedelta(days=1)
    for _tries in range(HORIZON):
        if not closed(day):
            if handling <= 0 and not (capacity and load.get(day, 0) >= capacity):
                return day
            handling -= 1 if handling > 0 else 0
        day += timedelta(days=1)
    return None
