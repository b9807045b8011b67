from odoo.tests import new_test_user, tagged

from odoo.addons.merchant_price_tier.tests.common import PriceCase


@tagged("post_install", "-at_install")
class TestTill(PriceCase):
    """What a till is told; that its browser asks these prices is tested in ``tests/test_price_neighbours.py``."""

    NAMES = (
        "product_tmpl_id",
        "product_id",
        "min_quantity",
        "compute_price",
        "fixed_price",
        "percent_price",
        "categ_id",
    )

    def rows(self, pricelist, product=None):
        rows = pricelist._merchant_till_rows(product or self.longjing, self.NAMES)
        return sorted(
            (row["min_quantity"], row["compute_price"], row["fixed_price"] or row["percent_price"]) for row in rows
        )

    def test_lists_of_plain_rules_are_left_to_the_till(self):
        plain = self.pricelist("Plain", {"fixed_price": 5}, {"min_quantity": 3, "fixed_price": 4})
        self.assertFalse(plain._merchant_beyond_till())
        tag = self.env["product.tag"].create({"name": "Gift"})
        on_cost = {"compute_price": "formula", "base": "standard_price", "price_markup": 20}
        for rule in (
            {"merchant_tag_id": tag.id, "fixed_price": 1},
            {"fixed_price": 1, "merchant_uom_id": self.dozen.id},
            {"compute_price": "formula", "merchant_ending": "0.9"},
            on_cost,
        ):
            told = self.pricelist("Told", rule)
            self.assertEqual((plain | told)._merchant_beyond_till(), told, rule)
        self.assertTrue(self.pricelist("VIP", merchant_level="tier")._merchant_beyond_till())

    def test_a_row_for_each_quantity_at_which_the_price_changes(self):
        goods = {"applied_on": "1_product", "product_tmpl_id": self.longjing.product_tmpl_id.id}
        base = self.pricelist("Base", {**goods, "fixed_price": 60, "min_quantity": 24}, {**goods, "fixed_price": 80})
        leaning = {
            "compute_price": "percentage",
            "percent_price": 50,
            "base": "pricelist",
            "base_pricelist_id": base.id,
        }
        vip = self.pricelist(
            "VIP", {**goods, "fixed_price": 45, "min_quantity": 10}, {**goods, **leaning}, merchant_level="tier"
        )
        self.assertEqual(self.rows(vip), [(0, "fixed", 40), (10, "fixed", 45)])
        for least, _kind, price in self.rows(vip):
            self.assertEqual(self.price(vip, quantity=least or 1), price)
        wide = self.pricelist("Wide", leaning, merchant_level="tier")
        self.assertEqual(self.rows(wide), [(0, "fixed", 40), (24, "fixed", 30)])

    def test_a_percentage_stays_one_so_that_it_holds_for_options(self):
        vip = self.pricelist("VIP", {"compute_price": "percentage", "percent_price": 10}, merchant_level="tier")
        self.assertEqual(self.rows(vip), [(0, "percentage", 10)])

    def test_goods_without_a_rule_get_no_row(self):
        vip = self.pricelist("VIP", {"fixed_price": 1, "merchant_uom_id": self.dozen.id}, merchant_level="tier")
        self.assertEqual(self.rows(vip), [])

    def test_numbers_of_rows_are_apart(self):
        lists = self.pricelist("A", {"fixed_price": 1}, merchant_level="tier")
        lists |= self.pricelist("B", {"fixed_price": 1}, merchant_level="tier")
        products = self.longjing | self.longjing.create([{"name": f"P{number}"} for number in range(5)])
        numbers = [row["id"] for row in lists._merchant_till_rows(products, self.NAMES)]
        self.assertEqual(len(set(numbers)), 12)
        self.assertTrue(all(-(2**53) < number < 0 for number in numbers), "exact in JavaScript")

    def test_a_cashier_who_may_not_see_costs_gets_the_price_on_cost(self):
        on_cost = {"compute_price": "formula", "base": "standard_price", "price_markup": 20}
        told = self.pricelist("Told", on_cost)
        cashier = new_test_user(self.env, "till", groups="merchant_base.group_clerk,point_of_sale.group_pos_user")
        rows = told.with_user(cashier)._merchant_till_rows(self.longjing.with_user(cashier), self.NAMES)
        self.assertEqual([(row["fixed_price"], "price_markup" in row) for row in rows], [(72, False)])
