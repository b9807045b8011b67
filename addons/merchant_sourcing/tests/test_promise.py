from datetime import date, datetime, timedelta

from odoo.tests import tagged

from .common import SourcingCase

FRIDAY = datetime(2026, 11, 20, 9, 0)  # in UTC; 17:00 in Shanghai


@tagged("post_install", "-at_install")
class TestPromise(SourcingCase):
    """On which day an order is promised to leave, and that its delivery is planned for that day."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.resource_calendar_id.tz = "Asia/Shanghai"
        cls.rule(warehouses=[cls.wuhan])
        cls.stock(tea={cls.wuhan: 99})

    def calendar(self, tz="Asia/Shanghai", **values):
        self.wuhan.merchant_calendar_id = self.env["resource.calendar"].create(
            {"name": "周一至周五", "tz": tz, **values}
        )
        return self.wuhan.merchant_calendar_id

    def ships(self, *orders, moment=FRIDAY):
        plans = self.env["merchant.sourcing.engine"]._decide(
            self.env["sale.order"].union(*orders), self.ruleset.rule_ids._to_core(), moment
        )
        return [decision.ships for _order, _core, decision in plans]

    def test_nobody_works_on_a_public_holiday(self):
        calendar = self.calendar()
        self.wuhan.write({"merchant_has_cutoff": True, "merchant_cutoff": 16})
        order = self.order((self.tea, 1))
        self.assertEqual(self.ships(order), [date(2026, 11, 23)])
        self.env["resource.calendar.leaves"].create(
            {"name": "盘点", "calendar_id": calendar.id, "date_from": datetime(2026, 11, 22, 16),
             "date_to": datetime(2026, 11, 23, 16)}
        )  # fmt: skip
        self.assertEqual(self.ships(order), [date(2026, 11, 24)])

    def test_the_cut_off_is_in_the_warehouses_own_time_zone(self):
        self.calendar("America/Los_Angeles")  # one in the morning there, on Friday
        self.wuhan.write({"merchant_has_cutoff": True, "merchant_cutoff": 16})
        order = self.order((self.tea, 1))
        self.assertEqual(self.ships(order), [date(2026, 11, 20)])
        self.assertEqual(self.ships(order, moment=datetime(2026, 11, 21, 0, 30)), [date(2026, 11, 23)])

    def test_an_order_for_a_later_day_is_promised_for_that_day_or_the_last_open_one_before(self):
        self.calendar()
        thursday = self.order((self.tea, 1), commitment_date=datetime(2026, 11, 26, 2))
        night = self.order((self.tea, 1), commitment_date=datetime(2026, 11, 26, 17))  # Friday in Shanghai
        sunday = self.order((self.tea, 1), commitment_date=datetime(2026, 11, 29, 2))
        self.assertEqual(
            self.ships(thursday, night, sunday), [date(2026, 11, 26), date(2026, 11, 27), date(2026, 11, 27)]
        )

    def test_a_products_lead_time_counts_as_in_stock_odoo(self):
        self.tea.sale_delay = 3
        self.assertEqual(self.ships(self.order((self.tea, 1))), [date(2026, 11, 23)])

    def test_the_delivery_is_planned_for_the_promised_day(self):
        self.wuhan.merchant_handling_days = 2
        order = self.order((self.tea, 1))
        order.action_confirm()
        today = self.env.company._merchant_local(datetime.now()).date()
        self.assertEqual(order.merchant_ship_date, today + timedelta(days=2))
        self.assertEqual(order.merchant_part_ids.ship_date, order.merchant_ship_date)
        planned = self.env.company._merchant_local(order.picking_ids.scheduled_date)
        self.assertEqual(planned.date(), order.merchant_ship_date)
        self.assertEqual(order.picking_ids.state, "assigned")

    def test_each_delivery_of_a_divided_order_has_its_own_day(self):
        self.ruleset.rule_ids.unlink()
        self.rule(split="pieces")
        self.stock(pot={self.ningbo: 3})
        self.ningbo.merchant_handling_days = 4
        order = self.order((self.tea, 1), (self.pot, 3))
        order.action_confirm()
        days = {move.warehouse_id: move.date.date() - move.create_date.date() for move in order.picking_ids.move_ids}
        self.assertEqual(days, {self.wuhan: timedelta(0), self.ningbo: timedelta(4)})
        self.assertEqual(order.merchant_ship_date, max(order.merchant_part_ids.mapped("ship_date")))

    def test_a_full_day_is_known_to_the_next_batch(self):
        self.wuhan.merchant_capacity = 1
        first, second, third = (self.order((self.tea, 1)) for _number in range(3))
        for order in (first, second, third):
            order.action_confirm()
        self.assertEqual(second.merchant_ship_date - first.merchant_ship_date, timedelta(1))
        first._action_cancel()
        again = self.order((self.tea, 1))
        again.action_confirm()
        self.assertEqual(again.merchant_ship_date, first.merchant_ship_date)
        self.assertEqual(third.merchant_ship_date - first.merchant_ship_date, timedelta(2))

    def test_of_the_same_promised_day_the_better_customer_is_served_first(self):
        self.stock(pot={self.wuhan: 1})
        vip = self.address("老客户", "SH", "上海市")
        vip.merchant_source_rank = "2"
        day = datetime(2026, 12, 24, 1)
        plain = self.order((self.pot, 1), commitment_date=day)
        ranked = self.order((self.pot, 1), partner=vip, commitment_date=day + timedelta(hours=6))
        (plain | ranked).action_confirm()
        self.assertEqual((plain.state, ranked.state), ("draft", "sale"))


@tagged("post_install", "-at_install")
class TestWords(SourcingCase):
    def test_the_reason_is_told_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.rule(warehouses=[self.ningbo, self.wuhan], split="whole")
        self.stock(tea={self.wuhan: 5, self.ningbo: 2})
        order = self.order((self.tea, 3))
        order.action_confirm()
        told = order.merchant_decision_id.with_context(lang="en_US").why
        self.assertIn("2 of 3 in stock", str(told["table"]["rows"]))
        told = order.merchant_decision_id.with_context(lang="zh_CN").why
        self.assertNotIn("in stock", str(told))
        self.assertIn("武汉仓", told["summary"])

    def test_amounts_of_a_rule_are_in_the_companys_currency(self):
        other = (
            self.env["res.currency"]
            .with_context(active_test=False)
            .search([("id", "!=", self.env.company.currency_id.id)], limit=1)
        )
        other.active = True
        self.env["res.currency.rate"].create({"currency_id": other.id, "name": "2020-01-01", "rate": 8})
        pricelist = self.env["product.pricelist"].create({"name": "外币", "currency_id": other.id})
        self.rule("大单", [self.ningbo], amount_min=50)
        self.rule("其余", [self.wuhan])
        self.stock(tea={self.wuhan: 5, self.ningbo: 5})
        order = self.order((self.tea, 1), pricelist_id=pricelist.id)
        order.order_line.price_unit = 80  # ten of the company's
        order.action_confirm()
        self.assertEqual(order.warehouse_id, self.wuhan)
