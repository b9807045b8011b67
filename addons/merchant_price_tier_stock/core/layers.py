"""What the pieces in a warehouse cost on average. Decimals, in the company's currency, for one product unit."""


def average(value, known, on_hand, otherwise):
    """Average cost of what is on hand; None when nothing is, or nothing of it is known.

    :param value: of the pieces whose cost is known
    :param known: number of these pieces
    :param on_hand: number of all pieces
    :param otherwise: cost of one piece of the rest
    """
    if on_hand <= 0 or known <= 0:
        return None
    known = min(known, on_hand)
    return (value + (on_hand - known) * otherwise) / on_hand
