"""The calls that a shop makes to Taobao: protocol, paging and the order of things; what replies mean is ``mapping``'s.

The transport is an argument, ``post(url, fields, timeout) -> (status, body)``, so nothing here opens a connection.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from urllib.parse import unquote, urlencode

from odoo.addons.merchant_channel.core.errors import ChannelError, Rejected, Retryable, Unauthorised
from odoo.addons.merchant_channel.core.order import FINISHED, OPEN_REFUNDS, SHIPPED

from .mapping import CHINA, SHIPPABLE, flag, line_states, loads, moment, raise_for_error, rows, wall_clock
from .signature import signed

GATEWAY = "https://gw.api.taobao.com/router/rest"
AUTHORISE = "https://oauth.taobao.com/authorize"
TIMEOUT = 30  # seconds
WINDOW = timedelta(minutes=30)  # as the platform advises for lists by modification
FIRST_LOAD_WINDOW = timedelta(days=1)
LAG = timedelta(minutes=2)  # how far the end of a pull stays behind the clock
PAGE = 50
LISTING_PAGE = 200
SKU_ITEMS = 40  # items in one question for SKUs
QUANTITIES = 20  # SKUs in one quantity update
CONFIRMS = 200  # messages in one confirmation
MOST_ROWS = 10**7  # more in one list is a garbled number
PATIENCE = 5  # seconds that a ban may last to be waited for on the spot
TRIES = 3  # such waits per call
ROUNDS = 3  # readings of one window whose list grows while it is read
UNCLEAR = 3  # calls in a row without a clear answer: nobody is there
AGAIN = 30  # seconds until a call without a clear answer is worth another try

TRADE_FIELDS = (
    "tid,type,status,payment,total_fee,discount_fee,adjust_fee,post_fee,received_payment,created,pay_time,modified,"
    "consign_time,end_time,num,buyer_nick,buyer_open_uid,buyer_message,seller_memo,seller_flag,shipping_type,"
    "receiver_name,receiver_state,receiver_city,receiver_district,receiver_town,receiver_address,receiver_zip,"
    "receiver_mobile,receiver_phone,oaid,step_trade_status,step_paid_fee,step_pay_details,promotion_details,"
    "platform_subsidy_fee,coupon_fee,credit_card_fee,is_part_consign,service_orders,orders,buyer_cod_fee,order_tax_fee"
)
REFUND_FIELDS = (
    "refund_id,tid,oid,num_iid,sku,outer_id,title,num,price,total_fee,refund_fee,payment,status,order_status,"
    "good_status,has_good_return,reason,desc,company_name,sid,refund_phase,refund_version,dispute_type,cs_status,"
    "created,modified"
)
ITEM_FIELDS = "num_iid,title,outer_id,price,num,approve_status,modified"
SKU_FIELDS = "sku_id,num_iid,outer_id,quantity,with_hold_quantity,price,properties_name,status,modified"
NICKS = frozenset({"taobao_user_nick", "sub_taobao_user_nick"})  # percent-encoded in a token object
# Messages that say which order to read again.
TOPICS = (
    *(
        f"taobao_trade_Trade{event}"
        for event in (
            "Create",
            "BuyerPay",
            "SellerShip",
            "PartlySellerShip",
            "PartlyRefund",
            "Success",
            "Close",
            "CloseAndModifyDetailOrder",
            "ModifyFee",
            "MemoModified",
            "LogisticsAddressChanged",
            "Changed",
        )
    ),
    *(
        f"taobao_refund_Refund{event}"
        for event in (
            "Created",
            "Success",
            "Closed",
            "SellerAgreeAgreement",
            "SellerRefuseAgreement",
            "BuyerReturnGoods",
        )
    ),
)
VIRTUAL = frozenset({"auto_delivery", "ec"})
# Calls that need no token; an old one sent along might only get them refused.
OPEN_CALLS = frozenset({"taobao.top.auth.token.create", "taobao.top.auth.token.refresh", "taobao.time.get"})


@dataclass(frozen=True)
class _Feed:
    """A list call: its name, the two words around its rows, and what tells its rows apart."""

    method: str
    plural: str
    singular: str
    key: str


CREATED = _Feed("taobao.trades.sold.get", "trades", "trade", "tid")
MODIFIED = _Feed("taobao.trades.sold.increment.get", "trades", "trade", "tid")
REFUNDS = _Feed("taobao.refunds.receive.get", "refunds", "refund", "refund_id")


@dataclass(frozen=True)
class Shipment:
    """What a shipping notice came to.

    :ivar method: the API that was called; "" when the platform already had everything
    :ivar line_ids: the lines that the platform now knows as shipped with this waybill
    :ivar skipped: ``{line_id: why}`` of the lines that were asked for and left out (their state or open refund)
    """

    order_id: str
    tracking: str
    method: str = ""
    line_ids: tuple[str, ...] = ()
    skipped: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Message:
    """One push message. It only says what to read again: messages repeat, overtake each other and get lost.

    :ivar user_id: the platform's id of the seller whose message it is (an app may serve several)
    """

    message_id: str
    topic: str = ""
    order_id: str = ""
    refund_id: str = ""
    user_id: str = ""
    sent_at: datetime | None = None


def windows(start, end, step=WINDOW):
    """Cut ``start``..``end`` (aware) into ``[(start, end), ...]`` of at most ``step``, oldest first, whole seconds."""
    begin, stop = (value.astimezone(CHINA).replace(microsecond=0) for value in (_aware(start), _aware(end)))
    cut = []
    while begin < stop:
        cut.append((begin, min(begin + step, stop)))
        begin += step
    return cut


def response_key(method):
    """Return the key under which the reply of ``method`` comes."""
    return method.removeprefix("taobao.").replace(".", "_") + "_response"


class TaobaoClient:
    """One shop's calls. Every method raises ``Retryable``, ``Unauthorised`` or ``Rejected``, and nothing else of the
    platform's; no message holds the app's secret or the shop's token.

    :param post: the transport, which raises ``OSError`` when the network fails
    :param session: the shop's access token
    :param now: gives the aware present
    :param sleep: waits the given seconds; used for bans of at most ``PATIENCE`` seconds
    """

    def __init__(
        self,
        post,
        *,
        app_key,
        secret,
        session="",
        gateway=GATEWAY,
        sign_method="hmac-sha256",
        now=lambda: datetime.now(CHINA),
        sleep=time.sleep,
        timeout=TIMEOUT,
        authorise_at=AUTHORISE,
    ):
        self._post, self._now, self._sleep = post, now, sleep
        self._app_key, self._secret, self._session = app_key, secret, session
        self._gateway, self._sign_method, self._timeout = gateway, sign_method, timeout
        self._authorise_at = authorise_at

    # --- the protocol
    def call(self, method, **params):
        """Make one call and return the object under its response key; bans of a few seconds are sat out."""
        return self._attempt(method, params, 0)

    def _attempt(self, method, params, waits):
        try:
            return self._call(method, params)
        except Retryable as err:
            if waits >= self._tries(err):
                raise
            self._sleep(err.after)
        return self._attempt(method, params, waits + 1)

    def _tries(self, err):
        """How often this failure may be tried again on the spot: a wrong clock once, an unclear outcome never."""
        if err.uncertain or err.after > PATIENCE:
            return 0
        return 1 if err.code.split()[:1] in (["30"], ["31"]) else TRIES

    def _call(self, method, params):
        fields = {
            **params,
            "method": method,
            "app_key": self._app_key,
            "session": "" if method in OPEN_CALLS else self._session,
            "timestamp": wall_clock(self._now()),
            "format": "json",
            "v": "2.0",
        }
        reply = self._send(signed(fields, self._secret, self._sign_method))
        raise_for_error(reply, now=self._now())
        body = reply.get(response_key(method))
        if not isinstance(body, dict):
            raise _unclear("The platform answered another call")
        return body

    def _send(self, fields):
        """Return the parsed reply. Whatever leaves open what the platform did is uncertain."""
        try:
            status, body = self._post(self._gateway, fields, self._timeout)
        except OSError as err:
            kind = type(err).__name__
            raise _unclear(f"No answer from the platform ({kind})", hint="no_answer", words=kind) from None
        if status >= 500:
            raise _unclear(f"The platform answered HTTP {status}", hint="no_answer", words=f"HTTP {status}")
        if status == 429:
            raise Retryable("The gateway answered HTTP 429: too many calls", after=AGAIN, hint="too_many_calls")
        try:
            reply = loads(body)
        except ValueError:
            reply = None
        if status >= 300 and not (isinstance(reply, dict) and "error_response" in reply):
            words = f"HTTP {status}"
            raise Rejected(f"The gateway answered {words}: check its address", hint="gateway_address", words=words)
        if not isinstance(reply, dict):
            raise _unclear("The platform's answer is malformed or cut", hint="answer_cut")
        return self._scrub(reply)

    def _scrub(self, reply):
        """Error texts may echo the token; nobody should find it in a log."""
        error = reply.get("error_response")
        if isinstance(error, dict):
            for name in ("msg", "sub_msg"):
                for hidden in filter(None, (self._secret, self._session)):
                    error[name] = str(error.get(name) or "").replace(hidden, "***")
        return reply

    # --- orders
    def horizon(self):
        """Return the latest end of a window that no more rows jump into."""
        return self._now() - LAG

    def orders_modified(self, start, end, fields=TRADE_FIELDS):
        """Yield pages (lists of raw trades) of what was modified in ``start``..``end``, a window's oldest page first.

        Advance a high-water mark only after the last page was stored; ``end`` should not be past :meth:`horizon`.
        """
        yield from self._modified(MODIFIED, start, end, fields)

    def orders_created(self, start, end, fields=TRADE_FIELDS):
        """Yield pages of the orders created in ``start``..``end`` (at most three months ago): the first load."""
        for begin, stop in windows(start, end, FIRST_LOAD_WINDOW):
            span = {"start_created": wall_clock(begin), "end_created": wall_clock(stop)}
            page_no, more = 1, True
            while more:
                page, more = self._page(CREATED, page_no, fields=fields, **span)
                page_no += 1
                if page:
                    yield page

    def order_ids(self, start, end):
        """Yield ``(order id, aware moment of its creation)`` for what was created in ``start``..``end``."""
        for page in self.orders_created(start, end, fields="tid,created"):
            for row in page:
                try:
                    yield str(row["tid"]), moment(row["created"])
                except (KeyError, TypeError, ValueError):
                    raise _unclear("The platform's list is garbled") from None

    def order(self, order_id, fields=TRADE_FIELDS):
        """Return one raw trade in detail."""
        body = self.call("taobao.trade.fullinfo.get", tid=order_id, fields=fields)
        trades = rows(body, "trade", "trade")
        if not trades or not isinstance(trades[0], dict):
            raise Rejected(f"order {order_id}: the platform tells nothing about it.")
        return trades[0]

    def details(self, order_ids) -> Iterator:
        """Yield ``(order_id, raw trade or ChannelError)``, one call each; one failure leaves the others their turn.

        After a lost token or a limit of the whole app the rest gets the same error without being asked for.
        """
        general = None
        for order_id in order_ids:
            try:
                found = general or self.order(order_id)
            except ChannelError as err:
                found = err
                if isinstance(err, Unauthorised) or _of_the_app(err):
                    general = err
            yield order_id, found

    def refunds_modified(self, start, end, fields=REFUND_FIELDS):
        """Yield pages (lists of raw refunds) of what was modified, as :meth:`orders_modified` does."""
        yield from self._modified(REFUNDS, start, end, fields)

    # --- paging
    def _modified(self, feed, start, end, fields):
        for begin, stop in windows(start, end):
            span = {"start_modified": wall_clock(begin), "end_modified": wall_clock(stop)}
            seen = set()
            for page in self._backwards(feed, fields, span):
                fresh = [row for row in page if _unseen(row, feed.key, seen)]
                if fresh:
                    yield fresh

    def _backwards(self, feed, fields, span):
        """Yield a window's pages from the last to the first: a row that leaves the window meanwhile then pulls no other
        row past the reader. Late rows push the other way, so a list that grew is read once more."""
        total = self._total(feed, span)
        for _round in range(ROUNDS):
            last, more = -(-total // PAGE), False
            for page_no in range(last, 0, -1):
                page, goes_on = self._page(feed, page_no, fields=fields, **span)
                more = goes_on if page_no == last else more
                yield page
            if last < 2 and not more:
                return
            grown = max(self._total(feed, span), last * PAGE + 1 if more else 0)
            if grown <= total:
                return
            total = grown
        raise Retryable("The platform's list grows faster than it can be read", after=AGAIN)

    def _total(self, feed, span):
        return _count(self.call(feed.method, fields=feed.key, page_no=1, page_size=PAGE, use_has_next="false", **span))

    def _page(self, feed, page_no, **params):
        """Return ``(rows, whether more follow)``; after an empty page none do, whatever the platform says."""
        body = self.call(feed.method, page_no=page_no, page_size=PAGE, use_has_next="true", **params)
        page = _listed(body, feed.plural, feed.singular)
        goes_on = flag(body["has_next"]) if "has_next" in body else len(page) >= PAGE
        return page, bool(page) and goes_on

    # --- listings
    def listings(self):
        """Yield pages of raw items, on and off the shelf, each with its ``skus`` and its ``approve_status``.

        :func:`mapping.to_listings` reads ``{"items": page}`` or, to keep an item's neighbours, ``{"item": item}``.
        """
        for method, status in (("taobao.items.onsale.get", "onsale"), ("taobao.items.inventory.get", "instock")):
            for page_no in count(1):
                body = self.call(method, fields=ITEM_FIELDS, page_no=page_no, page_size=LISTING_PAGE)
                items = [item for item in _listed(body, "items", "item") if isinstance(item, dict)]
                if not items:
                    break
                yield [{"approve_status": status, **item} for item in self._with_skus(items)]
                if page_no * LISTING_PAGE >= _count(body):
                    break

    def _with_skus(self, items):
        for batch in _batches(items, SKU_ITEMS):
            ids = ",".join(str(item.get("num_iid") or "") for item in batch).strip(",")
            body = self.call("taobao.item.skus.get", num_iids=ids, fields=SKU_FIELDS)
            skus = {}
            for sku in _listed(body, "skus", "sku"):
                if isinstance(sku, dict):
                    skus.setdefault(str(sku.get("num_iid")), []).append(sku)
            for item in batch:
                yield {**item, "skus": skus.get(str(item.get("num_iid")), [])}

    def set_quantities(self, item_id, quantities):
        """Set how many pieces the platform sells: ``{platform_sku: pieces}``, absolute, so a repeat is harmless.

        :param item_id: the item; as a key of ``quantities`` it stands for an item without SKUs
        :raise ValueError: when a quantity is negative or no whole number
        """
        pieces = {str(sku): _pieces(sku, quantity) for sku, quantity in quantities.items()}
        if str(item_id) in pieces:
            own = pieces.pop(str(item_id))
            self.call("taobao.item.quantity.update", num_iid=item_id, quantity=own, type=1)
        for batch in _batches(list(pieces.items()), QUANTITIES):
            text = ";".join(f"{sku}:{quantity}" for sku, quantity in batch)
            self.call("taobao.skus.quantity.update", num_iid=item_id, skuid_quantities=text, type=1)

    def update_quantities(self, entries) -> Iterator:
        """Tell how many pieces each SKU offers, in as few calls as the platform allows; absolute, so a repeat is
        harmless.

        One SKU that is refused does not stop its neighbours: their call is halved until it stands alone.

        :param entries: ``[(item_id, platform_sku, pieces)]``; for an item without SKUs both ids are the same
        :return: yields ``(platform_sku, None or ChannelError)``
        :raise ChannelError: when every further call would meet the same; what was not yielded was not asked
        """
        by_item, unclear = {}, 0
        for item_id, platform_sku, pieces in entries:
            by_item.setdefault(item_id, []).append((platform_sku, pieces))
        for item_id, pairs in by_item.items():
            for batch in _batches(pairs, QUANTITIES):
                for platform_sku, problem in self._tell_quantities(item_id, batch):
                    yield platform_sku, problem
                unclear = unclear + 1 if isinstance(problem, Retryable) else 0
                if isinstance(problem, Unauthorised) or _of_the_app(problem) or unclear >= UNCLEAR:
                    raise problem

    def _tell_quantities(self, item_id, pairs):
        try:
            self.set_quantities(item_id, dict(pairs))
        except (Retryable, Unauthorised) as err:
            yield from ((platform_sku, err) for platform_sku, _pieces in pairs)
        except (Rejected, ValueError) as err:
            if len(pairs) == 1:
                yield pairs[0][0], err if isinstance(err, Rejected) else Rejected(str(err))
                return
            middle = len(pairs) // 2
            yield from self._tell_quantities(item_id, pairs[:middle])
            yield from self._tell_quantities(item_id, pairs[middle:])
        else:
            yield from ((platform_sku, None) for platform_sku, _pieces in pairs)

    def set_on_sale(self, item_id, on_sale, pieces=0):
        """Put an item on the shelf with so many pieces, or take it off; a repeat is harmless."""
        if on_sale:
            self.call("taobao.item.update.listing", num_iid=item_id, num=_pieces(item_id, pieces))
        else:
            self.call("taobao.item.update.delisting", num_iid=item_id)

    # --- shipping
    def ship(self, order_id, line_ids, company_code, tracking, split=False):
        """Tell the platform that these lines (all that are left when none are named) left with this waybill.

        The order is read first: lines that may not go are skipped, and what the platform already knows is not sent
        twice, so this may be repeated. After an uncertain failure :meth:`shipped_as` tells what arrived.

        :param split: True to name the lines although nothing else is left
        :return: a :class:`Shipment`
        :raise Rejected: when nothing of it can be shipped
        """
        trade = self.order(order_id)
        states = line_states(trade)
        wanted = [str(line_id) for line_id in line_ids] or [line.line_id for line in states]
        asked = [line for line in states if line.line_id in wanted]
        done = tuple(line.line_id for line in asked if _carries(line, tracking))
        going = [line for line in asked if _may_go(line)] if trade.get("status") in SHIPPABLE else []
        gone = {*done, *(line.line_id for line in going)}
        words = {line.line_id: _why(line) for line in asked}
        skipped = {line_id: words.get(line_id, "missing") for line_id in wanted if line_id not in gone}
        if not gone:
            reasons = ", ".join(f"{line_id} {why}" for line_id, why in skipped.items())
            raise Rejected(f"order {order_id} ({trade.get('status')}): nothing left to ship: {reasons}.")
        method = self._ship(trade, going, states, (company_code, tracking), split) if going else ""
        return Shipment(str(order_id), tracking, method, done + tuple(line.line_id for line in going), skipped)

    def _ship(self, trade, going, states, waybill, split):
        """Call the shipping API that fits the order and return its name."""
        order_id, (company_code, tracking) = str(trade["tid"]), waybill
        if trade.get("shipping_type") == "virtual" or trade.get("type") in VIRTUAL:
            return self._shipped("taobao.logistics.dummy.send", order_id, {})
        if not tracking or not company_code:
            raise Rejected(f"order {order_id}: a parcel needs a carrier and a waybill.")
        parcel = {"company_code": company_code, "out_sid": tracking}
        if split or len(going) < sum(not line.dropped for line in states):
            parcel |= {"is_split": 1, "sub_tid": ",".join(line.line_id for line in going)}
        cash = trade.get("type") == "cod"
        return self._shipped(f"taobao.logistics.{'online' if cash else 'offline'}.send", order_id, parcel)

    def reship(self, order_id, line_ids, company_code, tracking):
        """Tell the platform another carrier or waybill of lines (of all, when none are named) that it knows as shipped.

        The order is read first, so this may be repeated; lines that it does not know as shipped yet are shipped.

        :return: a :class:`Shipment`
        """
        states = line_states(self.order(order_id))
        known = [line for line in states if line.status in (SHIPPED, FINISHED)]
        wanted = set(map(str, line_ids)) or {line.line_id for line in known}
        stale = [line.line_id for line in known if line.line_id in wanted]
        if not stale:
            return self.ship(order_id, line_ids, company_code, tracking)
        parcel = {"company_code": company_code, "out_sid": tracking}
        if len(stale) < len(known):
            parcel |= {"is_split": 1, "sub_tid": ",".join(stale)}
        method = self._shipped("taobao.logistics.consign.resend", order_id, parcel)
        return Shipment(str(order_id), tracking, method, tuple(stale), {})

    def _shipped(self, method, order_id, parcel):
        body = self.call(method, tid=order_id, **parcel)
        shipping = body.get("shipping")
        if not flag(shipping.get("is_success") if isinstance(shipping, dict) else None):
            raise Rejected(f"order {order_id}: the platform did not accept the shipment.")
        return method

    def shipped_as(self, order_id, line_ids=()):
        """Return ``{line_id: waybill}`` of those lines (of all, when none are named) that the platform has shipped."""
        wanted = set(map(str, line_ids))
        return {
            line.line_id: line.tracking
            for line in line_states(self.order(order_id))
            if line.status in (SHIPPED, FINISHED) and (not wanted or line.line_id in wanted)
        }

    # --- messages
    def subscribe(self, topics):
        """Ask for push messages on these topics, instead of on those asked for before."""
        self.call("taobao.tmc.user.permit", topics=",".join(topics))

    def messages(self, quantity=100, group="default"):
        """Return the waiting messages (at most ``quantity``); they come again until they are confirmed."""
        body = self.call("taobao.tmc.messages.consume", quantity=quantity, group_name=group)
        return [_message(row) for row in _listed(body, "messages", "tmc_message") if isinstance(row, dict)]

    def confirm(self, message_ids, group="default"):
        """Confirm messages, after the re-read that they ask for was queued."""
        for batch in _batches([str(message_id) for message_id in message_ids], CONFIRMS):
            self.call("taobao.tmc.messages.confirm", s_message_ids=",".join(batch), group_name=group)

    # --- authorisation
    def authorise_url(self, redirect, state):
        """Return where to send the seller, who comes back to ``redirect`` with ``code`` and ``state``."""
        query = {"response_type": "code", "client_id": self._app_key, "redirect_uri": redirect, "state": state}
        return f"{self._authorise_at}?{urlencode({**query, 'view': 'web'})}"

    def authorise(self, code):
        """Return the token object for the code that the seller came back with."""
        return self._token("taobao.top.auth.token.create", code=code)

    def refresh(self, refresh_token):
        """Return a new token object; ``re_expires_in`` 0 means that the seller has to authorise again when it ends."""
        return self._token("taobao.top.auth.token.refresh", refresh_token=refresh_token)

    def _token(self, method, **params):
        body = self.call(method, **params)
        try:
            token = loads(body.get("token_result") or "")
        except (ValueError, TypeError):
            token = None
        if not isinstance(token, dict) or not token.get("access_token"):
            raise Unauthorised("The platform gave no token: the seller has to authorise again.")
        return {name: unquote(value) if name in NICKS and value else value for name, value in token.items()}

    def server_time(self):
        """Return the platform's clock (aware), to compare this machine's with."""
        try:
            return moment(self.call("taobao.time.get").get("time"))
        except ValueError:
            raise _unclear("The platform tells no time") from None

    def check(self):
        """Make the cheapest call that needs a valid app and token; return how many orders the last day brought."""
        end = self._now()
        span = {"start_created": wall_clock(end - timedelta(days=1)), "end_created": wall_clock(end)}
        return _count(self.call("taobao.trades.sold.get", fields="tid", page_no=1, page_size=1, **span))


# The name under which merchant_channel looks for a platform's client.
Client = TaobaoClient


def _unclear(message, **hint):
    return Retryable(message, after=AGAIN, uncertain=True, **hint)


def _aware(value):
    if value.tzinfo is None:
        raise ValueError("a window needs moments with their zone")
    return value


def _batches(values, size):
    return [values[at : at + size] for at in range(0, len(values), size)]


def _of_the_app(problem):
    """Whether a limit of the whole application was met."""
    return isinstance(problem, Retryable) and problem.code.split()[:1] == ["7"]


def _listed(body, plural, singular):
    """The reply's rows; a list that is none is a garbled answer, which the next one need not be."""
    try:
        return rows(body, plural, singular)
    except Rejected:
        raise _unclear(f"The platform's {plural} are garbled") from None


def _count(body):
    """The reply's ``total_results``; without a plausible one nobody knows how far to read."""
    try:
        total = int(body["total_results"])
    except (KeyError, TypeError, ValueError, OverflowError):
        total = -1
    if not 0 <= total <= MOST_ROWS:
        raise _unclear("The platform tells no total")
    return total


def _unseen(row, key, seen):
    """True for a row not met before in this window; one that cannot be told apart always counts as new."""
    if not isinstance(row, dict) or not row.get(key):
        return True
    mark = (str(row[key]), str(row.get("modified")))
    return not (mark in seen or seen.add(mark))


def _pieces(sku, quantity):
    if quantity != int(quantity) or quantity < 0:
        raise ValueError(f"{sku}: {quantity} is not a number of pieces")
    return int(quantity)


def _carries(line, tracking):
    """True when the platform already has this very waybill for the line."""
    return line.status in (SHIPPED, FINISHED) and bool(tracking) and _plain(line.tracking) == _plain(tracking)


def _plain(tracking):
    return tracking.replace(" ", "").upper()


def _may_go(line):
    return line.to_ship and line.refund not in OPEN_REFUNDS


def _why(line):
    return line.refund if line.refund in OPEN_REFUNDS else line.platform_status or line.status


def _message(row):
    """A message whose content cannot be read still has to be confirmed, so it is kept without its order."""
    try:
        content = loads(row.get("content") or "{}")
    except (TypeError, ValueError):
        content = None
    content = content if isinstance(content, dict) else {}
    try:
        sent_at = moment(row.get("pub_time"))
    except ValueError:
        sent_at = None
    return Message(
        message_id=str(row.get("id") or ""),
        topic=str(row.get("topic") or ""),
        order_id=str(content.get("tid") or ""),
        refund_id=str(content.get("refund_id") or ""),
        user_id=str(row.get("user_id") or ""),
        sent_at=sent_at,
    )
