import unittest
from datetime import date, timedelta

from odoo.addons.merchant_stock_alert.core.demand import Day, demand, window_days

TODAY = date(2026, 11, 11)


def ago(days):
    return TODAY - timedelta(days=days)


class DemandTest(unittest.TestCase):
    def test_the_average_of_the_window(self):
        days = [Day(ago(4), 0, 100), Day(ago(3), 6, -6), Day(ago(1), 2, -2)]
        result = demand(days, 92, TODAY, 28)
        self.assertEqual((result.daily, result.sold, result.counted, result.out), (2.0, 8, 4, 0))

    def test_a_day_that_began_and_ended_without_stock_is_left_out(self):
        days = [Day(ago(5), 0, 10), Day(ago(4), 10, -10)]
        result = demand(days, 0, TODAY, 28)
        self.assertEqual((result.daily, result.counted, result.out), (5.0, 2, 3))

    def test_a_day_that_sold_counts_even_if_it_ended_empty(self):
        days = [Day(ago(2), 0, 10), Day(ago(1), 10, -10)]
        self.assertEqual([day.counts for day in window_days(days, 0, TODAY, 28)], [True, True])

    def test_today_counts_only_when_it_sells_more_than_usual(self):
        days = [Day(ago(2), 0, 100), Day(ago(1), 4, -4)]
        self.assertEqual(demand([*days, Day(TODAY, 1, -1)], 95, TODAY, 28).daily, 2.0)
        self.assertEqual(demand([*days, Day(TODAY, 20, -20)], 76, TODAY, 28).daily, 8.0)

    def test_the_last_known_average_stays_when_all_days_were_sold_out(self):
        days = [Day(ago(60), 0, 10), Day(ago(50), 10, -10)]
        self.assertEqual(demand(days, 0, TODAY, 28, before=3.5).daily, 3.5)

    def test_no_history_is_no_demand(self):
        self.assertEqual(demand([], 5, TODAY, 28, before=3.5).daily, 0.0)

    def test_returns_do_not_lower_demand(self):
        days = [Day(ago(2), 4, -4), Day(ago(1), 0, 500)]
        self.assertEqual(demand(days, 600, TODAY, 28).daily, 2.0)
