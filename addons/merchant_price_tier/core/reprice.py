"""New prices in bulk. Decimals, to the fen."""

from decimal import ROUND_HALF_UP, Decimal

from .formula import end_in

FEN = Decimal("0.01")
METHODS = ("percent", "amount", "markup", "margin")


def new_price(method, figure, old, cost, ending=None):
    """The new price; None when it cannot be made (no cost) or would be below 0.

    :param method: "percent" and "amount" change the old price; "markup" (percent on cost) and "margin" (percent of
        the price) start from the cost
    """
    if method in ("markup", "margin") and not cost:
        return None
    price = {
        "percent": lambda: old * (1 + figure / 100),
        "amount": lambda: old + figure,
        "markup": lambda: cost * (1 + figure / 100),
        "margin": lambda: cost / (1 - figure / 100),
    }[method]()
    if price < 0:
        return None
    price = price.quantize(FEN, ROUND_HALF_UP)
    return Decimal(str(end_in(float(price), ending))).quantize(FEN) if ending else price


def effect(sold):
    """What a change does to sales.

    :param sold: ``[(group, quantity, old price, new price, cost)]``
    :return: ``{"old", "new", "cost", "gains": {group: amount saved}, "loses": {group: amount paid more}}``, where a
        group is a customer
    """
    total = {"old": Decimal(0), "new": Decimal(0), "cost": Decimal(0)}
    change = {}
    for group, quantity, old, new, cost in sold:
        old_amount, new_amount = ((quantity * price).quantize(FEN, ROUND_HALF_UP) for price in (old, new))
        total["old"] += old_amount
        total["new"] += new_amount
        total["cost"] += (quantity * cost).quantize(FEN, ROUND_HALF_UP)
        change[group] = change.get(group, Decimal(0)) + new_amount - old_amount
    gains = {group: -amount for group, amount in change.items() if amount < 0}
    loses = {group: amount for group, amount in change.items() if amount > 0}
    return {**total, "gains": gains, "loses": loses}
