from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .test_order import OrderCase


@tagged("post_install", "-at_install")
class TestRepricing(OrderCase):
    def repricing(self, **vals):
        return self.env["merchant.repricing"].create(
            {"name": "Spring", "pricelist_id": self.vip.pricelist_id.id, "figure": -10, **vals}
        )

    def now(self, quantity=1, **options):
        return self.price(self.vip.pricelist_id, quantity=quantity, **options)

    def test_from_draft_to_force_and_back(self):
        repricing = self.repricing()
        repricing.action_compute()
        self.assertEqual(sorted(repricing.line_ids.mapped("new_price")), [72, 81])
        self.assertEqual(self.now(), 90)
        repricing.action_approve()
        self.assertEqual((self.now(), self.now(10)), (81, 72))
        repricing.action_undo()
        self.assertEqual((self.now(), self.now(10), repricing.state), (90, 80, "undone"))

    def test_other_figures_ask_for_other_prices(self):
        repricing = self.repricing()
        repricing.action_compute()
        repricing.action_preview()
        repricing.line_ids[:1].new_price = 70
        self.assertFalse(repricing.preview, "it was of other prices")
        repricing.figure = -50
        with self.assertRaisesRegex(UserError, "not worked out yet"):
            repricing.action_approve()
        repricing.action_compute()
        repricing.action_approve()
        self.assertEqual(self.now(), 45)

    def test_prices_changed_meanwhile_are_not_written_over(self):
        repricing = self.repricing()
        repricing.action_compute()
        self.rule.fixed_price = 95
        with self.assertRaisesRegex(UserError, "other prices by now"):
            repricing.action_approve()
        repricing.action_compute()
        self.rule.unlink()
        with self.assertRaisesRegex(UserError, "other prices by now"):
            repricing.action_approve()

    def test_it_says_so_when_its_prices_are_taken_back_elsewhere(self):
        repricing = self.repricing()
        repricing.action_compute()
        repricing.action_approve()
        repricing.revision_id.action_undo()
        self.assertEqual((repricing.state, self.now()), ("undone", 90))
        repricing.revision_id.undone_by_id.action_undo()
        self.assertEqual((repricing.state, self.now()), ("approved", 81))

    def test_goods_without_a_price_of_the_first_piece_get_one(self):
        colour = self.env["product.attribute"].create(
            {"name": "Colour", "value_ids": [(0, 0, {"name": name}) for name in ("Red", "Blue")]}
        )
        cup = self.env["product.template"].create(
            {
                "name": "Cup",
                "list_price": 20,
                "attribute_line_ids": [
                    (0, 0, {"attribute_id": colour.id, "value_ids": [(6, 0, colour.value_ids.ids)]})
                ],
            }
        )
        red, blue = cup.product_variant_ids
        of_red = {"applied_on": "0_product_variant", "product_tmpl_id": cup.id, "product_id": red.id}
        self.env["product.pricelist.item"].create(
            {"pricelist_id": self.vip.pricelist_id.id, **of_red, "fixed_price": 18}
        )
        self.rule.unlink()
        repricing = self.repricing(product_tmpl_ids=cup | self.longjing.product_tmpl_id, is_complete=True)
        repricing.action_compute()
        found = {(line.product_id, line.min_quantity, line.new_price) for line in repricing.line_ids}
        break_line = (self.env["product.product"], 10, 72)
        self.assertEqual(found, {(red, 0, 16.2), (blue, 0, 18), (self.longjing, 0, 90), break_line})
        repricing.action_approve()
        self.assertEqual([self.now(), self.now(10)], [90, 72])

    def test_a_revision_tells_what_became_of_each_rule(self):
        Rule, Revision = self.env["product.pricelist.item"], self.env["merchant.price.revision"]
        pricelist = self.pricelist("Told", {"fixed_price": 9, "min_quantity": 3}, {"compute_price": "percentage"})
        fixed, percent = pricelist.item_ids.sorted("min_quantity", reverse=True)
        changes = [
            (fixed, {"date_end": "2026-11-11 00:00:00"}),
            (percent, {"percent_price": 5}),
            (Rule, {"pricelist_id": pricelist.id, "fixed_price": 8, "min_quantity": 4}),
        ]
        lines = Revision._apply("Three", "sheet", changes).line_ids
        told = {(line.before_price, line.after_price, line.change.partition(" ")[0]) for line in lines}
        self.assertEqual(told, {("9.00", "9.00", "Ends"), ("0 % off", "5 % off", "Changed"), ("", "8.00", "New")})
        self.assertEqual(Revision._apply("Out", "sheet", [(fixed, None)]).line_ids.change, "Removed")

    def test_in_force_from_a_moment_to_the_second(self):
        start = (fields.Datetime.now() + timedelta(days=3)).replace(microsecond=0)
        repricing = self.repricing(effective_from=start)
        repricing.action_compute()
        repricing.action_approve()
        self.assertEqual(self.now(date=start - timedelta(seconds=1)), 90)
        self.assertEqual(self.now(date=start), 81)

    def test_undo_of_an_earlier_revision_takes_the_later_ones_along(self):
        first, second = self.repricing(), self.repricing(figure=50)
        first.action_compute()
        first.action_approve()
        later = fields.Datetime.now() + timedelta(days=1)
        second.effective_from = later
        second.action_compute()
        second.action_approve()
        self.assertEqual(self.now(date=later), 121.5)
        first.revision_id.action_undo()
        self.assertEqual((self.now(), self.now(date=later)), (90, 90))
        undo = first.revision_id.undone_by_id
        self.assertEqual(second.revision_id.undone_by_id, undo)
        undo.action_undo()
        self.assertEqual((self.now(), self.now(date=later)), (81, 121.5))
        first.revision_id.action_undo()
        with self.assertRaises(UserError):
            first.revision_id.action_undo()

    def test_the_preview_shows_sales_and_quotations_and_changes_nothing(self):
        self.order(quantity=2).action_confirm()
        self.order(quantity=1)
        repricing = self.repricing()
        repricing.action_compute()
        repricing.action_preview()
        quotations, sales = repricing.preview["table"]["rows"]
        self.assertIn("90.00", quotations[1])
        self.assertIn("81.00", quotations[2])
        self.assertIn("180.00", sales[1])
        self.assertIn("162.00", sales[2])
        self.assertIn("60.00", sales[3])
        self.assertIn("Customer saves", repricing.preview["steps"][0]["text"])
        self.assertEqual(self.now(), 90)
        self.assertFalse(self.env["merchant.price.revision"].search([]))

    def test_goods_without_a_price_get_one_when_asked_for(self):
        other = self.env["product.product"].create({"name": "Puer", "list_price": 50, "categ_id": self.tea.id})
        repricing = self.repricing(categ_ids=[(6, 0, self.tea.ids)], is_complete=True, ending="0.9")
        repricing.action_compute()
        repricing.action_approve()
        self.assertEqual(self.price(self.vip.pricelist_id, other), 44.9)
        self.assertEqual(self.now(), 80.9)

    def test_prices_on_cost_leave_goods_without_cost_alone(self):
        self.longjing.standard_price = 0
        repricing = self.repricing(method="margin", figure=30)
        repricing.action_compute()
        self.assertTrue(all(repricing.line_ids.mapped("note")))
        repricing.action_approve()
        self.assertEqual(self.now(), 90)

    def test_nothing_to_reprice_is_said(self):
        empty = self.env["product.category"].create({"name": "Empty"})
        with self.assertRaises(UserError):
            self.repricing(categ_ids=[(6, 0, empty.ids)]).action_compute()

    def test_only_an_approver_puts_prices_in_force(self):
        clerk = new_test_user(self.env, "clerk_r", groups="merchant_base.group_clerk")
        repricing = self.repricing()
        repricing.action_compute()
        with self.assertRaises(AccessError):
            repricing.with_user(clerk).action_approve()
        approver = new_test_user(self.env, "approver_r", groups="merchant_price_tier.group_price_manager")
        repricing.with_user(approver).action_approve()
        self.assertEqual(self.now(), 81)
