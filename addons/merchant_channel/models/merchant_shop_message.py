import logging
from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.merchant_base.core.webhook import LARGEST, Refused

from ..core.errors import ChannelError, Rejected, Retryable, Unauthorised
from ..core.webhook import read

_logger = logging.getLogger(__name__)
# Messages of one question, questions in one job, and how rarely a refused call is written down.
AT_ONCE, ROUNDS = 100, 20
REMEMBER_REFUSAL = timedelta(minutes=1)
WEBHOOK_REASONS = {
    "off": "webhook_off",
    "too_large": "webhook_too_large",
    "too_many": "webhook_too_large",
    "unsigned": "webhook_signature",
    "signature": "webhook_signature",
    "timestamp": "webhook_timestamp",
    "replay": "webhook_replay",
}


class MerchantShop(models.Model):
    """What comes in without being pulled: the platform's messages, and signed calls from outside.

    Neither is trusted with facts it could have wrong: a message only says which order to read again, and the pull stays
    the safety net behind both.
    """

    _name = "merchant.shop"
    _inherit = ["merchant.shop", "merchant.webhook.receiver"]
    _webhook_path = "/merchant/webhook"
    _webhook_calls = "merchant.webhook.call"

    use_messages = fields.Boolean(
        "Platform Messages",
        readonly=True,
        copy=False,
        help="The platform says at once which order changed; pulling goes on as the safety net.",
    )
    messages_read_at = fields.Datetime("Messages Read", readonly=True, copy=False)
    seller_ref = fields.Char(
        "Seller Number",
        copy=False,
        help="The platform's number of the seller: tells apart the shops that one app serves. Learnt by itself.",
    )

    _webhook_key_uniq = models.Constraint("UNIQUE (webhook_key)", "Another shop has this webhook address.")

    # -- messages of the platform -----------------------------------------------------------------------------------

    def action_use_messages(self):
        """Ask the platform to say at once which order changed."""
        self.check_access("write")
        for shop in self:
            shop._check_pullable()
            topics = getattr(shop._core("client"), "TOPICS", None)
            if not topics:
                raise UserError(self.env._("The platform of %(shop)s sends no messages.", shop=shop.name))
            try:
                shop._client().subscribe(topics)
            except (Retryable, Unauthorised, Rejected) as problem:
                raise UserError(shop._advice(problem)) from problem
            shop.use_messages = True
        return self._notify(self.env._("The platform's messages are read every minute from now on."))

    def action_stop_messages(self):
        """Go back to pulling alone."""
        self.check_access("write")
        self.use_messages = False
        return True

    @api.model
    def _cron_tick(self):
        result = super()._cron_tick()
        asked = set()
        for shop in self.search([("use_messages", "=", True), ("state", "in", ("ready", "waiting"))]):
            if shop.app_key not in asked:  # messages come for all the shops of an app together
                asked.add(shop.app_key)
                shop._enqueue_messages()
        return result

    def _enqueue_messages(self):
        self.ensure_one()
        self._as_system().with_delay(
            identity_key=f"merchant-messages-{self.platform}-{self.app_key}",
            channel="root.merchant",
            description=f"Messages of {self.name}",
        )._read_messages()

    def _read_messages(self):
        """Take the waiting messages of the shop's app; confirm each after the orders it names are in the inbox."""
        self.ensure_one()
        shops = self.search([("platform", "=", self.platform), ("app_key", "=", self.app_key)])
        try:
            client = self._client()
            for _round in range(ROUNDS):
                messages = client.messages(AT_ONCE)
                done = shops._take_messages(messages)
                client.confirm(done)
                if len(messages) < AT_ONCE or len(done) < len(messages):
                    break
        except ChannelError as problem:  # the pull deals with the shop's state; messages come again
            self._log_trouble(problem, "message")
            return
        with self.env.registry.cursor() as cr:
            shops.with_env(self.env(cr=cr)).messages_read_at = fields.Datetime.now()

    def _take_messages(self, messages):
        """Read again what the messages name; return the ids of those that need not come again."""
        by_shop = defaultdict(list)
        for message in messages:
            by_shop[self._shop_of_message(message)].append(message)
        done = []
        for shop, mine in by_shop.items():
            refs = {message.order_id for message in mine if message.order_id}
            try:
                found = (shop or self)._reread(sorted(refs), origin="message")
            except ChannelError as problem:
                (shop or self[:1])._log_trouble(problem, "message")
                continue
            done += [message.message_id for message in mine if not message.order_id or message.order_id in found]
            if not shop:
                self._learn_sellers({message.user_id: found.get(message.order_id) for message in mine})
        return done

    def _learn_sellers(self, shop_of_seller):
        """Remember which shop knew a seller's order: the next message goes straight to it."""
        with self.env.registry.cursor() as cr:
            for seller, shop in shop_of_seller.items():
                if seller and shop:
                    shop.with_env(self.env(cr=cr)).seller_ref = seller
        self.invalidate_recordset(["seller_ref"])

    def _shop_of_message(self, message):
        """The shop that the message is for; none when several shops share the app and its seller is not known yet."""
        if len(self) == 1:
            return self
        return self.filtered(lambda shop: shop.seller_ref and shop.seller_ref == message.user_id)[:1]

    def _reread(self, refs, origin):
        """Store orders as the platform tells them now; return ``{id: its shop, or None}`` of those that are settled.

        With several shops each is asked until one knows the order. What every shop's platform refuses to tell is
        settled too: the refusal is logged, and no repetition would change it.
        """
        settled = {}
        for shop in self:
            wanted = [ref for ref in refs if ref not in settled]
            payloads, trouble = [], None
            for ref, found in shop._client().details(wanted) if wanted else ():
                if isinstance(found, dict):
                    payloads += shop._identify(found)
                    settled[ref] = shop
                elif isinstance(found, Rejected):
                    if shop == self[-1:]:
                        shop._log_trouble(found, "message")
                        settled[ref] = None
                else:
                    trouble = found
            shop._receive(payloads, origin)
            if trouble:
                raise trouble
        return settled

    # -- signed calls from outside ----------------------------------------------------------------------------------

    def _read_call(self, body):
        parcel = read(body)
        if parcel.orders and self._has_client():
            raise Refused(
                422, "orders", "Orders of a platform's shop are read from the platform: send “order_ids” only."
            )
        if parcel.order_ids and not self._has_client():
            raise Refused(422, "order_ids", "This shop has no platform to read from: send “orders”.")
        return parcel

    def _accept_call(self, parcel):
        if parcel.order_ids:
            self._as_system().with_delay(
                channel="root.merchant", description=f"Orders named to {self.name}"
            )._reread_named(list(parcel.order_ids))
            return {"accepted": len(parcel.order_ids)}
        payloads = [identity for order in parcel.orders for identity in self._identify(order)]
        rows = self.env["merchant.inbox"]._store(self, payloads, "webhook")
        self._enqueue_process()
        return {
            "accepted": len(rows),
            "orders": [{"order_id": ref, "state": "new" if fresh else "known"} for ref, _row, fresh in rows],
        }

    def _reread_named(self, refs):
        with self.with_context(merchant_work="message")._platform_trouble():
            self._reread(refs, origin="webhook")

    def _remember_refusal(self, problem):
        """Write a refused call down, rarely: strangers must not be able to fill the log."""
        Trouble = self.env["merchant.sync.trouble"]
        since = fields.Datetime.now() - REMEMBER_REFUSAL
        if Trouble.search_count([("shop_id", "=", self.id), ("work", "=", "webhook"), ("moment", ">", since)], limit=1):
            return
        with self.env.registry.cursor() as cr:
            shop = self.with_env(self.env(cr=cr))
            params = {"code": problem.code, "limit": LARGEST // 2**20}
            code = WEBHOOK_REASONS.get(problem.code, "webhook_content")
            words = f"{problem} ({problem.code})"
            shop.env["merchant.sync.trouble"]._log(shop, "refused", words, "webhook", code, params)
