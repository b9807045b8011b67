import json
import time

from odoo.tests import HttpCase, tagged

from odoo.addons.merchant_base.core.webhook import LARGEST, sign
from odoo.addons.merchant_base.fields import reveal
from odoo.addons.queue_job.tests.common import trap_jobs

from .common import MerchantCase


@tagged("post_install", "-at_install")
class TestWebhook(MerchantCase, HttpCase):
    def setUp(self):
        super().setUp()
        with trap_jobs():
            self.shop.action_webhook_secret()
        self.secret = reveal(self.shop, "webhook_secret")

    def _call(self, body, nonce="n1", timestamp=None, secret=None, key=None):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        stamp = str(int(timestamp or time.time()))
        reply = self.url_open(
            f"/merchant/webhook/{key or self.shop.webhook_key}",
            data=body,
            headers={
                "Content-Type": "application/json",
                "X-Hankou-Timestamp": stamp,
                "X-Hankou-Nonce": nonce,
                "X-Hankou-Signature": sign(secret or self.secret, stamp, nonce, body),
            },
        )
        self.env.invalidate_all()
        return reply

    def _rows(self):
        return self.env["merchant.inbox"].search([("shop_id", "=", self.shop.id)])

    def test_a_signed_order_reaches_the_inbox_and_is_sold(self):
        reply = self._call({"orders": [self._payload("W-1"), self._payload("W-2", total="1.00")]})
        self.assertEqual(reply.status_code, 200, reply.text)
        self.assertEqual(
            reply.json()["orders"], [{"order_id": "W-1", "state": "new"}, {"order_id": "W-2", "state": "new"}]
        )
        self.assertEqual(set(self._rows().mapped("origin")), {"webhook"})
        with trap_jobs():
            self.shop._process_inbox()
        self.assertEqual(self._sold("W-1").state, "sale")
        self.assertEqual(self._rows().filtered(lambda row: row.order_ref == "W-2").state, "held")

    def test_the_same_call_again_is_refused_and_the_same_order_again_is_known(self):
        order = self._payload("W-1")
        self._call(order)
        again = self._call(order)
        self.assertEqual((again.status_code, again.json()["error"]), (409, "replay"))
        self.assertEqual(self._call(order, nonce="n2").json()["orders"], [{"order_id": "W-1", "state": "known"}])
        self.assertEqual(len(self._rows()), 1)

    def test_forged_old_huge_and_garbled_calls_leave_nothing_but_one_line_in_the_log(self):
        order = self._payload("W-1")
        for reply, status, code in (
            (self._call(order, secret="guessed"), 401, "signature"),
            (self._call(order, timestamp=time.time() - 600), 401, "timestamp"),
            (self._call(b"{"), 400, "json"),
            (self._call({"order_ids": ["1"]}), 422, "order_ids"),
            (self._call(order, key="unknown"), 404, "unknown"),
        ):
            self.assertEqual((reply.status_code, reply.json()["error"]), (status, code))
            self.assertNotIn("Traceback", reply.text)
        huge = self._call(b" " * (20 * LARGEST))
        self.assertEqual(huge.status_code, 413)
        self.assertNotIn("Traceback", huge.text)
        self.assertFalse(self._rows())
        troubles = self.env["merchant.sync.trouble"].search([("shop_id", "=", self.shop.id)])
        self.assertEqual(troubles.mapped("work"), ["webhook"])
        self.assertEqual(self._call(order).status_code, 200, "a good one goes on")

    def test_switched_off_it_takes_nothing(self):
        self.shop.action_webhook_off()
        self.assertEqual(self._call(self._payload("W-1")).json()["error"], "off")
