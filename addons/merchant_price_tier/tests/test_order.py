from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged

from .common import PriceCase


class OrderCase(PriceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vip = cls.env["merchant.price.tier"].create({"name": "VIP"})
        cls.customer.merchant_tier_id = cls.vip
        goods = {"applied_on": "1_product", "product_tmpl_id": cls.longjing.product_tmpl_id.id}
        cls.rule, cls.break_rule = cls.env["product.pricelist.item"].create(
            [
                {"pricelist_id": cls.vip.pricelist_id.id, **goods, "fixed_price": 90},
                {"pricelist_id": cls.vip.pricelist_id.id, **goods, "fixed_price": 80, "min_quantity": 10},
            ]
        )

    def order(self, quantity=1, env=None, **line):
        vals = {"product_id": self.longjing.id, "product_uom_qty": quantity, "tax_ids": [(6, 0, [])], **line}
        return (env or self.env)["sale.order"].create({"partner_id": self.customer.id, "order_line": [(0, 0, vals)]})


@tagged("post_install", "-at_install")
class TestOrder(OrderCase):
    def test_the_line_tells_every_rule_and_why(self):
        line = self.order().order_line
        why = line.merchant_price_why
        self.assertIn("90.00", why["summary"])
        texts = [step["text"] for step in why["steps"]]
        self.assertIn("Sales price: $ 100.00".replace("$ ", ""), texts[0].replace("\xa0", " ").replace("$ ", ""))
        told = {step["rule_id"]: step["text"] for step in why["steps"] if "rule_id" in step}
        self.assertIn("quantity not reached", told[self.break_rule.id])
        self.assertIn("taken", told[self.rule.id])
        line.product_uom_qty = 10
        self.assertEqual(line.price_unit, 80)
        told = {s["rule_id"]: s["text"] for s in line.merchant_price_why["steps"] if "rule_id" in s}
        self.assertIn("taken", told[self.break_rule.id])

    def test_each_step_leads_to_what_its_reader_may_open(self):
        self.env["merchant.price.floor"].create({"kind": "amount", "figure": 85, "action": "ask"})
        order = self.order(price_unit=80)
        order.action_merchant_ask()
        found = {(link["model"], link["id"]) for link in self.links(order)}
        wanted = self.rule | self.break_rule, self.vip.pricelist_id, self.vip, order.merchant_approval_ids
        self.assertGreaterEqual(found, {(record._name, record.id) for records in wanted for record in records})
        self.assertIn("merchant.price.floor", {model for model, _id in found})
        clerk = new_test_user(
            self.env, "links", groups="merchant_base.group_clerk,sales_team.group_sale_salesman_all_leads"
        )
        seen = {link["model"] for link in self.links(order.with_user(clerk))}
        self.assertIn("merchant.price.tier", seen)
        self.assertNotIn("merchant.price.floor", seen, "a floor tells the cost")
        for link in self.links(order.with_user(clerk)):
            self.env[link["model"]].with_user(clerk).browse(link["id"]).read(["display_name"])

    def links(self, order):
        return [link for step in order.order_line.merchant_price_why["steps"] for link in step.get("links", [])]

    def test_the_reason_follows_what_is_typed_before_it_is_saved(self):
        self.env["merchant.price.floor"].create({"kind": "amount", "figure": 85, "action": "warn"})
        with Form(self.order()) as order, order.order_line.edit(0) as line:
            self.assertIn("90.00", line.merchant_price_why["summary"])
            line.product_uom_qty = 10
            self.assertIn("80.00", line.merchant_price_why["summary"])
            self.assertEqual(line.merchant_floor_state, "warn")

    def test_reasons_of_many_lines_are_read_as_those_of_few(self):
        def count(lines):
            products = self.env["product.product"].create([{"name": f"P{n}", "list_price": n} for n in range(lines)])
            order = self.env["sale.order"].create(
                {"partner_id": self.customer.id, "order_line": [(0, 0, {"product_id": each.id}) for each in products]}
            )
            self.env.flush_all()
            self.env.invalidate_all()
            order.order_line.mapped("merchant_floor_state")
            before = self.env.cr.sql_log_count
            self.assertTrue(all(order.order_line.mapped("merchant_price_why")))
            return self.env.cr.sql_log_count - before

        count(2)
        self.assertLessEqual(count(40), count(3) + 2)

    def test_the_reason_stays_what_it_was_when_the_rules_change(self):
        line = self.order().order_line
        self.rule.fixed_price = 70
        self.assertIn("90.00", line.merchant_price_why["summary"])
        self.rule.unlink()
        line.invalidate_recordset(["merchant_price_why"])
        self.assertIn("since deleted", line.merchant_price_why["summary"])

    def test_what_people_did_to_the_price_is_told(self):
        line = self.order().order_line
        line.price_unit = 85
        line.merchant_reason_id = self.env.ref("merchant_price_tier.reason_volume")
        line.discount = 10
        texts = " ".join(step["text"] for step in line.merchant_price_why["steps"])
        self.assertIn("Entered on the order", texts)
        self.assertIn("Large order", texts)
        self.assertIn("76.50", texts)

    def test_it_is_told_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        why = self.order().order_line.with_context(lang="zh_CN").merchant_price_why
        self.assertTrue(why["summary"])

    def test_last_prices_of_this_customer_and_product(self):
        for price in (88, 87):
            order = self.order(price_unit=price)
            order.action_confirm()
        other = self.env["res.partner"].create({"name": "Other"})
        order.copy({"partner_id": other.id}).action_confirm()
        line = self.order().order_line
        rows = line.merchant_last_prices["table"]["rows"]
        self.assertEqual(len(rows), 2)
        self.assertIn("87.00", rows[0][2])
        contact = self.env["res.partner"].create({"name": "Contact", "parent_id": self.customer.id})
        line.order_id.partner_id = contact
        self.assertEqual(len(line.merchant_last_prices["table"]["rows"]), 2)

    def test_prices_of_the_moment_that_counts(self):
        soon = fields.Datetime.now() + timedelta(days=2)
        self.env["product.pricelist.item"].create(
            {"pricelist_id": self.vip.pricelist_id.id, "applied_on": "0_product_variant",
             "product_id": self.longjing.id, "fixed_price": 60, "date_start": soon}
        )  # fmt: skip
        placed, confirmed = self.order(), self.order()
        by_hand = self.order(price_unit=77)
        self.assertEqual(placed.order_line.price_unit, 90)
        now = soon + timedelta(hours=1)
        with patch.object(fields.Datetime, "now", lambda *args: now):
            placed.action_confirm()
            self.company.merchant_price_moment = "confirm"
            (confirmed | by_hand).action_confirm()
        self.assertEqual(placed.order_line.price_unit, 90)
        self.assertEqual(confirmed.order_line.price_unit, 60)
        self.assertEqual(by_hand.order_line.price_unit, 77)

    def test_update_prices_renews_the_reason(self):
        order = self.order()
        self.rule.fixed_price = 70
        order.action_update_prices()
        self.assertEqual((order.order_line.price_unit, order.order_line.merchant_our_price), (70, 70))

    def test_an_order_of_many_lines_asks_as_little_as_one_of_few(self):
        def count(lines):
            products = self.env["product.product"].create([{"name": f"P{n}", "list_price": n} for n in range(lines)])
            order = self.env["sale.order"].create(
                {
                    "partner_id": self.customer.id,
                    "order_line": [(0, 0, {"product_id": product.id}) for product in products],
                }
            )
            self.env.flush_all()
            self.env.invalidate_all()
            order.order_line.mapped("name")
            before = self.env.cr.sql_log_count
            order.order_line._compute_pricelist_item_id()
            order.order_line._compute_merchant_price_trace()
            return self.env.cr.sql_log_count - before

        few = count(3)
        self.assertLessEqual(count(60), few)

    def test_prices_found_for_all_lines_at_once_are_those_that_odoo_finds_one_by_one(self):
        self.env["product.pricelist.item"].create(
            {"pricelist_id": self.vip.pricelist_id.id, "compute_price": "percentage", "percent_price": 7.5}
        )
        products = self.env["product.product"].create([{"name": f"P{n}", "list_price": 3.33 * n} for n in range(9)])
        rows = [{"product_id": product.id, "product_uom_id": self.dozen.id} for product in products | self.longjing]
        order = self.env["sale.order"].create(
            {"partner_id": self.customer.id, "order_line": [(0, 0, row) for row in rows]}
        )
        for _round in range(2):
            for line in order.order_line:
                alone = line.pricelist_item_id._compute_price(line.product_id, **line._get_pricelist_kwargs())
                self.assertAlmostEqual(line.price_unit, alone, 9, line.product_id.name)
            order._recompute_prices()

    def test_nobody_hands_in_prices(self):
        line = self.order().order_line
        handed = line.with_context(merchant_price_answers={line.id: (1.0, self.rule.id)})
        self.assertEqual(handed._get_pricelist_price(), 90)
        handed.order_id._recompute_prices()
        self.assertEqual(line.price_unit, 90)

    def test_options_without_variants_are_part_of_our_price(self):
        attribute = self.env["product.attribute"].create(
            {
                "name": "Engraving",
                "create_variant": "no_variant",
                "value_ids": [(0, 0, {"name": "none"}), (0, 0, {"name": "gold", "default_extra_price": 10})],
            }
        )
        template = self.env["product.template"].create(
            {
                "name": "Pot",
                "list_price": 50,
                "attribute_line_ids": [
                    (0, 0, {"attribute_id": attribute.id, "value_ids": [(6, 0, attribute.value_ids.ids)]})
                ],
            }
        )
        gold = template.attribute_line_ids.product_template_value_ids[1]
        line = self.order(
            product_id=template.product_variant_id.id, product_no_variant_attribute_value_ids=[(6, 0, gold.ids)]
        ).order_line
        self.assertEqual((line.price_unit, line.merchant_our_price, line._merchant_is_ours()), (60, 60, True))
        line.price_unit = 55
        self.assertAlmostEqual(line._merchant_below_ours(), 100 / 12, 6)

    def test_a_part_of_a_combo_has_its_share_of_the_combos_price(self):
        self.company.merchant_hand_limit = 5
        parts = self.env["product.product"].create([{"name": name, "list_price": 100} for name in ("Cup", "Tray")])
        combos = self.env["product.combo"].create(
            [{"name": part.name, "combo_item_ids": [(0, 0, {"product_id": part.id})]} for part in parts]
        )
        combo = self.env["product.product"].create(
            {"name": "Set", "type": "combo", "list_price": 120, "combo_ids": [(6, 0, combos.ids)]}
        )
        order = self.order(product_id=combo.id)
        head = order.order_line
        order.order_line = [
            (0, 0, {"product_id": part.id, "linked_line_id": head.id, "combo_item_id": each.combo_item_ids.id,
                    "tax_ids": [(6, 0, [])]})
            for part, each in zip(parts, combos, strict=True)
        ]  # fmt: skip
        sold = order.order_line - head
        self.assertEqual(sold.mapped("price_unit"), [60, 60])
        user = new_test_user(self.env, "combo", groups="sales_team.group_sale_salesman_all_leads")
        self.assertFalse(order.with_user(user).merchant_floor_state)
        sold[0].price_unit = 50
        self.assertEqual(order.with_user(user).merchant_floor_state, "ask")

    def test_taxes_of_another_place_make_no_price_by_hand(self):
        included = self.env["account.tax"].create(
            {"name": "13 in", "amount": 13, "price_include_override": "tax_included"}
        )
        abroad = self.env["account.fiscal.position"].create({"name": "Abroad"})
        self.env["account.tax"].create(
            {"name": "0", "amount": 0, "fiscal_position_ids": [(6, 0, abroad.ids)],
             "original_tax_ids": [(6, 0, included.ids)]}
        )  # fmt: skip
        puer = self.env["product.product"].create(
            {"name": "Puer", "list_price": 113, "taxes_id": [(6, 0, included.ids)]}
        )
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "fiscal_position_id": abroad.id,
                "order_line": [(0, 0, {"product_id": puer.id})],
            }
        )
        line = order.order_line
        self.assertEqual((line.price_unit, line.merchant_our_price), (100, 113))
        self.assertTrue(line._merchant_is_ours())
        self.assertEqual(line._merchant_below_ours(), 0)

    def test_the_price_check_says_the_same_as_an_order(self):
        check = self.env["merchant.price.check"].create(
            {"partner_id": self.customer.id, "product_id": self.longjing.id, "quantity": 10}
        )
        self.assertEqual((check.price, check.amount, check.list_price), (80, 800, 100))
        self.assertEqual([row[0] for row in check.why["table"]["rows"]], ["1", "10"])
        told = self.env["merchant.price.check"].explain(self.longjing.id, 10, self.customer.id)
        self.assertEqual((told["price"], told["rule_id"]), (80, self.break_rule.id))
        with self.assertRaisesRegex(UserError, "no product"):
            self.env["merchant.price.check"].explain(0)

    def test_the_price_check_tells_the_total_that_an_order_has(self):
        tax = self.env["account.tax"].create({"name": "13 %", "amount": 13, "company_id": self.company.id})
        self.longjing.taxes_id = tax
        check = self.env["merchant.price.check"].create(
            {"partner_id": self.customer.id, "product_id": self.longjing.id, "quantity": 3}
        )
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [(0, 0, {"product_id": self.longjing.id, "product_uom_qty": 3})],
            }
        )
        self.assertEqual((check.amount, check.taxed_amount), (270, 305.1))
        self.assertEqual((check.amount, check.taxed_amount), (order.amount_untaxed, order.amount_total))

    def test_a_quantity_nobody_can_mean_is_said_where_it_is_entered(self):
        line = self.order(1e12).order_line
        self.assertEqual((line.merchant_floor_state, "surely a slip" in line.merchant_floor_text), ("block", True))
        with self.assertRaisesRegex(UserError, "surely a slip"):
            line.order_id.action_confirm()
        Check = self.env["merchant.price.check"]
        for quantity, sentence in ((1e12, "surely a slip"), (0, "above 0"), (-3, "above 0")):
            with self.assertRaisesRegex(UserError, sentence):
                Check.explain(self.longjing.id, quantity, self.customer.id)
            shown = Check.create({"product_id": self.longjing.id, "partner_id": self.customer.id, "quantity": quantity})
            self.assertIn(sentence, shown.why["summary"])

    def test_the_printed_reasons_name_every_line(self):
        order = self.order()
        html, _kind = self.env["ir.actions.report"]._render_qweb_html("merchant_price_tier.report_price_why", order.ids)
        self.assertIn("quantity not reached", html.decode())
        self.assertIn(f'/odoo/product.pricelist.item/{self.rule.id}"', html.decode(), "links work on paper's PDF, too")

    def test_a_price_of_0_is_explained_where_it_is_asked_for(self):
        bare = self.env["product.product"].create({"name": "No cost", "list_price": 30})
        self.env["product.pricelist.item"].create(
            {"pricelist_id": self.vip.pricelist_id.id, "compute_price": "formula", "base": "standard_price",
             "price_markup": 20}
        )  # fmt: skip
        told = self.env["merchant.price.check"].explain(bare.id, 1, self.customer.id)
        self.assertEqual(told["price"], 0)
        self.assertIn("starts from the cost, and the product has none", told["steps"][-1]["text"])
        self.assertIn("starts from the cost", str(self.order(product_id=bare.id).order_line.merchant_price_why))

    def test_a_price_of_0_is_never_silent(self):
        gift = self.env["product.product"].create({"name": "Unpriced", "list_price": 0})
        line = self.order(product_id=gift.id).order_line
        self.assertEqual((line.price_unit, line.merchant_floor_state), (0, "warn"))
        self.assertIn("The price is 0", line.merchant_floor_text)
        self.env["product.pricelist.item"].create(
            {"pricelist_id": self.vip.pricelist_id.id, "applied_on": "0_product_variant", "product_id": gift.id,
             "fixed_price": 0}
        )  # fmt: skip
        self.assertFalse(self.order(product_id=gift.id).order_line.merchant_floor_state)
