from contextlib import suppress

from lxml import etree

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

BLIND = ("clerk", "service", "warehouse", "integration")
SEEING = ("buyer", "finance", "auditor", "owner")
COST = 61.07


@tagged("post_install", "-at_install")
class TestCost(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse = cls.env["stock.warehouse"].search([("company_id", "=", cls.env.company.id)], limit=1)
        cls.vendor = cls.env["res.partner"].create({"name": "Tea Garden"})
        cls.tea = cls.env["product.product"].create(
            {
                "name": "Tea",
                "default_code": "COST-TEA",
                "is_storable": True,
                "list_price": 98,
                "standard_price": COST,
                "seller_ids": [Command.create({"partner_id": cls.vendor.id, "price": 55.55})],
            }
        )
        cls.env["stock.quant"]._update_available_quantity(cls.tea, cls.warehouse.lot_stock_id, 20)
        cls.buyer_of_tea = cls.env["res.partner"].create({"name": "Buyer"})
        cls.users = {role: cls._new_user(role) for role in BLIND + SEEING}

    @classmethod
    def _new_user(cls, role):
        groups = f"merchant_base.group_{role},base.group_allow_export"
        if role in ("auditor", "finance", "integration"):  # what they need to see an order and a product at all
            groups += ",sales_team.group_sale_salesman_all_leads,stock.group_stock_user"
        return new_test_user(cls.env, f"cost_{role}", groups=groups)

    def _order(self, user=None):
        """An order of two pieces, entered by the user."""
        orders = self.env["sale.order"].with_user(user) if user else self.env["sale.order"]
        line = {"product_id": self.tea.id, "product_uom_qty": 2}
        return orders.create({"partner_id": self.buyer_of_tea.id, "order_line": [Command.create(line)]})

    def _ways(self, user):
        """``{name: a way in which the user may ask for a cost over an API}``"""
        tea, product = self.tea.with_user(user), self.env["product.product"].with_user(user)
        template, lines = tea.product_tmpl_id, self.env["sale.order.line"].with_user(user)
        vendors, moves = self.env["product.supplierinfo"].with_user(user), self.env["stock.move"].with_user(user)
        mine = [("id", "=", tea.id)]
        return {
            "read": lambda: tea.read(["standard_price"]),
            "read of the template": lambda: template.read(["standard_price"]),
            "average and value": lambda: tea.read(["avg_cost", "total_value"]),
            "web_read": lambda: tea.web_read({"standard_price": {}}),
            "by way of the order": lambda: lines.search([], limit=1).web_read(
                {"product_id": {"fields": {"standard_price": {}}}}
            ),
            "search_read": lambda: product.search_read(mine, ["standard_price"]),
            "searching by it": lambda: product.search([*mine, ("standard_price", ">", 60)]),
            "searching by it elsewhere": lambda: lines.search([("product_id.standard_price", ">", 60)]),
            "sorting by it": lambda: product.search([], order="standard_price", limit=1),
            "export": lambda: tea.export_data(["name", "standard_price"]),
            "export by way of the order": lambda: lines.search([], limit=1).export_data(["product_id/standard_price"]),
            "margin": lambda: lines.search([], limit=1).read(["purchase_price"]),
            "grouping": lambda: lines.formatted_read_group([], ["product_id"], ["margin:sum"]),
            "orders' margin": lambda: self.env["sale.order"].with_user(user).search_read([], ["margin"], limit=1),
            "a move's price": lambda: moves.search([], limit=1).read(["price_unit"]),
            "onchange": lambda: tea.onchange({}, [], {"standard_price": {}}),
            "the vendor's price": lambda: vendors.search_read([], ["price"], limit=1),
            "a forged pass": lambda: tea.with_context(merchant_cost="at work").read(["standard_price"]),
        }

    def test_no_way_tells_the_cost_to_who_may_not_see_it(self):
        self._order()
        told = []
        for role in BLIND:
            for name, ask in self._ways(self.users[role]).items():
                self.env.invalidate_all()
                with mute_logger("odoo.orm.models"), suppress(AccessError):
                    ask()
                    told.append((role, name))
        self.assertFalse(told)

    def test_whoever_sees_costs_reads_them(self):
        for role in SEEING:
            with self.subTest(role=role):
                [found] = self.tea.with_user(self.users[role]).read(["standard_price"])
                self.assertEqual(found["standard_price"], COST)

    def test_whoever_has_none_of_the_roles_reads_what_odoo_shows_him(self):
        user = new_test_user(self.env, "cost_stranger", groups="base.group_user")
        self.assertEqual(self.tea.with_user(user).read(["standard_price"])[0]["standard_price"], COST)

    def test_one_clerk_may_be_let_in(self):
        clerk = self.users["clerk"]
        clerk.group_ids += self.env.ref("merchant_price_tier.group_cost")
        self.assertEqual(self.tea.with_user(clerk).read(["standard_price"])[0]["standard_price"], COST)

    def test_what_is_read_without_naming_fields_leaves_costs_out(self):
        clerk = self.users["clerk"]
        template = self.tea.product_tmpl_id.with_user(clerk)
        self.assertFalse(self.env["sale.order.line"].with_user(clerk).fields_get(["purchase_price"]))
        self.assertNotIn("standard_price", template.fields_get())
        self.assertNotIn("standard_price", self.tea.with_user(clerk).fields_get())
        self.assertIn("standard_price", self.tea.with_user(self.users["buyer"]).fields_get())

    def test_pages_have_no_place_for_costs(self):
        for model, costs in {
            "product.template": {"standard_price"},
            "product.product": {"standard_price", "avg_cost", "total_value"},
            "sale.order": {"margin", "margin_percent", "purchase_price"},
        }.items():
            for kind in ("form", "list"):
                shown = {
                    role: self._shown(model, kind, self.users[role]) & costs for role in ("clerk", "buyer", "owner")
                }
                with self.subTest(model=model, kind=kind):
                    self.assertFalse(shown["clerk"])
                    self.assertEqual(shown["buyer"], shown["owner"])
        self.assertIn("standard_price", self._shown("product.template", "form", self.users["owner"]))

    def test_a_hidden_margin_leaves_no_empty_brackets(self):
        arch = self.env["sale.order"].with_user(self.users["clerk"]).get_view(view_type="form")["arch"]
        self.assertFalse([text for text in etree.fromstring(arch).itertext() if text.strip() in ("(", ")", "()")])

    def _shown(self, model, kind, user):
        arch = self.env[model].with_user(user).get_view(view_type=kind)["arch"]
        return {node.get("name") for node in etree.fromstring(arch).iter("field")}

    def test_the_product_page_opens_for_a_clerk(self):
        clerk = self.users["clerk"]
        for record in (self.tea.with_user(clerk), self.tea.product_tmpl_id.with_user(clerk)):
            names = self._shown(record._name, "form", clerk) & set(record._fields)
            self.assertTrue(record.web_read({name: {} for name in names if record._fields[name].type != "one2many"}))

    # -- work goes on -----------------------------------------------------------------------------------------------

    def test_a_clerk_enters_and_confirms_and_a_hand_ships_and_it_is_valued(self):
        order = self._order(self.users["clerk"])
        order.action_confirm()
        self.assertEqual(order.sudo().order_line.purchase_price, COST)
        copy = order.copy()
        self.assertEqual(copy.sudo().order_line.purchase_price, COST)
        picking = order.sudo().picking_ids.with_user(self.users["warehouse"])
        picking.move_ids.quantity = 1
        picking.move_ids.picked = True
        picking.with_context(skip_backorder=True, picking_ids_not_to_backorder=[]).button_validate()
        self.assertEqual(picking.state, "done")
        rest = picking.backorder_ids
        rest.move_ids.quantity = 1
        rest.move_ids.picked = True
        rest.button_validate()
        self.assertEqual([abs(move.value) for move in (picking | rest).sudo().move_ids], [COST, COST])

    def test_what_arrives_keeps_its_price_whoever_receives_it(self):
        buyer, hand = self.users["buyer"], self.users["warehouse"]
        self.tea.categ_id.property_cost_method = "average"
        line = {"product_id": self.tea.id, "product_qty": 10, "price_unit": 70}
        purchase = self.env["purchase.order"].with_user(buyer)
        purchase = purchase.create({"partner_id": self.vendor.id, "order_line": [Command.create(line)]})
        purchase.button_confirm()
        receipt = purchase.sudo().picking_ids.with_user(hand)
        receipt.move_ids.quantity = 4
        receipt.move_ids.picked = True
        receipt.with_context(skip_backorder=True, picking_ids_not_to_backorder=[]).button_validate()
        rest = receipt.backorder_ids
        rest.move_ids.picked = True
        rest.button_validate()
        self.assertEqual([move.value for move in (receipt | rest).sudo().move_ids], [280, 420])

    def test_a_hand_counts_moves_and_scraps(self):
        hand = self.users["warehouse"]
        quants = self.env["stock.quant"].with_user(hand).with_context(inventory_mode=True)
        quant = quants.create(
            {
                "product_id": self.tea.id,
                "location_id": self.warehouse.lot_stock_id.id,
                "inventory_quantity": 18,
            }
        )
        quant.action_apply_inventory()
        self.assertEqual(self.tea.qty_available, 18)
        scrap = self.env["stock.scrap"].with_user(hand).create({"product_id": self.tea.id, "scrap_qty": 1})
        scrap.action_validate()
        self.assertEqual(self.tea.qty_available, 17)
