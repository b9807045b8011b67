import unittest
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.merchant_price_tier.core.earning import Record, Step, missing, next_review, review
from odoo.addons.merchant_price_tier.core.floor import Floor, judge, limit, share
from odoo.addons.merchant_price_tier.core.reprice import effect, new_price

D = Decimal
TODAY = date(2026, 11, 11)
money = st.decimals(min_value=0, max_value=100000, places=2)


class FloorTest(unittest.TestCase):
    def test_each_kind_of_floor_has_its_lowest_price_to_the_fen(self):
        for kind, figure, cost, wanted in (
            ("amount", "19.90", "5", "19.90"),
            ("cost", "110", "33.33", "36.66"),
            ("margin", "20", "40", "50.00"),
            ("margin", "33.3", "10", "14.99"),
            ("cost", "110", "0", None),
            ("amount", "1", "0", "1.00"),
        ):
            found = limit(Floor(1, kind, D(figure), "block"), D(cost))
            self.assertEqual(found, wanted and D(wanted), (kind, figure, cost))

    def test_the_narrowest_floor_counts_even_when_a_wider_one_is_stricter(self):
        wide = Floor(1, "amount", D(90), "block")
        deep = Floor(2, "amount", D(50), "ask", scope=1, depth=3)
        shallow = Floor(3, "amount", D(60), "block", scope=1, depth=1)
        product = Floor(4, "amount", D(10), "warn", scope=0)
        tier = Floor(5, "amount", D(9), "warn", scope=0, tier=True)
        self.assertEqual(judge([wide, deep, shallow], D(55), D(1)).floor, deep)
        self.assertEqual(judge([wide, deep, product], D(55), D(1)).floor, product)
        self.assertEqual(judge([wide, product, tier], D(55), D(1)).floor, tier)

    def test_a_price_at_the_floor_is_not_below_it(self):
        floor = Floor(1, "amount", D(50), "block")
        self.assertFalse(judge([floor], D("50.00"), D(0)).below)
        self.assertFalse(judge([floor], D("49.995"), D(0)).below)
        self.assertTrue(judge([floor], D("49.99"), D(0)).below)

    def test_without_a_cost_nobody_knows_that_the_price_is_enough(self):
        self.assertTrue(judge([Floor(1, "margin", D(10), "ask")], D(1000), D(0)).below)

    @given(st.lists(money, min_size=1, max_size=8), money)
    def test_a_promotion_is_shared_to_the_last_fen(self, amounts, reward):
        lines = dict(enumerate(amounts))
        shares = share(lines, -reward)
        if any(amounts):
            self.assertEqual(sum(shares.values()), -reward)
        self.assertTrue(all(part <= 0 for part in shares.values()))


class EarningTest(unittest.TestCase):
    ladder = [Step(1, D(1000)), Step(2, D(5000), 10), Step(3, D(20000), 50, any_of=True)]

    def review(self, record, current, since=None, grace=30, today=TODAY):
        return review(self.ladder, dict.fromkeys((1, 2, 3), record), current, since, grace, today)

    def test_up_at_once_to_the_highest_that_is_earned(self):
        self.assertEqual(self.review(Record(D(1000)), None).tier, 1)
        self.assertEqual(self.review(Record(D(6000), 9), None).tier, 1)
        self.assertEqual(self.review(Record(D(6000), 10), 1).tier, 2)
        self.assertEqual(self.review(Record(D(0), 50), None).tier, 3)

    def test_down_only_after_the_days_of_grace(self):
        first = self.review(Record(D(10)), 2)
        self.assertEqual((first.tier, first.below_since), (2, TODAY))
        almost = self.review(Record(D(10)), 2, TODAY, today=TODAY + timedelta(days=29))
        self.assertEqual((almost.tier, almost.below_since), (2, TODAY))
        self.assertEqual(self.review(Record(D(10)), 2, TODAY, today=TODAY + timedelta(days=30)).tier, None)
        self.assertEqual(self.review(Record(D(1500)), 2, TODAY, today=TODAY + timedelta(days=30)).tier, 1)

    def test_down_only_on_a_review_date(self):
        late = TODAY + timedelta(days=90)
        self.assertEqual(review(self.ladder, {}, 2, TODAY, 30, late, may_fall=False).tier, 2)
        self.assertEqual(review(self.ladder, {}, 2, TODAY, 30, late).tier, None)
        earned = dict.fromkeys((1, 2, 3), Record(D(6000), 10))
        self.assertEqual(review(self.ladder, earned, 1, None, 30, late, may_fall=False).tier, 2, "up on any day")

    def test_review_dates_are_the_first_of_month_quarter_and_year(self):
        for period, today, wanted in (
            ("day", date(2026, 12, 31), date(2027, 1, 1)),
            ("month", date(2026, 11, 1), date(2026, 12, 1)),
            ("month", date(2026, 12, 31), date(2027, 1, 1)),
            ("quarter", date(2026, 1, 1), date(2026, 4, 1)),
            ("quarter", date(2026, 11, 11), date(2027, 1, 1)),
            ("year", date(2026, 1, 1), date(2027, 1, 1)),
        ):
            self.assertEqual(next_review(period, today), wanted, (period, today))

    def test_who_recovers_within_the_grace_starts_anew(self):
        self.assertIsNone(self.review(Record(D(6000), 10), 2, TODAY).below_since)

    def test_what_is_missing_is_told_figure_by_figure(self):
        self.assertEqual(missing(self.ladder[1], Record(D(4000), 10)), {"spend": D(1000)})
        self.assertEqual(missing(self.ladder[2], Record(D(19000), 40)), {"spend": D(1000), "orders": 10})
        self.assertEqual(missing(self.ladder[2], Record(D(20000), 0)), {})

    @given(money, st.integers(0, 100), st.sampled_from([None, 1, 2, 3]), st.integers(0, 60))
    def test_a_decision_is_stable(self, spend, orders, current, grace):
        record = Record(spend, orders)
        first = self.review(record, current, grace=grace)
        again = self.review(record, first.tier, first.below_since, grace=grace)
        self.assertEqual(first, again)


class RepriceTest(unittest.TestCase):
    def test_new_prices_are_exact_to_the_fen(self):
        for method, figure, old, cost, ending, wanted in (
            ("percent", "-5", "19.99", "0", None, "18.99"),
            ("percent", "10", "0.05", "0", None, "0.06"),
            ("amount", "-3", "2", "0", None, None),
            ("markup", "30", "0", "33.33", None, "43.33"),
            ("margin", "20", "0", "40", None, "50.00"),
            ("margin", "20", "0", "0", None, None),
            ("percent", "10", "100", "0", "0.99", "109.99"),
        ):
            found = new_price(method, D(figure), D(old), D(cost), ending)
            self.assertEqual(found, wanted and D(wanted), (method, figure, old))

    def test_who_gains_and_who_loses_is_summed_by_customer(self):
        found = effect(
            [("a", D(2), D(10), D(9), D(5)), ("a", D(1), D(10), D(11), D(5)), ("b", D(1), D(10), D(12), D(5))]
        )
        self.assertEqual((found["old"], found["new"], found["cost"]), (D("40.00"), D("41.00"), D("20.00")))
        self.assertEqual((found["gains"], found["loses"]), ({"a": D("1.00")}, {"b": D("2.00")}))
