import random
from datetime import date, datetime, time, timedelta

from odoo import fields
from odoo.tests import tagged

from ..core.classify import abc, xyz
from ..core.cover import counted_stock, days_of_cover
from ..core.demand import Day, demand
from ..core.line import low_level, low_line, low_measure, over_level, slow_level
from .common import StockAlertCase


@tagged("post_install", "-at_install")
class TestEqualToTheReference(StockAlertCase):
    """Random histories: the set-based figures equal Odoo's own product figures and the plain Python of the core."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dozen = cls.env.ref("uom.product_uom_dozen")
        cls.owner = cls.env["res.partner"].create({"name": "货主"})
        cls.other = cls.env["res.company"].create({"name": "别家"})
        cls.other_warehouse = cls.env["stock.warehouse"].search([("company_id", "=", cls.other.id)])
        cls.has_expiry = "expiration_date" in cls.env["stock.quant"]._fields

    def test_random_histories(self):
        for seed in range(12):
            with self.subTest(seed=seed):
                product = self.make_product(f"货 {seed}")
                self.kit = self._kit_of(product)
                self._replay(random.Random(seed), product)

    def _kit_of(self, product):
        """A kit of two of it and something else, where Odoo's manufacturing app is installed."""
        if "mrp.bom" not in self.env:
            return None
        kit, other = self.make_product(f"{product.name} 套装"), self.make_product(f"{product.name} 配件")
        lines = [(0, 0, {"product_id": part.id, "product_qty": units}) for part, units in ((product, 2), (other, 1))]
        self.env["mrp.bom"].create(
            {"product_tmpl_id": kit.product_tmpl_id.id, "type": "phantom", "bom_line_ids": lines}
        )
        return kit

    def _replay(self, dice, product):
        self._rule(dice, product)
        for _step in range(dice.randint(3, 14)):
            self._something(dice, product)
            if dice.random() < 0.3:
                self.evaluate()
                self._check(product)
        self.evaluate()
        self._check(product)
        self.marks._evaluate_everything(self.company)
        self._check(product)

    def _rule(self, dice, product):
        self.threshold(
            product_id=product.id,
            method=dice.choice(["quantity", "days", "reorder"]),
            quantity=dice.randint(0, 20),
            days=dice.randint(1, 20),
            service=dice.choice([0.8, 0.95, 0.99]),
            leave=dice.choice([0, 0.2, 0.5]),
            with_incoming=dice.random() < 0.5,
        )
        self.threshold(
            product_id=product.id, kind="over", method=dice.choice(["quantity", "days"]), quantity=30, days=20
        )
        self.threshold(product_id=product.id, kind="slow", days=10)
        self.threshold(product_id=product.id, kind="expiring", days=15)

    def _something(self, dice, product):
        warehouse = dice.choice([self.wuhan, self.hangzhou])
        step = dice.choice(
            [
                *("put", "sell", "sell", "sell", "order", "expect", "return", "transfer", "transit", "cancel", "owner"),
                *("dozen", "kit", "archive", "lot", "lot"),
            ]
        )
        units, ago = dice.randint(1, 12), dice.randint(0, 40)
        when = fields.Datetime.now() - timedelta(days=ago)
        if step == "put":
            self.put(dice.choice([-5, -1, 3, 20, 40]), product, warehouse)
        elif step == "sell":
            self.sell(units, product, warehouse, ago)
        elif step == "order":
            self.order(units, product, warehouse)
        elif step == "expect":
            self.expect(units, dice.randint(-12, 20), product, warehouse)
        elif step == "return":
            self.move(units * 5, self.customers, warehouse.lot_stock_id, product, done=True, date=when)
        elif step == "transfer":
            done = dice.random() < 0.5
            self.move(
                units, self.wuhan.lot_stock_id, self.hangzhou.lot_stock_id, product, done=done, date=done and when
            )
        elif step == "transit":
            self._by_transit(units, product, arrives=dice.random() < 0.5)
        elif step == "kit" and self.kit:
            self._sell_kit(warehouse, done=dice.random() < 0.5)
        elif step == "lot" and self.has_expiry:
            self._put_lot(units, product, warehouse, expires=dice.choice([-3, 13, 17, 40]))
        elif step == "archive":
            product.active = not product.active
        elif step == "cancel":
            open_moves = self.env["stock.move"].search([("product_id", "=", product.id), ("state", "!=", "done")])
            open_moves[:1]._action_cancel()
        elif step == "owner":
            self.env["stock.quant"]._update_available_quantity(
                product, warehouse.lot_stock_id, units, owner_id=self.owner
            )
            elsewhere = self.other_warehouse.lot_stock_id
            self.env["stock.quant"].sudo()._update_available_quantity(product, elsewhere, units)
        else:
            self._sell_dozen(product, warehouse)

    def _by_transit(self, units, product, arrives):
        """From one warehouse to the other in two steps; on its way it is in neither."""
        transit = self.company.internal_transit_location_id
        self.move(units, self.wuhan.lot_stock_id, transit, product, done=True)
        self.move(units, transit, self.hangzhou.lot_stock_id, product, days=3, done=arrives)

    def _sell_kit(self, warehouse, done):
        moves = self.env["stock.move"].create(
            {
                "product_id": self.kit.id,
                "product_uom_qty": 1,
                "product_uom": self.kit.uom_id.id,
                "picking_type_id": warehouse.out_type_id.id,
                "location_id": warehouse.lot_stock_id.id,
                "location_dest_id": self.customers.id,
                "company_id": self.company.id,
            }
        )
        moves = moves._action_confirm()
        if done:
            for move in moves:
                move.quantity, move.picked = move.product_uom_qty, True
            moves._action_done()

    def _put_lot(self, units, product, warehouse, expires):
        """:param expires: days from now"""
        name = f"批 {self.env['stock.lot'].search_count([])}"
        lot = self.env["stock.lot"].create({"product_id": product.id, "name": name})
        lot.expiration_date = fields.Datetime.now() + timedelta(days=expires)
        self.env["stock.quant"]._update_available_quantity(product, warehouse.lot_stock_id, units, lot_id=lot)

    def _sell_dozen(self, product, warehouse):
        move = self.order(1, product, warehouse)
        move.product_uom = self.dozen
        move.quantity, move.picked = 1, True
        move._action_done()

    def _check(self, product):
        for warehouse in self.wuhan | self.hangzhou:
            position = self.position(product, warehouse)
            here = [("product_id", "=", product.id), ("location_id.warehouse_id", "=", warehouse.id)]
            self.assertTrue(position or not product.active or not self.env["stock.quant"].search(here))
            if position:
                self.assertEqual(position.active, product.active)
                self._check_stock(product.with_context(warehouse_id=warehouse.id), position)
                self._check_demand(position)
                self._check_judgement(position)
                self._check_alerts(position)

    def _check_stock(self, product, position):
        product.invalidate_recordset()
        self.assertAlmostEqual(position.on_hand, product.qty_available)
        self.assertAlmostEqual(position.free, product.free_qty)
        self.assertAlmostEqual(position.outgoing, product.outgoing_qty)
        self.assertAlmostEqual(position.incoming, product.incoming_qty)

    def _check_demand(self, position):
        days, today = self._days(position), self.env["merchant.stock.figures"]._today(self.company)
        wanted = demand(days, position.on_hand, today, 28, position.daily)
        self.assertAlmostEqual(position.daily, wanted.daily, 3)
        self.assertAlmostEqual(position.deviation, wanted.deviation, 3)
        self.assertEqual((position.sold, position.counted_days), (wanted.sold, wanted.counted))
        self.assertEqual(position.out_days, wanted.out)

    def _days(self, position):
        """The days, from Odoo's done lines, in the slow obvious way."""
        found = {}
        lines = self.env["stock.move.line"].search(
            [("product_id", "=", position.product_id.id), ("state", "=", "done")]
        )
        for line in lines:
            leaves = line.location_id.warehouse_id == position.warehouse_id
            comes = line.location_dest_id.warehouse_id == position.warehouse_id
            if leaves != comes:
                day = (line.date + timedelta(hours=8)).date()
                sold, change = found.get(day, (0, 0))
                units = line.quantity_product_uom
                sold += units if leaves and line.location_dest_id.usage == "customer" else 0
                found[day] = sold, change + (units if comes else -units)
        return [Day(day, *figures) for day, figures in found.items()]

    def _check_judgement(self, position):
        if not position.active:
            self.assertEqual((position.level, position.state), (0, "ok"))
            return
        rule, facts = position.low_rule_id._to_core(), position._to_core()
        moves = self.env["stock.move"].search(
            [
                ("product_id", "=", position.product_id.id),
                ("state", "in", ("waiting", "confirmed", "assigned", "partially_available")),
                ("location_dest_id.warehouse_id", "=", position.warehouse_id.id),
                ("location_id.warehouse_id", "!=", position.warehouse_id.id),
            ]
        )
        today = self.env["merchant.stock.figures"]._today(self.company)
        receipts = [((move.date + timedelta(hours=8)).date() - today, move.product_qty) for move in moves]
        wanted = counted_stock(position.available, position.daily, [(day.days, units) for day, units in receipts])
        self.assertAlmostEqual(position.counted, wanted)
        self.assertAlmostEqual(position.days_cover, round(days_of_cover(wanted, position.daily) or 0, 1), 1)
        self.assertAlmostEqual(position.low_line, low_line(facts, rule), 1)
        self.assertAlmostEqual(position.low_measure, low_measure(facts, rule), 1)
        self.assertIn(position.low_level, {low_level(facts, rule, before) for before in (0, 1)})
        over = {over_level(facts, position.over_rule_id._to_core(), before) for before in (0, 1)}
        self.assertIn(position.over_level, over)
        self.assertEqual(position.slow_level, slow_level(facts, position.slow_rule_id._to_core(), position.idle_days))
        expiring = self._expiring(position, today)
        self.assertEqual((position.expiring, position.expiring_level), (expiring, 2 if expiring else 0))

    def _expiring(self, position, today):
        """What lies in lots that are gone before the threshold's fifteen days are over."""
        if not self.has_expiry:
            return 0
        quants = self.env["stock.quant"].search(
            [("product_id", "=", position.product_id.id), ("location_id.warehouse_id", "=", position.warehouse_id.id)]
        )
        end = datetime.combine(today + timedelta(days=15), time())
        return sum(
            quant.quantity
            for quant in quants
            if quant.quantity > 0 and quant.expiration_date and quant.expiration_date < end
        )

    def _check_alerts(self, position):
        wanted = {kind for kind in ("low", "over", "slow", "expiring", "negative") if position[f"{kind}_level"]}
        alerts = self.alerts(position.product_id, position.warehouse_id)
        self.assertEqual(sorted(alerts.mapped("kind")), sorted(wanted))


@tagged("post_install", "-at_install")
class TestSales(StockAlertCase):
    def test_days_without_stock_are_left_out(self):
        self.move(
            40, self.suppliers, self.wuhan.lot_stock_id, done=True, date=fields.Datetime.now() - timedelta(days=10)
        )
        self.sell(40, ago=6)
        self.evaluate()
        position = self.position()
        self.assertRecordValues(position, [{"on_hand": 0, "counted_days": 5, "out_days": 5, "sold": 40}])
        self.assertAlmostEqual(position.daily, 8)

    def test_the_days_shown_add_up_to_the_average(self):
        self.put(100)
        for ago in (1, 2, 5):
            self.sell(4, ago=ago)
        self.evaluate()
        why = self.position().demand_why
        sold = sum(float(row[1].replace(",", "")) for row in why["table"]["rows"] if row[3] == "✓")
        counted = sum(row[3] == "✓" for row in why["table"]["rows"])
        self.assertEqual((sold, counted), (12, 5))
        self.assertIn("2.4", why["summary"])

    def test_a_huge_return_does_not_make_demand_negative(self):
        self.put(10)
        self.sell(2, ago=3)
        back = fields.Datetime.now() - timedelta(days=2)
        self.move(500, self.customers, self.wuhan.lot_stock_id, done=True, date=back)
        self.evaluate()
        self.assertRecordValues(self.position(), [{"sold": 2, "on_hand": 508}])

    def test_a_product_without_history_has_no_run_out_date(self):
        self.put(10)
        self.evaluate()
        self.assertRecordValues(self.position(), [{"daily": 0, "days_cover": 0, "runout_date": False, "level": 0}])
        self.assertFalse(self.position().low_rule_id)

    def test_the_first_day_counts_when_it_sells(self):
        self.put(10)
        self.sell(4)
        self.evaluate()
        self.assertRecordValues(self.position(), [{"daily": 4, "counted_days": 1}])

    def test_a_lead_time_of_zero_counts_as_not_known(self):
        self.threshold(method="reorder", lead=0)
        self.put(100)
        self.sell(28, ago=28)
        self.evaluate()
        self.assertEqual(self.position().low_line, round(7 + 1.6449 * (7 * 28) ** 0.5, 2))

    def test_a_missing_lead_time_falls_back_to_the_thresholds(self):
        self.threshold(method="reorder", lead=12)
        self.put(100)
        self.sell(28, ago=28)
        self.evaluate()
        position = self.position()
        self.assertEqual((position.lead_source, position.low_line), ("none", round(12 + 1.6449 * (12 * 28) ** 0.5, 2)))
        self.assertIn("12", str(position.why))

    def test_the_reorder_point_sees_a_shelf_that_is_empty_before_the_goods_come(self):
        self.threshold(method="reorder", lead=7)
        self.put(40)
        self.sell(28, ago=7)
        self.expect(500, days=20)
        self.evaluate()
        position = self.position()
        self.assertEqual((position.low_measure, position.incoming, position.state), (12, 500, "late"))

    def test_a_position_whose_lead_time_was_never_looked_up_has_a_line(self):
        self.threshold(method="reorder", lead=7)
        self.put(10)
        self.sell(8, ago=1)
        self.env.flush_all()
        figures, today = self.env["merchant.stock.figures"], self.env["merchant.stock.figures"]._today(self.company)
        ids, days = figures._positions(self.company, {(self.tea.id, self.wuhan.id): None})
        figures._refresh_stock(self.company, ids)
        figures._refresh_days(self.company, today, ids, days)
        figures._refresh_demand(self.company, today, ids)
        self.env["merchant.stock.judge"]._judge(self.company, today, ids)
        self.assertEqual(self.position().low_line, 56)

    def test_a_clock_moved_back_keeps_what_is_known(self):
        self.put(50)
        self.sell(5, ago=2)
        self.evaluate()
        figures = self.env["merchant.stock.figures"]
        earlier = figures._today(self.company) - timedelta(days=1)
        position = self.position()
        figures._refresh_days(self.company, earlier, position.ids)
        figures._refresh_demand(self.company, earlier, position.ids)
        position.invalidate_recordset()
        self.assertEqual(position.sold, 5)

    def test_changing_a_done_delivery_counts_its_day_again(self):
        self.put(50)
        delivery = self.sell(5, ago=9)
        self.evaluate()
        delivery.move_line_ids.quantity = 8
        self.evaluate()
        self.assertEqual(self.position().sold, 8)

    def test_a_kit_is_not_watched(self):
        if "mrp.bom" not in self.env:
            self.skipTest("Odoo's manufacturing app is not installed")
        kit = self.make_product("套装")
        self.put(3, kit)  # what lies there from before it became a kit
        self.env["mrp.bom"].create(
            {
                "product_tmpl_id": kit.product_tmpl_id.id,
                "type": "phantom",
                "bom_line_ids": [(0, 0, {"product_id": self.tea.id, "product_qty": 2})],
            }
        )
        self.evaluate()
        self.assertFalse(self.position(kit).active)

    def test_expiring_lots_are_told(self):
        if "expiration_date" not in self.env["stock.quant"]._fields:
            self.skipTest("Odoo keeps no expiration dates here")
        self.threshold(kind="expiring", days=30)
        product = self.make_product("糕点", tracking="lot", use_expiration_date=True)
        lot = self.env["stock.lot"].create({"product_id": product.id, "name": "L1"})
        lot.expiration_date = fields.Datetime.now() + timedelta(days=10)
        self.env["stock.quant"]._update_available_quantity(product, self.wuhan.lot_stock_id, 6, lot_id=lot)
        self.evaluate()
        self.assertEqual(self.position(product).expiring, 6)


@tagged("post_install", "-at_install")
class TestClasses(StockAlertCase):
    def test_classes_equal_the_reference(self):
        dice, today = random.Random(7), self.env["merchant.stock.figures"]._today(self.company)
        products = self.env["product.product"].browse()
        weeks = {}
        for number in range(8):
            product = self.make_product(f"货 {number}", list_price=number + 1)
            products |= product
            self.put(1, product)
            units = weeks[product.id] = [dice.choice([0, 1, 5, 5, 6, 40]) for _week in range(13)]
            self._sales(product, units, today)
        self.evaluate()
        self.env["merchant.stock.figures"]._classify(self.company, today)
        self.env["merchant.stock.position"].invalidate_model()
        wanted = abc({product.id: sum(weeks[product.id]) * product.list_price for product in products})
        for product in products:
            position = self.position(product)
            self.assertEqual((position.abc, position.xyz), (wanted[product.id], xyz(weeks[product.id])))

    def test_classes_move_on_with_the_month(self):
        self.put(1)
        self.evaluate()
        for today, before, classified in (("2026-12-01", "2026-11-30", True), ("2026-12-02", "2026-12-01", False)):
            self.env.cr.execute("UPDATE merchant_stock_position SET abc = NULL WHERE id = %s", (self.position().id,))
            self.company.stock_alert_day = before
            self.marks._begin_day(self.company, date.fromisoformat(today))
            self.env.invalidate_all()
            self.assertEqual(bool(self.position().abc), classified)

    def _sales(self, product, units, today):
        for week, sold in enumerate(units):
            if sold:
                noon = datetime.combine(today - timedelta(days=7 * week + 1), time(4))
                source = self.wuhan.lot_stock_id
                self.move(sold, source, self.customers, product, done=True, date=noon)


@tagged("post_install", "-at_install")
class TestMoney(StockAlertCase):
    """What a day without stock costs is in the company's own currency, at the variant's own price."""

    def setUp(self):
        super().setUp()
        main = self.env["res.company"]._get_main_company().currency_id
        self.company.currency_id = self.env["res.currency"].create({"name": "HK$", "symbol": "HK$", "rounding": 0.01})
        for currency, rate in ((self.company.currency_id, 1), (main, 0.8)):
            self.env["res.currency.rate"].create(
                {"currency_id": currency.id, "rate": rate, "company_id": self.company.id, "name": "2020-01-01"}
            )

    def _sold(self, product):
        self.put(10, product)
        self.sell(2, product)
        self.evaluate()
        return self.position(product)

    def test_goods_for_all_companies_are_converted(self):
        self.assertRecordValues(self._sold(self.tea), [{"price": 12.5, "money_per_day": 25}])
        self.threshold(method="quantity", quantity=100)
        self.evaluate()
        self.assertIn("HK$", self.alerts().summary)
        self.assertIn("25.00", self.alerts().summary)

    def test_a_companys_own_goods_are_in_its_currency(self):
        own = self.make_product("奶茶", company_id=self.company.id)
        self.assertRecordValues(self._sold(own), [{"price": 10, "money_per_day": 20}])

    def test_two_currencies_are_not_added_up(self):
        """Odoo shows a total of several currencies in the reader's own, converted."""
        self._sold(self.tea)
        groups = self.env["merchant.stock.position"].formatted_read_group(
            [("product_id", "=", self.tea.id)],
            ["company_id"],
            ["money_per_day:sum_currency", "currency_id:array_agg_distinct"],
        )
        self.assertEqual(groups[0]["currency_id:array_agg_distinct"], self.company.currency_id.ids)

    def test_a_variant_has_its_own_price(self):
        own = self.env["product.template"].create(
            {"name": "壶", "is_storable": True, "list_price": 10, "company_id": self.company.id}
        )
        size = self.env["product.attribute"].create(
            {"name": "容量", "value_ids": [(0, 0, {"name": "小"}), (0, 0, {"name": "大", "default_extra_price": 5})]}
        )
        own.attribute_line_ids = [(0, 0, {"attribute_id": size.id, "value_ids": [(6, 0, size.value_ids.ids)]})]
        small, large = own.product_variant_ids.sorted("lst_price")
        self.assertRecordValues(self._sold(small) + self._sold(large), [{"price": 10}, {"price": 15}])
        large.product_template_attribute_value_ids.price_extra = 8
        self.evaluate()
        self.assertRecordValues(self.position(large), [{"price": 18, "money_per_day": 36}])
