"""How long the stock lasts."""

LATE_GRACE = 7  # a receipt that is later than so many days is not counted on any more


def counted_stock(available, daily, receipts):
    """The stock that there is before it would run out: what is free plus every receipt that comes in time.

    :param available: units on hand that no order waits for; negative when orders wait for more than there is
    :param receipts: [(days from today until it is expected, units)]; negative days are late
    :return: units
    """
    by_day = {}
    for days, units in receipts:
        if days >= -LATE_GRACE:
            by_day[max(days, 0)] = by_day.get(max(days, 0), 0) + units
    stock = available
    for days in sorted(by_day):
        if stock < daily * days:
            break
        stock += by_day[days]
    return stock


def days_of_cover(stock, daily):
    """How many days that lasts, or None when nothing sells."""
    return max(stock, 0) / daily if daily > 0 else None


def orders_at_risk(on_hand, waiting):
    """How many deliveries cannot be served from what is on hand.

    :param waiting: [(delivery, units)] in the order in which they are served
    """
    short = set()
    for delivery, units in waiting:
        on_hand -= units
        if on_hand < 0:
            short.add(delivery)
    return len(short)
