from types import SimpleNamespace

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.queue_job.tests.common import trap_jobs

from ..core.errors import Rejected, Retryable
from .common import FakeClient, PlatformCase


def message(number, order_id="", user_id=""):
    return SimpleNamespace(message_id=str(number), order_id=order_id, user_id=user_id)


class TalkingClient(FakeClient):
    """A platform that also sends messages; they come again until they are confirmed."""

    def __init__(self):
        super().__init__()
        self.waiting, self.confirmed = [], []

    def messages(self, quantity):
        return [each for each in self.waiting if each.message_id not in self.confirmed][:quantity]

    def confirm(self, ids):
        self.confirmed += ids


@tagged("post_install", "-at_install")
class TestMessages(PlatformCase):
    def setUp(self):
        super().setUp()
        self.client = self.clients[self.shop] = TalkingClient()
        self.shop.write({"state": "ready", "app_key": "app", "use_messages": True})

    def _read(self):
        with trap_jobs(), self.enter_registry_test_mode():
            self.shop._read_messages()
        with trap_jobs():
            for shop in self.clients:
                shop._process_inbox()
        self.env.invalidate_all()

    def _new_sibling(self):
        other = self._new_shop("Second", state="ready", app_key="app")
        self.clients[other] = TalkingClient()
        return other

    def test_a_message_brings_its_order_at_once_and_is_then_confirmed(self):
        self.client.waiting = [message(1, "W-1"), message(2, "W-1"), message(3)]
        self.client.details_of = {"W-1": self._payload("W-1")}
        self._read()
        self.assertEqual(self._sold("W-1").state, "sale")
        self.assertEqual(self.client.asked, ["W-1"], "two messages about one order are one question")
        self.assertEqual(sorted(self.client.confirmed), ["1", "2", "3"])
        self.assertTrue(self.shop.messages_read_at)

    def test_what_could_not_be_read_comes_again(self):
        self.client.waiting = [message(1, "W-1")]
        self.client.details_of = {"W-1": Retryable("busy")}
        self._read()
        self.assertFalse(self.client.confirmed)
        self.client.details_of = {"W-1": self._payload("W-1")}
        self._read()
        self.assertEqual((self.client.confirmed, self._sold("W-1").state), (["1"], "sale"))

    def test_an_order_that_the_platform_denies_is_logged_and_stops_nothing(self):
        self.client.waiting = [message(1, "W-9"), message(2, "W-1")]
        self.client.details_of = {"W-9": Rejected("no such order", code="15"), "W-1": self._payload("W-1")}
        self._read()
        self.assertEqual(sorted(self.client.confirmed), ["1", "2"])
        self.assertEqual(
            self.env["merchant.sync.trouble"].search([("work", "=", "message")]).mapped("message"),
            ["no such order (15)"],
        )

    def test_shops_of_one_app_get_their_own_messages(self):
        other = self._new_sibling()
        self.shop.seller_ref, other.seller_ref = "11", "22"
        self.client.waiting = [message(1, "W-1", "11"), message(2, "W-2", "22")]
        self.client.details_of = {"W-1": self._payload("W-1")}
        self.clients[other].details_of = {"W-2": self._payload("W-2")}
        self._read()
        self.assertTrue(self._sold("W-1", self.shop) and self._sold("W-2", other))
        self.assertEqual((self.client.asked, self.clients[other].asked), (["W-1"], ["W-2"]))

    def test_of_an_unknown_seller_each_shop_is_asked(self):
        other = self._new_sibling()
        self.client.waiting = [message(1, "W-2", "22")]
        self.client.details_of = {"W-2": Rejected("not yours", code="15")}
        self.clients[other].details_of = {"W-2": self._payload("W-2")}
        self._read()
        self.assertTrue(self._sold("W-2", other))
        self.assertEqual(self.client.confirmed, ["1"])
        self.assertEqual(other.seller_ref, "22", "its next message goes straight to it")

    def test_an_unreachable_platform_is_logged_and_the_pull_goes_on(self):
        self.client.messages = self._refuse
        self._read()
        self.assertEqual(self.shop.state, "ready")
        self.assertEqual(self.env["merchant.sync.trouble"].search([("work", "=", "message")]).kind, "unreachable")

    def _refuse(self, quantity):
        raise Retryable("no answer", uncertain=True)

    def test_only_an_owner_switches_messages_and_calls(self):
        clerk = self._new_user("clerk")
        for action in ("action_use_messages", "action_stop_messages", "action_webhook_secret"):
            with self.assertRaises(AccessError):
                getattr(self.shop.with_user(clerk), action)()
