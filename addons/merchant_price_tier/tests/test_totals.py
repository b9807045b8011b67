import itertools
from decimal import ROUND_HALF_UP, Decimal

from odoo.tests import tagged

from .common import PriceCase

FEN = Decimal("0.01")
RATES = (13, 9, 6, 3, 1, 0)
DISCOUNTS = (0, 5, 12.5, 33.33)
LINES = (("19.99", 3), ("0.07", 11), ("128.50", 2.5))


def rounded(amount):
    return amount.quantize(FEN, ROUND_HALF_UP)


def independent(rate, discount, included, per_line):
    """Untaxed, tax and total of LINES in plain decimal arithmetic, as an accountant would do it."""
    untaxed = tax = Decimal(0)
    rate = Decimal(rate) / 100
    raw_base = raw_tax = Decimal(0)
    for price, quantity in LINES:
        gross = Decimal(price) * (1 - Decimal(str(discount)) / 100) * Decimal(str(quantity))
        if per_line:
            line_gross = rounded(gross)
            line_tax = rounded(line_gross - line_gross / (1 + rate)) if included else rounded(line_gross * rate)
            untaxed += line_gross - line_tax if included else line_gross
            tax += line_tax
        else:
            base = gross / (1 + rate) if included else gross
            raw_base, raw_tax = raw_base + base, raw_tax + base * rate
    if not per_line:
        total = rounded(raw_base + raw_tax)
        tax = rounded(raw_tax)
        untaxed = total - tax if included else rounded(raw_base)
    return untaxed, tax, untaxed + tax


@tagged("post_install", "-at_install")
class TestTotals(PriceCase):
    """Discounts × taxes × price with or without tax × rounding × currencies: totals agree to the fen."""

    def test_144_orders_agree_with_independent_arithmetic(self):
        currencies = self.env["res.currency"].with_context(active_test=False).search([("name", "in", ("CNY", "EUR"))])
        currencies.active = True
        count, differing = 0, []
        for per_line, currency in ((True, currencies[0]), (False, currencies[0]), (True, currencies[1])):
            self.company.tax_calculation_rounding_method = "round_per_line" if per_line else "round_globally"
            pricelist = self.pricelist(currency.name, currency_id=currency.id)
            for rate, discount, included in itertools.product(RATES, DISCOUNTS, (False, True)):
                wanted = independent(rate, discount, included, per_line)
                found = self._totals(pricelist, rate, discount, included)
                count += 1
                if found != wanted:
                    differing.append((per_line, currency.name, rate, discount, included, found, wanted))
        self.assertEqual(count, 144)
        self.assertEqual(differing, [])

    def _totals(self, pricelist, rate, discount, included):
        tax = self.env["account.tax"].create(
            {
                "name": f"{rate} {included} {pricelist.id} {discount}",
                "amount": rate,
                "price_include_override": "tax_included" if included else "tax_excluded",
            }
        )
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "pricelist_id": pricelist.id,
                "order_line": [
                    (0, 0, {
                        "product_id": self.longjing.id, "product_uom_qty": quantity, "price_unit": float(price),
                        "discount": discount, "tax_ids": [(6, 0, tax.ids)],
                    })
                    for price, quantity in LINES
                ],
            }
        )  # fmt: skip
        return tuple(rounded(Decimal(str(order[name]))) for name in ("amount_untaxed", "amount_tax", "amount_total"))
