"""What Taobao's replies mean, in the suite's words.

In come parsed replies (see :func:`loads`), out come the frozen dataclasses of ``merchant_channel``. Whatever a
reply holds, the answer is a value or a ``ChannelError`` that names the order and the field; never a ``KeyError``.

Lists arrive wrapped (``"trades": {"trade": [...]}``) or simplified (``"trades": [...]``), empty ones as an absent key.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal

from odoo.addons.merchant_channel.core.errors import Rejected, Retryable, Unauthorised
from odoo.addons.merchant_channel.core.listing import ChannelListing
from odoo.addons.merchant_channel.core.order import (
    CLOSED,
    FINISHED,
    NO_REFUND,
    OPEN_REFUNDS,
    PAID,
    PART_SHIPPED,
    REFUNDED,
    REFUSED,
    REQUESTED,
    RETURNING,
    SHIPPED,
    UNKNOWN,
    UNPAID,
    WITHDRAWN,
    ChannelLine,
    ChannelOrder,
    Receiver,
)

CHINA = timezone(timedelta(hours=8), "GMT+8")
ZERO = Decimal(0)
FEN = Decimal("0.01")
ROUNDING = Decimal("0.02")  # what the platform's own rounding of shares may leave between lines and header
TOO_MUCH = Decimal(10) ** 12  # more yuan or pieces than any order holds: a garbled number

STATUS = {
    "TRADE_NO_CREATE_PAY": UNPAID,
    "WAIT_BUYER_PAY": UNPAID,
    "PAY_PENDING": UNPAID,
    "WAIT_PRE_AUTH_CONFIRM": UNPAID,
    "PAID_FORBID_CONSIGN": PAID,
    "WAIT_SELLER_SEND_GOODS": PAID,
    "SELLER_CONSIGNED_PART": PART_SHIPPED,
    "WAIT_BUYER_CONFIRM_GOODS": SHIPPED,
    "TRADE_BUYER_SIGNED": SHIPPED,
    "TRADE_FINISHED": FINISHED,
    "TRADE_CLOSED": CLOSED,
    "TRADE_CLOSED_BY_TAOBAO": CLOSED,
}
SHIPPABLE = frozenset({"WAIT_SELLER_SEND_GOODS", "SELLER_CONSIGNED_PART"})
BLOCKED = "PAID_FORBID_CONSIGN"
COD_COLLECTED = frozenset({"TRADE_BUYER_SIGNED", "TRADE_FINISHED"})
BALANCE_PAID = "FRONT_PAID_FINAL_PAID"
DEPOSIT_PAID = frozenset({"FRONT_PAID_FINAL_NOPAID", "FRONT_PAID_FRONT_FORFEITED"})
REFUND = {
    "": NO_REFUND,
    "NO_REFUND": NO_REFUND,
    "WAIT_SELLER_AGREE": REQUESTED,
    "WAIT_BUYER_RETURN_GOODS": RETURNING,
    "WAIT_SELLER_CONFIRM_GOODS": RETURNING,
    "SELLER_REFUSE_BUYER": REFUSED,
    "CLOSED": WITHDRAWN,
    "SUCCESS": REFUNDED,
}

FLAG = {"1": "red", "2": "yellow", "3": "green", "4": "blue", "5": "purple"}

ORDER_REPLIES = frozenset(
    {
        "trades_sold_get_response",
        "trades_sold_increment_get_response",
        "trades_sold_incrementv_get_response",
        "trade_fullinfo_get_response",
        "trade_get_response",
    }
)
REFUND_REPLIES = frozenset({"refunds_receive_get_response", "refund_get_response"})
ITEM_REPLIES = frozenset(
    {
        "items_onsale_get_response",
        "items_inventory_get_response",
        "items_custom_get_response",
        "item_seller_get_response",
    }
)
SKU_REPLIES = frozenset({"item_skus_get_response", "skus_custom_get_response"})


@dataclass(frozen=True)
class Refund:
    """One refund as the platform tells it at ``modified_at``.

    :ivar status: one of ``REFUNDS``
    :ivar amount: what goes back to the buyer (yuan)
    :ivar has_good_return: True when the goods come back
    :ivar return_company: carrier of the goods on their way back, ``return_number`` its waybill
    :ivar version: has to accompany every answer to the refund; a stale one is refused
    :ivar phase: ``onsale`` before the order's completion, ``aftersale`` after it
    """

    refund_id: str
    order_id: str
    line_id: str
    status: str
    amount: Decimal
    reason: str = ""
    modified_at: datetime | None = None
    has_good_return: bool = False
    return_company: str = ""
    return_number: str = ""
    version: str = ""
    phase: str = ""


@dataclass(frozen=True)
class LineState:
    """How far one line has come, read without its money: enough to ship it.

    :ivar status: one of ``STATUSES``, ``platform_status`` the platform's own word
    :ivar refund: one of ``REFUNDS``
    :ivar tracking: the waybill that the platform already has for this line
    """

    line_id: str
    status: str
    platform_status: str
    refund: str
    tracking: str = ""

    @property
    def dropped(self):
        return self.status == CLOSED or self.refund == REFUNDED

    @property
    def to_ship(self):
        """Does the platform wait for this line? One with a partial refund it still wants shipped."""
        return self.platform_status in SHIPPABLE and self.status != CLOSED


# --- reading JSON
def loads(text):
    """Parse a reply (str or bytes): integers stay exact, fractions become ``Decimal``.

    ``NaN`` and ``Infinity`` become text, so that they spoil the one amount that holds them and not the whole page.

    :raise ValueError: when it is no JSON
    """
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=str)
    except RecursionError:
        raise ValueError("JSON nested too deep") from None


def moment(text):
    """Return the aware datetime of a GMT+8 wall clock text (``yyyy-MM-dd HH:mm:ss``).

    :raise ValueError: when it is none, or outside this century
    """
    if not isinstance(text, str) or len(text) != 19 or text[10] != " ":
        raise ValueError(f"no moment: {text!r:.40}")
    value = datetime.fromisoformat(text)
    if not 2000 <= value.year < 2100:
        raise ValueError(f"no plausible moment: {text!r}")
    return value.replace(tzinfo=CHINA)


def wall_clock(value):
    """Return the GMT+8 wall clock text of an aware datetime, as the platform wants it."""
    if value.tzinfo is None:
        raise ValueError("a moment without its zone cannot be told to the platform")
    return value.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")


def rows(holder, plural, singular):
    """Return a list that is wrapped, simplified, one single object, or absent (then it is empty).

    :raise Rejected: when it is something else
    """
    value = holder.get(plural)
    if plural != singular and isinstance(value, dict):
        value = value.get(singular)
    if value is None or value == "":
        return []
    if isinstance(value, dict):
        return [value]
    if not isinstance(value, list):
        raise Rejected(f"The reply's {plural} is not a list.")
    return value


def flag(value):
    """Return a boolean however the platform spells it."""
    return str(value).strip().lower() in ("true", "1")


def _id(value):
    """Return an id as text, "" for what cannot be one: a fraction has already lost its last digits."""
    if isinstance(value, str):
        return _clean(value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _clean(text):
    """Text that a database accepts: no NUL, no half of a surrogate pair."""
    return text.replace("\0", "").encode(errors="replace").decode().strip()


def _number(value):
    """Return the finite ``Decimal`` that a field holds.

    :raise ValueError: for anything else, such as "abc", "1_000", "１２", NaN or True
    """
    if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]{1,18}(\.[0-9]{1,12})?", value.strip()):
        number = Decimal(value.strip())
    elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        number = Decimal(str(value))
    else:
        raise ValueError("is not a number")
    if not number.is_finite() or abs(number) >= TOO_MUCH:
        raise ValueError("is not a plausible number")
    return number


class _Row:
    """One object of a reply, read field by field. What cannot be read is a ``Rejected`` naming the owner and the field.

    :param owner: what the object is, for messages ("order 41002...")
    """

    def __init__(self, data, owner):
        if not isinstance(data, dict):
            raise Rejected(f"{owner} is not an object.")
        self.data, self.owner = data, owner

    def has(self, name):
        return self.data.get(name) not in (None, "")

    def text(self, name):
        value = self.data.get(name)
        if isinstance(value, dict | list):
            raise self._rejected(name, "is not a text")
        return "" if value is None else _clean(str(value))

    def id(self, name, required=True):
        value = _id(self.data.get(name))
        if required and not value:
            raise self._rejected(name, "is missing or is not an id")
        return value

    def flag(self, name):
        return flag(self.data.get(name))

    def moment(self, name):
        if not self.has(name):
            return None
        try:
            return moment(self.data[name])
        except ValueError:
            raise self._rejected(name, f"is not a moment: {self.data[name]!r:.40}") from None

    def money(self, name, default=None, signed=False):
        """Return an amount in yuan; without ``default`` it must be there, and only a signed one may be negative."""
        amount = self._number(name, default)
        if amount != amount.quantize(FEN):
            raise self._rejected(name, f"is not an amount to the fen: {self.data[name]!r:.40}")
        if amount < 0 and not signed:
            raise self._rejected(name, f"is negative: {self.data[name]!r:.40}")
        return amount

    def pieces(self, name, default=None):
        """Return a count of pieces (Decimal); without ``default`` it must be there and more than 0."""
        count = self._number(name, default)
        if count < 0 or count != int(count) or (default is None and not count):
            raise self._rejected(name, f"is not a number of pieces: {self.data[name]!r:.40}")
        return count

    def _number(self, name, default):
        if not self.has(name):
            if default is None:
                raise self._rejected(name, "is missing")
            return default
        try:
            return _number(self.data[name])
        except ValueError as err:
            raise self._rejected(name, f"{err}: {self.data[name]!r:.40}") from None

    def _rejected(self, name, problem):
        return Rejected(f"{self.owner}: {name} {problem}.")


# --- errors
ADVICE = {
    "app_permission": "The app lacks a permission (or its security level): ask the platform for it",
    "app_secret": "The signature is missing or wrong: check the app's secret",
    "app_key": "The app key is missing or wrong: check the shop's app key",
}
HINTS = {
    **dict.fromkeys(("11", "12", "13", "42", "53"), "app_permission"),
    **dict.fromkeys(("24", "25"), "app_secret"),
    **dict.fromkeys(("28", "29"), "app_key"),
}
TOKEN_TROUBLE = re.compile(
    r"session.?(key.?)?(expired|invalid|not.?exist)|(invalid|expired).session|(access|refresh).token"
)
BAN = re.compile(r"last for ([0-9]{1,6}) (?:more )?second", re.IGNORECASE)
SHORT_PAUSE = 5  # seconds, for a frequency limit that does not tell its length
LONG_PAUSE = 60  # seconds, for a service that is down
CLOCK_PAUSE = 2  # seconds, before a call with a wrong timestamp is tried once more


def raise_for_error(response, now=None):
    """Raise what an error reply means; do nothing for any other object.

    :param now: the aware present, from which the end of a daily limit is told
    :raise Retryable: limits (until when the platform tells, or midnight GMT+8), and faults on the platform's side
    :raise Unauthorised: the shop's token is missing or over
    :raise Rejected: a person has to act, or the reply is no object
    """
    if not isinstance(response, dict):
        raise Rejected("The platform's reply is not an object.")
    if "error_response" in response:
        error = response["error_response"]
        raise _error(error if isinstance(error, dict) else {}, now or datetime.now(CHINA))


def _error(error, now):
    code, sub_code, message, sub_message = (_word(error.get(key)) for key in ("code", "sub_code", "msg", "sub_msg"))
    words = (sub_message or message or "The platform refused without saying why")[:500]
    details = {"code": f"{code} {sub_code}".strip(), "request_id": _word(error.get("request_id"))}
    if code in ("26", "27") or TOKEN_TROUBLE.search(sub_code.lower()):
        return Unauthorised(words, **details)
    if hint := HINTS.get(code):
        return Rejected(f"{ADVICE[hint]} ({words})", hint=hint, words=words, **details)
    if code in ("30", "31"):
        words = f"This machine's clock is wrong: check it ({words})"
        return Retryable(words, after=CLOCK_PAUSE, hint="wrong_time", **details)
    if after := _limit(code, sub_code.lower(), f"{sub_message} {message}", now):
        return Retryable(words, after=after, **details)
    if code == "10" or sub_code.startswith("isp.") or sub_code.endswith(":B150"):
        return Retryable(words, after=LONG_PAUSE, uncertain=True, **details)
    return Rejected(words, **details)


def _limit(code, sub_code, words, now):
    """Return the seconds to wait when the error is a limit, 0 when it is something else."""
    frequency = "access-limited" in sub_code or "limited-by" in sub_code
    if not frequency and code not in ("4", "5", "6", "7", "8"):
        return 0
    if told := BAN.search(words):
        return max(1, int(told[1]))
    if frequency:
        return SHORT_PAUSE
    return _until_midnight(now) if code == "7" else LONG_PAUSE


def _until_midnight(now):
    """Seconds until the platform's next day, on which a daily limit ends."""
    local = now.astimezone(CHINA)
    midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return -int((local - midnight).total_seconds() // 1)


def _word(value):
    return "" if value is None or isinstance(value, dict | list) else _clean(str(value))


# --- orders
def to_orders(response):
    """Return the ``ChannelOrder`` of every trade in a reply: list, detail, ``{"trade": ...}`` or a bare trade.

    :raise Rejected: when one of them cannot be read; :func:`split` first to keep its neighbours
    :raise ChannelError: what an error reply means (see :func:`raise_for_error`)
    """
    return [to_order(trade) for _order_id, _modified_at, trade in split(response)]


def split(response):
    """Return ``[(order_id, modified_at, raw trade), ...]`` of a reply, to be stored one by one and mapped later.

    A single trade's content never raises: an id that cannot be read is "", a moment ``None``.
    """
    return _split(_found(response, ORDER_REPLIES, "trades", "trade", "tid"), "tid")


def _split(found, id_name):
    return [(_id(row.get(id_name)), _modified(row), row) if isinstance(row, dict) else ("", None, row) for row in found]


def _modified(row):
    try:
        return moment(row.get("modified"))
    except ValueError:
        return None


def _found(response, replies, plural, singular, id_name):
    """Return the raw rows of a reply, whichever of the known shapes it has."""
    raise_for_error(response)
    if id_name in response:
        return [response]
    body = _body(response, replies, (plural, singular))
    return rows(body, plural, singular) if plural in body else rows(body, singular, singular)


def _body(response, replies, names):
    """Return the object under the reply's own key, or the reply itself when it bears one of ``names``."""
    for key, body in response.items():
        if key in replies:
            if not isinstance(body, dict):
                raise Rejected(f"The platform's {key} is not an object.")
            return body
    if not any(name in response for name in names):
        raise Rejected(f"The platform's reply holds no {names[0]}.")
    return response


def to_order(trade):
    """Return the ``ChannelOrder`` of one raw trade.

    :raise Rejected: when it cannot be read, naming the order and the field
    """
    trade = _trade(trade)
    lines = _line_rows(trade)
    amounts, rounding = _amounts(trade, lines)
    word, step = trade.text("status"), trade.text("step_trade_status")
    mapped = tuple(_line(row, amount) for row, amount in zip(lines, amounts, strict=True))
    return ChannelOrder(
        order_id=trade.id("tid"),
        status=STATUS.get(word, UNKNOWN),
        platform_status=word,
        ship_now=_ship_now(word, step, _is_presale(trade), line_states(trade.data)),
        cash_on_delivery=_is_cod(trade),
        presale=_is_presale(trade),
        paid_total=_paid_total(trade, word, step),
        total=trade.money("payment"),
        postage=trade.money("post_fee", ZERO),
        other_fees=_other_fees(trade),
        seller_discount=sum((line.seller_discount for line in mapped), ZERO),
        platform_discount=trade.money("platform_subsidy_fee", ZERO),
        rounding=rounding,
        created_at=trade.moment("created"),
        paid_at=trade.moment("pay_time"),
        modified_at=trade.moment("modified"),
        buyer_id=_buyer_id(trade),
        buyer_nick=trade.text("buyer_nick"),
        buyer_remark=trade.text("buyer_message"),
        seller_remark=trade.text("seller_memo"),
        seller_flag=FLAG.get(trade.text("seller_flag"), ""),
        receiver=_receiver(trade),
        lines=mapped,
    )


def line_states(trade):
    """Return the ``LineState`` of every line of a raw trade.

    :raise Rejected: when its lines cannot be told apart
    """
    return [
        LineState(
            line_id=row.id("oid"),
            status=STATUS.get(row.text("status"), UNKNOWN),
            platform_status=row.text("status"),
            refund=_refund(row.text("refund_status")),
            tracking=row.text("invoice_no"),
        )
        for row in _line_rows(_trade(trade))
    ]


def _trade(data):
    order_id = _id(data.get("tid")) if isinstance(data, dict) else ""
    trade = _Row(data, f"order {order_id or 'without an id'}")
    trade.id("tid")
    return trade


def _line_rows(trade):
    """The trade's lines, each knowing its order; a line without a state of its own has its order's."""
    found = []
    for data in rows(trade.data, "orders", "order"):
        line_id = _id(data.get("oid")) if isinstance(data, dict) else ""
        row = _Row(data, f"{trade.owner}, line {line_id or 'without an id'}")
        if not row.has("status") and trade.text("status") != "SELLER_CONSIGNED_PART":
            row.data = {**data, "status": trade.text("status")}
        found.append(row)
    if not found:
        raise Rejected(f"{trade.owner}: orders is missing, so it has no lines.")
    if len({row.id("oid") for row in found}) < len(found):
        raise Rejected(f"{trade.owner}: orders names an oid twice.")
    return found


def _line(row, paid_amount):
    pieces, price = row.pieces("num"), _price(row)
    return ChannelLine(
        line_id=row.id("oid"),
        sku=_sku(row),
        platform_sku=_sku_id(row) or row.id("num_iid", required=False),
        item_id=row.id("num_iid", required=False),
        title=row.text("title"),
        quantity=pieces,
        list_price=price,
        paid_amount=paid_amount,
        seller_discount=price * pieces - paid_amount,
        is_gift=row.flag("is_free_gift"),
        refund=_refund(row.text("refund_status")),
        refund_id=row.id("refund_id", required=False),
        refunded_amount=_refunded_amount(row, paid_amount),
        status=STATUS.get(row.text("status"), UNKNOWN),
    )


def _sku_id(row):
    """The line's SKU, "" when its item has none (which is also spelled 0)."""
    sku_id = row.id("sku_id", required=False)
    return "" if sku_id == "0" else sku_id


def _sku(row):
    """The merchant's code. An item's code stands for its only SKU, never for one of several."""
    return row.text("outer_sku_id") or ("" if _sku_id(row) else row.text("outer_iid"))


def _price(row):
    return row.money("price", ZERO if row.flag("is_free_gift") else None)


def _refund(word):
    """A word that this version does not know holds the shipment, as a request would."""
    return REFUND.get(word, REQUESTED)


def _refunded_amount(row, paid_amount):
    """The line's own refund fee; a line that its refund closed got all of it back, another an unknown part of it."""
    if _refund(row.text("refund_status")) != REFUNDED:
        return ZERO
    if row.has("refund_fee"):
        return row.money("refund_fee")
    return paid_amount if row.text("status") == "TRADE_CLOSED" else ZERO


def _amounts(trade, lines):
    """Return what was paid for each line, the platform's own rounding booked, and that rounding."""
    amounts = [_paid_amount(row) for row in lines]
    gap = trade.money("payment") - sum(amounts, trade.money("post_fee", ZERO) + _other_fees(trade))
    if not gap or abs(gap) > ROUNDING or not (largest := _largest(lines, amounts)):
        return amounts, ZERO
    return [amount + gap if row is largest else amount for row, amount in zip(lines, amounts, strict=True)], gap


def _largest(lines, amounts):
    """The line to book rounding on: no gift, and one still in force unless the whole order is over."""
    goods = [
        (not _dropped(row), amount, -place, row)
        for place, (row, amount) in enumerate(zip(lines, amounts, strict=True))
        if not row.flag("is_free_gift")
    ]
    return max(goods)[-1] if goods else None


def _dropped(row):
    return STATUS.get(row.text("status")) == CLOSED or _refund(row.text("refund_status")) == REFUNDED


def _paid_amount(row):
    """The line's revenue after its share of the order's discounts, derived where the platform does not tell it."""
    if row.has("divide_order_fee"):
        return row.money("divide_order_fee")
    share = row.money("part_mjz_discount", ZERO)
    if row.has("total_fee"):
        return row.money("total_fee") - share
    gross = _price(row) * row.pieces("num") + row.money("adjust_fee", ZERO, signed=True)
    return gross - row.money("discount_fee", ZERO) - share


def _other_fees(trade):
    collection = trade.money("buyer_cod_fee", ZERO) if _is_cod(trade) else ZERO
    return collection + trade.money("order_tax_fee", ZERO)


def _is_cod(trade):
    return trade.text("type") == "cod"


def _is_presale(trade):
    return trade.text("type") == "step" or trade.has("step_trade_status")


def _paid_total(trade, word, step):
    """What the buyer has paid so far. The header's ``payment`` is only what is to be paid until its state says so."""
    status = STATUS.get(word, UNKNOWN)
    if step in DEPOSIT_PAID:
        return trade.money("step_paid_fee")
    if _is_presale(trade) and status == UNPAID:
        return trade.money("step_paid_fee", ZERO)
    if status == UNPAID or word == "TRADE_CLOSED_BY_TAOBAO":
        return ZERO
    if status in (CLOSED, UNKNOWN) and not trade.has("pay_time"):
        return ZERO
    if _is_cod(trade) and status != CLOSED and word not in COD_COLLECTED:
        return ZERO
    return trade.money("payment")


def _ship_now(word, step, presale, lines):
    """True when the platform allows shipping: unknown words never do, and one blocked line holds the order."""
    left = [line for line in lines if line.to_ship and not line.dropped]
    return (
        word in SHIPPABLE
        and (not presale or step == BALANCE_PAID)
        and bool(left)
        and not any(line.refund in OPEN_REFUNDS for line in left)
        and not any(line.platform_status == BLOCKED and not line.dropped for line in lines)
    )


def _buyer_id(trade):
    """The buyer's stable key; the nick will do where it is not starred out."""
    nick = trade.text("buyer_nick")
    return trade.text("buyer_open_uid") or ("" if "*" in nick else nick)


def _receiver(trade):
    """The address, with a county-level city (which has no city above it) in the city's place."""
    names = {"province": "state", **{name: name for name in ("name", "mobile", "phone", "city", "district", "town")}}
    names |= {"address": "address", "zip": "zip"}
    texts = {ours: trade.text(f"receiver_{theirs}") for ours, theirs in names.items()}
    texts["city"] = texts["city"] or texts["district"]
    masked = frozenset(name for name, text in texts.items() if "*" in text)
    return Receiver(**texts, handle=trade.text("oaid"), masked=masked)


# --- refunds
def to_refunds(response):
    """Return the ``Refund`` of every refund in a reply: list, detail, ``{"refund": ...}`` or a bare refund.

    :raise Rejected: when one of them cannot be read; :func:`split_refunds` first to keep its neighbours
    """
    return [to_refund(refund) for _refund_id, _modified_at, refund in split_refunds(response)]


def split_refunds(response):
    """Return ``[(refund_id, modified_at, raw refund), ...]`` of a reply, as :func:`split` does for orders."""
    return _split(_found(response, REFUND_REPLIES, "refunds", "refund", "refund_id"), "refund_id")


def to_refund(refund):
    """Return the ``Refund`` of one raw refund.

    :raise Rejected: when it cannot be read, naming the refund and the field
    """
    refund_id = _id(refund.get("refund_id")) if isinstance(refund, dict) else ""
    row = _Row(refund, f"refund {refund_id or 'without an id'}")
    return Refund(
        refund_id=row.id("refund_id"),
        order_id=row.id("tid"),
        line_id=row.id("oid", required=False) or row.id("tid"),
        status=_refund(row.text("status")),
        amount=row.money("refund_fee"),
        reason=row.text("reason"),
        modified_at=row.moment("modified"),
        has_good_return=row.flag("has_good_return"),
        return_company=row.text("company_name"),
        return_number=row.text("sid"),
        version=row.text("refund_version"),
        phase=row.text("refund_phase"),
    )


# --- listings
def to_listings(response):
    """Return a ``ChannelListing`` per SKU of a reply, or per item that has no SKUs.

    :raise Rejected: when one of them cannot be read
    """
    raise_for_error(response)
    body = _body(response, ITEM_REPLIES | SKU_REPLIES, ("items", "item", "skus"))
    if "skus" in body:
        return [_sku_listing(sku, _Row({}, "item")) for sku in rows(body, "skus", "sku")]
    shelf = "instock" if "items_inventory_get_response" in response else "onsale"
    found = rows(body, "items", "item") if "items" in body else rows(body, "item", "item")
    return [listing for item in found for listing in _item_listings(item, shelf)]


def _item_listings(data, shelf):
    item_id = _id(data.get("num_iid")) if isinstance(data, dict) else ""
    item = _Row(data, f"item {item_id or 'without an id'}")
    item.data = {"approve_status": shelf, **item.data, "num_iid": item.id("num_iid")}
    if skus := rows(item.data, "skus", "sku"):
        return [_sku_listing(sku, item) for sku in skus]
    return [
        ChannelListing(
            item_id=item_id,
            platform_sku=item_id,
            sku=item.text("outer_id"),
            title=item.text("title"),
            price=item.money("price", ZERO),
            **_saleable(item, "num"),
            on_sale=item.text("approve_status") == "onsale",
        )
    ]


def _sku_listing(data, item):
    row = _Row(data, f"{item.owner}, sku {_id(data.get('sku_id')) if isinstance(data, dict) else ''}")
    offered = not item.has("approve_status") or item.text("approve_status") == "onsale"
    return ChannelListing(
        item_id=row.id("num_iid", required=False) or item.id("num_iid"),
        platform_sku=row.id("sku_id"),
        sku=row.text("outer_id"),
        title=item.text("title"),
        properties=row.text("properties_name"),
        price=row.money("price", ZERO),
        **_saleable(row, "quantity"),
        on_sale=offered and row.text("status") in ("", "normal"),
    )


def _saleable(row, name):
    """What is not already reserved by orders that wait for their payment; a quantity that cannot be read is told as it
    is, because nothing else of the listing depends on it."""
    counts = {}
    for field in (name, "with_hold_quantity"):
        try:
            counts[field] = row.pieces(field, ZERO)
        except Rejected:
            return {"quantity": None, "told": str(row.data[field])[:40]}
    return {"quantity": max(ZERO, counts[name] - counts["with_hold_quantity"]) if row.has(name) else None}
