"""May a shop sell too little of a listing, and which line says so?"""

from odoo.addons.merchant_stock_alert.core.line import CRITICAL, WARNING, leave_line
from odoo.addons.merchant_stock_alert.core.scope import narrowest


def shop_level(units, rule, before=0):
    """0 (fine), WARNING (few left) or CRITICAL (nothing left to sell there).

    :param units: what the shop can sell of the listing
    :param rule: core ``Rule`` whose ``quantity`` is the line
    :param before: the level until now; an open alert closes at a higher line than it opened
    """
    few = units <= rule.quantity or (before and units < leave_line(rule.quantity, rule))
    if not few:
        return 0
    return CRITICAL if units <= 0 else WARNING


class Lines:
    """The lines of one company, found for many listings: those of single products by a look-up, the others once for
    each shop and category.

    A shop stands where a scope has its warehouse: product in a shop, product, category (the deepest), shop, company.
    """

    def __init__(self, scopes):
        """:param scopes: [core ``Scope``], the shop as its warehouse"""
        self._of_products = {(each.product, each.warehouse): each.id for each in scopes if each.product}
        self._general = [each for each in scopes if not each.product]
        self._found = {}

    def applying(self, product, shop, categories):
        """:return: the id of the line that applies, or None"""
        key = shop, categories
        if key not in self._found:
            scope = narrowest(self._general, False, shop, categories)
            self._found[key] = scope and scope.id
        found = self._of_products
        return found.get((product, shop)) or found.get((product, False)) or self._found[key]
