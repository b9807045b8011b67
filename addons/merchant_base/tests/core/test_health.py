"""What outside monitors read."""

import unittest

from odoo.addons.merchant_base.core.health import Measure, status, to_json, to_prometheus

QUIET = Measure("pull_age_seconds", "Age.", 5400, {"shop": 'Tea "A"\nB'}, limit=1800)
FINE = Measure("pull_age_seconds", "Age.", 30.5, {"shop": "C"}, limit=1800)
TOLD = Measure("orders_total", "Orders.", 12)
DOWN = Measure("secrets_key_missing", "Key.", 1, limit=0, vital=True)
UNKNOWN = Measure("push_age_seconds", "Age.", None, limit=60)


class TestHealth(unittest.TestCase):
    def test_a_part_over_its_limit_warns_and_a_vital_one_fails(self):
        self.assertEqual(status([FINE, TOLD, UNKNOWN]), "pass")
        self.assertEqual(status([FINE, QUIET]), "warn")
        self.assertEqual(status([QUIET, DOWN]), "fail")

    def test_json_has_every_measure_with_its_labels(self):
        checks = to_json([QUIET, FINE, TOLD])["checks"]
        self.assertEqual([row["status"] for row in checks["pull_age_seconds"]], ["warn", "pass"])
        self.assertEqual(checks["orders_total"], [{"observedValue": 12, "status": "pass"}])

    def test_prometheus_gets_one_head_for_each_name_and_escaped_labels(self):
        text = to_prometheus([QUIET, TOLD, FINE, UNKNOWN])
        self.assertEqual(text.count("# TYPE hankou_pull_age_seconds gauge"), 1)
        self.assertIn('hankou_pull_age_seconds{shop="Tea \\"A\\"\\nB"} 5400\n', text)
        self.assertIn('hankou_pull_age_seconds{shop="C"} 30.5\n', text)
        self.assertIn("hankou_push_age_seconds NaN\n", text)
        self.assertTrue(text.endswith("hankou_up 1\n"))
        self.assertIn("hankou_up 0\n", to_prometheus([DOWN]))
