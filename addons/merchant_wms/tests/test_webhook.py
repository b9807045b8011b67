import json
import time

from odoo.tests import HttpCase, tagged

from odoo.addons.merchant_base.core.webhook import LARGEST, signed
from odoo.addons.merchant_base.fields import reveal
from odoo.addons.queue_job.tests.common import trap_jobs

from .common import AT, WmsCase


@tagged("post_install", "-at_install")
class TestWebhook(WmsCase, HttpCase):
    def setUp(self):
        super().setUp()
        with trap_jobs():
            self.wms.action_webhook_secret()
        self.secret = reveal(self.wms, "webhook_secret")

    def _call(self, body, nonce="n1", timestamp=None, secret=None, key=None):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        stamp = int(timestamp or time.time())
        reply = self.url_open(
            f"/merchant/wms/{key or self.wms.webhook_key}",
            data=body,
            headers={"Content-Type": "application/json", **signed(secret or self.secret, stamp, nonce, body)},
        )
        self.env.invalidate_all()
        return reply

    def _message(self, ref="m-1", **facts):
        return {"id": ref, "type": "accepted", "at": AT % 9, "key": "K1", **facts}

    def _rows(self):
        return self.env["merchant.wms.message"].search([("wms_id", "=", self.wms.id)])

    def test_a_signed_message_is_kept_as_it_came_and_known_the_second_time(self):
        reply = self._call({"messages": [self._message(), self._message("m-2"), self._message()]})
        self.assertEqual(reply.status_code, 200, reply.text)
        self.assertEqual([each["state"] for each in reply.json()["messages"]], ["new", "new", "known"])
        self.assertEqual(self._rows().sorted("id").mapped("ref"), ["m-1", "m-2"], "in the order they came")
        again = self._call(self._message(), nonce="n2")
        self.assertEqual(again.json(), {"accepted": 1, "messages": [{"id": "m-1", "state": "known"}]})
        other = self._call(self._message(key="K2"), nonce="n3")
        self.assertEqual(other.json(), {"accepted": 0, "messages": [{"id": "m-1", "state": "differs"}]})
        self.assertEqual(len(self._rows()), 2)
        self.assertIn('"key": "K1"', self._rows()[-1].with_context(bin_size=True).payload_text, "as pages ask for it")
        self.env.cr.execute("SELECT payload FROM merchant_wms_message WHERE id = %s", [self._rows()[-1].id])
        self.assertNotIn(b"accepted", bytes(self.env.cr.fetchone()[0]), "encrypted at rest")
        self.assertTrue(self.wms.webhook_last_at)

    def test_the_call_queues_its_work(self):
        self._call(self._message())
        job = self.env["queue.job"].search([("identity_key", "=", f"merchant-wms-Results-{self.wms.id}")])
        self.assertEqual(len(job), 1)

    def test_forged_old_huge_repeated_and_garbled_calls_leave_nothing(self):
        message = self._message()
        self.assertEqual(self._call(message, nonce="n0").status_code, 200)
        for reply, status, code in (
            (self._call(message, nonce="n0"), 409, "replay"),
            (self._call(message, secret="guessed"), 401, "signature"),
            (self._call(message, timestamp=time.time() - 600), 401, "timestamp"),
            (self._call(b"{"), 400, "json"),
            (self._call({"messages": []}), 400, "empty"),
            (self._call({"type": "accepted"}), 422, "id"),
            (self._call(message, key="unknown"), 404, "unknown"),
        ):
            self.assertEqual((reply.status_code, reply.json()["error"]), (status, code))
            self.assertNotIn("Traceback", reply.text)
        huge = self._call(b" " * (20 * LARGEST))
        self.assertEqual(huge.status_code, 413)
        self.assertNotIn("Traceback", huge.text)
        self.assertEqual(len(self._rows()), 1)
        self.assertIn("replay", self.wms.last_error, "the first of a minute is written down")

    def test_switched_off_it_takes_nothing(self):
        self.wms.action_webhook_off()
        self.assertEqual(self._call(self._message()).json()["error"], "off")
