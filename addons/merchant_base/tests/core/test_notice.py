"""When people are told, and how much at once."""

import unittest
from datetime import datetime

from odoo.addons.merchant_base.core import notice


def at(hour, minute=0, day=11):
    return datetime(2026, 11, day, hour, minute)


class TestQuietHours(unittest.TestCase):
    def test_a_night_over_midnight(self):
        self.assertEqual(notice.quiet_until(at(23), 22.5, 7), at(7, day=12))
        self.assertEqual(notice.quiet_until(at(3), 22.5, 7), at(7))
        self.assertIsNone(notice.quiet_until(at(7), 22.5, 7))
        self.assertIsNone(notice.quiet_until(at(22, 29), 22.5, 7))

    def test_a_rest_at_noon(self):
        self.assertEqual(notice.quiet_until(at(12, 30), 12, 13.5), at(13, 30))
        self.assertIsNone(notice.quiet_until(at(14), 12, 13.5))

    def test_equal_hours_mean_none(self):
        self.assertIsNone(notice.quiet_until(at(3), 0, 0))


class TestDigest(unittest.TestCase):
    def test_today_when_the_hour_is_still_to_come_else_tomorrow(self):
        self.assertEqual(notice.digest_at(at(8), 9), at(9))
        self.assertEqual(notice.digest_at(at(9), 9), at(9))
        self.assertEqual(notice.digest_at(at(9, 1), 9), at(9, day=12))


class TestSummary(unittest.TestCase):
    def test_the_most_severe_first_and_the_rest_counted(self):
        notices = [("info", f"i{number}", "") for number in range(25)] + [("critical", "c", "3 left\nand more")]
        lines = notice.summary(notices, lambda count: f"+{count}").splitlines()
        self.assertEqual(lines[0], "• c: 3 left")
        self.assertEqual(lines[-1], "+6")
        self.assertEqual(len(lines), notice.MOST_LINES + 1)

    def test_what_does_not_fit_is_counted_and_no_line_is_cut(self):
        notices = [("info", f"货品 {number:02}", "还剩 3 件") for number in range(10)]
        size = 3 * len("• 货品 00: 还剩 3 件\n".encode()) + len("+7")
        told = notice.summary(notices, lambda count: f"+{count}", size)
        self.assertEqual(told.splitlines()[2:], ["• 货品 02: 还剩 3 件", "+7"])
        self.assertEqual(len(told.encode()), size)
        self.assertEqual(notice.summary(notices, lambda count: f"+{count}", 1).splitlines()[1:], ["+9"])

    def test_waiting_doubles_up_to_an_hour(self):
        self.assertEqual([notice.wait(attempts) for attempts in (1, 2, 3, 20)], [60, 120, 240, 3600])
