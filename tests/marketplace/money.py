"""Money is an integer number of fen inside the marketplace, and yuan where people and platforms look at it."""

from decimal import Decimal


def fen(yuan):
    """Integer fen of an amount in yuan (text, int or Decimal; never float)."""
    if isinstance(yuan, float):
        raise TypeError("Amounts are text, int or Decimal: a float has no exact fen.")
    value = Decimal(yuan) * 100
    if value != value.to_integral_value():
        raise ValueError(f"{yuan} is finer than one fen.")
    return int(value)


def yuan(amount):
    """Text with two decimals, as platforms print it: ``-5`` fen is ``"-0.05"``."""
    return f"{Decimal(amount) / 100:.2f}"


def shares(total, weights):
    """Split ``total`` fen over lines in proportion to ``weights``.

    Each bound between two lines is rounded, not each share: so the shares add up to the total and
    none is below zero or, while the total fits, above its weight.
    """
    whole, bounds, seen = sum(weights), [0], 0
    for weight in weights:
        seen += weight
        bounds.append((2 * seen * total + whole) // (2 * whole) if whole else 0)
    return [upper - lower for lower, upper in zip(bounds, bounds[1:], strict=False)]
