from decimal import Decimal
from itertools import product

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import tagged

from .common import DAY, MerchantCase

PERCENTS = (13, 9, 6, 3, 1, 0)
QUANTITIES = (1, 2, 3, 7, 300)
AMOUNTS = ("0.01", "0.02", "0.07", "9.99", "100.00", "113.04", "199.99", "8888.88")
FEN = Decimal("0.01")


class MoneyCase(MerchantCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.codes = {}
        for percent, included in product(PERCENTS, (False, True)):
            code = f"HKT-{percent}-{'IN' if included else 'EX'}"
            tax = cls.vat13 if (percent, included) == (13, False) else cls._new_tax(percent, included)
            cls._new_product(code, taxes=tax, is_storable=False)
            cls.codes[percent, included] = code
        cls._new_product("HKT-UNTAXED", taxes=cls.env["account.tax"], is_storable=False)
        cls.codes[None, False] = "HKT-UNTAXED"
        cls.codes = list(cls.codes.values())
        cls.env.ref("merchant_channel.product_postage").taxes_id = cls.vat13
        cls.shop.auto_confirm = False  # it is the figures that are looked at

    def assertToTheFen(self, *payloads):
        for payload, row in zip(payloads, self._push(*payloads), strict=True):
            order = row.sale_order_id
            self.assertEqual(row.state, "done", f"{row.reason} {payload['lines']}")
            self.assertEqual(f"{order.amount_total:.2f}", f"{Decimal(payload['total']):.2f}", payload["lines"])
            self.assertAlmostEqual(order.amount_untaxed + order.amount_tax, order.amount_total, 6)
            for line in order.order_line.filtered("platform_line_ref"):
                self.assertEqual(f"{line.price_total:.2f}", f"{line.platform_paid_amount:.2f}", payload["lines"])


@tagged("post_install", "-at_install")
class TestMoney(MoneyCase):
    def test_every_tax_every_quantity_every_awkward_amount(self):
        self.assertToTheFen(
            *(
                self._payload(lines=[self._line("1", code, quantity, amount)], postage=postage)
                for code, quantity, (amount, postage) in product(
                    self.codes, QUANTITIES, [(amount, "0.00") for amount in AMOUNTS] + [("66.67", "7.77")]
                )
            )
        )

    def test_every_tax_in_one_order(self):
        for amount, quantity in product(AMOUNTS, QUANTITIES):
            lines = [self._line(str(number), code, quantity, amount) for number, code in enumerate(self.codes)]
            self.assertToTheFen(self._payload(lines=lines, other_fees="0.03", **self._total(lines)))

    def test_rounding_each_line_or_the_whole_makes_no_difference(self):
        for method in ("round_per_line", "round_globally"):
            self.company.tax_calculation_rounding_method = method
            lines = [self._line(str(number), self.codes[0], 3, "0.10") for number in range(40)]
            self.assertToTheFen(self._payload(lines=lines, postage="0.05"))

    def test_discounts_of_seller_and_platform_are_shown_and_change_no_total(self):
        line = self._line("1", "HKT-TEA", 3, "100.00", price="98.00")
        order = self._take(self._payload(lines=[line], platform_discount="15.00"))
        self.assertRecordValues(
            order, [{"amount_total": 108.0, "platform_seller_discount": 194.0, "platform_discount": 15.0}]
        )
        self.assertEqual(order.order_line[0].platform_list_price, 98.0)

    def test_what_the_platform_pays_on_top_is_part_of_the_order(self):
        lines = [self._line("1", "HKT-TEA", 1, "98.00")]
        order = self._take(self._payload(lines=lines, postage="0", total="88.00", platform_pays="10.00"))
        self.assertEqual((order.amount_total, order.platform_paid_total), (98.0, 88.0))

    def test_a_total_that_odoo_cannot_reach_holds_the_order_and_leaves_none_behind(self):
        fixed = self.env["account.tax"].create(
            {
                "name": "Stamp duty",
                "amount_type": "fixed",
                "amount": 1,
                "type_tax_use": "sale",
                "company_id": self.company.id,
                "country_id": self.company.country_id.id,
                "tax_group_id": self.vat13.tax_group_id.id,
            }
        )
        self.tea.taxes_id = fixed
        before = self.env["sale.order"].search_count([])
        row = self._push(self._payload("W-100"))
        self.assertHeld(row, "order_total")
        self.assertIn("224.00", row.reason)
        self.assertEqual(self.env["sale.order"].search_count([]), before)
        self.tea.taxes_id = self.vat13
        row.action_retry()
        self.assertEqual((row.state, row.sale_order_id.amount_total), ("done", 224.0))

    def test_a_refund_lowers_the_order_to_the_fen(self):
        lines = [self._line(str(number), self.codes[number], 3, "33.34") for number in range(4)]
        order = self._take(self._payload("W-100", lines=lines))
        lines[1]["refund"] = lines[2]["refund"] = "refunded"
        self._take(self._payload("W-100", modified_at=DAY % 2, lines=lines))
        self.assertEqual(order.amount_total, 74.68)

    def test_another_currency_needs_a_price_list_of_it(self):
        dollar = self.env.ref("base.USD")
        dollar.active = True
        self.shop.pricelist_id = self.env["product.pricelist"].create(
            {"name": "Dollars", "currency_id": dollar.id, "company_id": self.company.id}
        )
        self.assertHeld(self._push(self._payload()), "wrong_currency")
        order = self._take(self._payload(currency="USD"))
        self.assertEqual((order.currency_id, order.amount_total), (dollar, 224.0))

    def _total(self, lines):
        return {"total": str(sum((Decimal(line["paid_amount"]) for line in lines), Decimal("8.03")))}


@tagged("post_install", "-at_install")
class TestAnyMoney(MoneyCase):
    @settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(
        lines=st.lists(
            st.tuples(st.integers(0, 12), st.integers(1, 999), st.integers(1, 10**7)), min_size=1, max_size=8
        ),
        postage=st.integers(0, 5000),
        globally=st.booleans(),
    )
    def test_whatever_people_buy_the_total_is_the_platforms(self, lines, postage, globally):
        self.company.tax_calculation_rounding_method = "round_globally" if globally else "round_per_line"
        lines = [
            self._line(str(number), self.codes[code], quantity, str(fen * FEN))
            for number, (code, quantity, fen) in enumerate(lines)
        ]
        self.assertToTheFen(self._payload(lines=lines, postage=str(postage * FEN)))
