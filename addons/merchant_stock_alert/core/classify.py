"""ABC by what sales are worth, XYZ by how evenly a product sells."""

import statistics

A_SHARE, B_SHARE = 0.80, 0.95
X_SPREAD, Y_SPREAD = 0.5, 1.0


def abc(sales):
    """``{product: "A" | "B" | "C"}``: the products that make the first 80 % of the sales, the next 15 %, the rest.

    :param sales: {product: money}
    """
    total, before, found = sum(sales.values()), 0, {}
    for product, money in sorted(sales.items(), key=lambda item: (-item[1], item[0])):
        if money <= 0:
            found[product] = "C"
            continue
        found[product] = "A" if before < A_SHARE * total else "B" if before < B_SHARE * total else "C"
        before += money
    return found


def xyz(weeks):
    """X (even), Y or Z (erratic) from the units sold in each week.

    :param weeks: [units], weeks without sales included
    """
    mean = statistics.fmean(weeks) if weeks else 0
    if mean <= 0:
        return "Z"
    spread = statistics.pstdev(weeks) / mean
    return "X" if spread <= X_SPREAD else "Y" if spread <= Y_SPREAD else "Z"
