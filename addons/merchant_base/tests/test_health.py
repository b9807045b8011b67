from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged

from .common import NEW, keys, no_keys


@tagged("post_install", "-at_install")
class TestHealth(HttpCase):
    def setUp(self):
        super().setUp()
        self.enterContext(keys(NEW))
        self.cron = self.env.ref("merchant_base.cron_notifications")
        self.cron.nextcall = fields.Datetime.now()

    def _get(self, path, token=None):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.url_open(path, headers=headers)

    def test_a_stranger_learns_only_that_it_works(self):
        reply = self._get("/merchant/health", "guessed")
        self.assertEqual((reply.status_code, reply.json()), (200, {"status": "pass"}))
        self.assertEqual(self._get("/merchant/metrics").status_code, 401)

    def test_the_token_shows_every_measure_and_a_new_one_ends_the_former(self):
        former = self.env["merchant.health"]._new_token()
        token = self.env["merchant.health"]._new_token()
        self.assertEqual(self._get("/merchant/metrics", former).status_code, 401)
        self.assertIn("database_down", self._get("/merchant/health", token).json()["checks"])
        metrics = self._get("/merchant/metrics", token)
        self.assertIn("\nhankou_up 1\n", metrics.text)
        self.assertIn("text/plain; version=0.0.4", metrics.headers["Content-Type"])
        kept = self.env["ir.config_parameter"].get_param("merchant_base.health_token_hash")
        self.assertNotIn(token, kept)

    def test_stopped_schedules_and_a_missing_key_are_a_failure(self):
        self.cron.nextcall = fields.Datetime.now() - timedelta(hours=1)
        self.assertEqual(self._get("/merchant/health").status_code, 503)
        self.cron.write({"nextcall": fields.Datetime.now(), "active": False})
        self.assertEqual(self._get("/merchant/health").status_code, 503)
        token = self.env["merchant.health"]._new_token()
        self.assertNotIn("Infinity", self._get("/merchant/health", token).text)
        self.cron.active = True
        with no_keys():
            self.assertEqual(self._get("/merchant/health").json(), {"status": "fail"})

    def test_only_an_owner_makes_the_token(self):
        clerk = new_test_user(self.env, "health_clerk", groups="merchant_base.group_clerk,base.group_system")
        settings = self.env["res.config.settings"].create({})
        with self.assertRaises(AccessError):
            settings.with_user(clerk).action_merchant_health_token()
        with patch.object(type(self.env["merchant.health"]), "_new_token", lambda model: "shown once"):
            action = settings.action_merchant_health_token()
        self.assertEqual(action["context"], {"default_token": "shown once"})
