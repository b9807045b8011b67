"""Rules and questions as plain data; what makes a rule fit a question."""

from typing import NamedTuple

# the published order of scopes: the narrower comes first
VARIANT, PRODUCT, CATEGORY, BRAND, TAG, ALL = range(6)
SCOPES = {
    "0_product_variant": VARIANT,
    "1_product": PRODUCT,
    "2_product_category": CATEGORY,
    "2x_brand": BRAND,
    "2y_tag": TAG,
    "3_global": ALL,
}


class Rule(NamedTuple):
    """One price rule. Prices are floats in ``currency`` and, but for rules of one unit, per product unit.

    ``kind``: "fixed", "percentage" or "formula"; ``base``: "list_price", "standard_price" or "pricelist";
    ``start`` and ``end``: naive UTC datetimes or None; ``unit``: the rule holds for sales in this unit only, and its
    fixed price and ``least`` quantity are meant in it; ``ending``: see :func:`formula.end_in`.
    """

    id: int
    list: int
    scope: int
    target: int | None
    least: float = 0.0
    start: object = None
    end: object = None
    unit: int | None = None
    company: int | None = None
    currency: int | None = None
    kind: str = "fixed"
    fixed: float = 0.0
    percent: float = 0.0
    base: str = "list_price"
    base_list: int | None = None
    discount: float = 0.0
    markup: float = 0.0
    rounding: float = 0.0
    surcharge: float = 0.0
    least_margin: float = 0.0
    most_margin: float = 0.0
    ending: str | None = None


class Ask(NamedTuple):
    """One question: what does this product cost in this quantity at this moment?

    ``variant`` is None for a template with several variants; ``categories`` lead from the root to the product's own;
    ``quantity`` is in the product's unit, ``asked`` in the asked ``unit``; the moment is ``[low, high)``, a second or
    a day long.
    """

    key: object
    variant: int | None
    template: int
    categories: tuple
    brand: int | None
    tags: frozenset
    quantity: float
    asked: float
    unit: int
    low: object
    high: object
    companies: frozenset | None = None


def misfit(rule, ask):
    """Why the rule does not hold for this question: a code, or None when it holds.

    The rule's product, category, brand or tag is taken to be right: the book found it by that.
    """
    if rule.start is not None and rule.start >= ask.high:
        return "not_yet"
    if rule.end is not None and rule.end < ask.low:
        return "over"
    if rule.unit is not None and rule.unit != ask.unit:
        return "unit"
    if rule.least and (ask.quantity if rule.unit is None else ask.asked) < rule.least:
        return "break"
    if ask.companies is not None and rule.company is not None and rule.company not in ask.companies:
        return "company"
    return None


def rank(rule, depth=0):
    """The published order within one list, smallest first: a total order, because ids differ.

    :param depth: how deep the rule's category lies in the tree
    """
    return rule.scope, rule.unit is None, -rule.least, -depth, -rule.id
