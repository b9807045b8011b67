"""When a shop's sync needs a person."""

import unittest

from odoo.addons.merchant_channel.core.errors import Rejected, Retryable, Unauthorised
from odoo.addons.merchant_channel.core.heartbeat import Limits, Measures, judge, missing_ids, trouble_kind

LIMITS = Limits(quiet=1800, push=600, errors=10, session=3, order=4 * 3600)


class TestJudge(unittest.TestCase):
    def test_a_shop_within_its_limits_is_left_alone(self):
        calm = Measures(pull_age=1800, push_age=600, errors=9, session_left=3 * 86400, order_age=4 * 3600)
        self.assertEqual(judge(calm, LIMITS), {})

    def test_each_limit_raises_its_own_alarm_with_its_figure(self):
        bad = Measures(pull_age=5400, push_age=720, errors=10, session_left=-7200, missing=2, order_age=5 * 3600)
        self.assertEqual(
            judge(bad, LIMITS), {"quiet": 90, "push": 12, "errors": 10, "session": -2, "missing": 2, "no_orders": 5}
        )

    def test_what_is_not_known_or_not_limited_raises_none(self):
        self.assertEqual(judge(Measures(), LIMITS), {})
        self.assertEqual(judge(Measures(pull_age=10**9, push_age=10**9, errors=99, order_age=10**9), Limits()), {})


class TestTrouble(unittest.TestCase):
    def test_what_a_refusal_is_counted_as(self):
        for problem, kind in (
            (Retryable("wait"), "throttled"),
            (Retryable("cut", uncertain=True), "unreachable"),
            (Unauthorised("session"), "unauthorised"),
            (Rejected("no"), "refused"),
        ):
            self.assertEqual(trouble_kind(problem), kind)


class TestMissing(unittest.TestCase):
    def test_each_once_in_the_platforms_order(self):
        self.assertEqual(missing_ids(["3", "1", "3", "2"], ["1"]), ["3", "2"])
