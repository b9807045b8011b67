"""From a rule and its base to a price. Floats, in the very order of Odoo's own steps, so that both agree to the bit."""

from decimal import ROUND_HALF_UP, Decimal


def compute(rule, base, convert, round_to):
    """The price of a rule.

    :param base: price that the rule starts from, in the asked unit and currency; None for a fixed price
    :param convert: takes an amount of the rule to the asked unit
    :param round_to: ``(amount, step) -> amount``, half up
    """
    if rule.kind == "fixed":
        price = rule.fixed if rule.unit else convert(rule.fixed)
    elif rule.kind == "percentage":
        price = (base - (base * (rule.percent / 100))) or 0.0
    else:
        price = _formula(rule, base, convert, round_to)
    return end_in(price, rule.ending) if rule.ending else price


def _formula(rule, base, convert, round_to):
    discount = rule.discount if rule.base != "standard_price" else -rule.markup
    price = base - (base * (discount / 100))
    if rule.rounding:
        price = round_to(price, rule.rounding)
    if rule.surcharge:
        price += convert(rule.surcharge)
    if rule.least_margin:
        price = max(price, base + convert(rule.least_margin))
    if rule.most_margin:
        price = min(price, base + convert(rule.most_margin))
    return price


# ending -> (what the price ends in, distance from one such price to the next)
ENDINGS = {"0.9": ("0.9", "1"), "0.99": ("0.99", "1"), "0.8": ("0.8", "1"), "0.88": ("0.88", "1"), "9": ("9", "10")}


def end_in(price, ending):
    """The nearest price with this ending, the higher of two equally near ones; never below the smallest such price.

    A price of nothing, or below, is left as it is.
    """
    if price <= 0:
        return price
    tail, step = (Decimal(text) for text in ENDINGS[ending])
    steps = ((Decimal(repr(price)) - tail) / step).quantize(Decimal(1), ROUND_HALF_UP)
    return float(max(steps, Decimal(0)) * step + tail)
