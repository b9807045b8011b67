"""One shop and its state engine: what buyers, the seller and the platform can do to its trades."""

import functools
import itertools
import random
import secrets
import threading
from dataclasses import dataclass, replace
from datetime import timedelta

from . import trade as t
from .clock import Clock, moment, wall
from .money import fen, shares
from .trade import Cell, Line, Listing, Refund, Trade, someone


class Refusal(Exception):
    """The platform does not allow it. ``reason`` is one of the words used below; platforms translate it."""

    def __init__(self, reason, detail=""):
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason, self.detail = reason, detail


@dataclass(frozen=True)
class Shipment:
    """An accepted shipping call. ``goods`` holds ``(oid, quantity)`` pairs."""

    shop: str
    tid: int
    goods: tuple[tuple[int, int], ...]
    carrier: str
    waybill: str
    at: object
    method: str

    @property
    def oids(self):
        return tuple(oid for oid, _quantity in self.goods)


@dataclass(frozen=True)
class QuantityUpdate:
    shop: str
    item_id: int
    sku_id: int | None
    code: str
    before: int
    after: int
    delta: bool
    at: object
    method: str


@dataclass(frozen=True)
class Event:
    """Something a platform may push: ``kind`` is e.g. ``trade_paid``; ``number`` counts from 1 per shop."""

    number: int
    kind: str
    tid: int
    oid: int | None
    at: object


def locked(method):
    """Run under the marketplace's lock: requests come from many threads."""

    @functools.wraps(method)
    def guarded(self, *args, **kwargs):
        with self.lock:
            return method(self, *args, **kwargs)

    return guarded


class Shop:
    def __init__(
        self,
        name,
        app_key,
        app_secret,
        session,
        *,
        platform="taobao",
        clock=None,
        lock=None,
        number=0,
        seed=1,
        first_id=0,
        lifetime=timedelta(days=30),
        refreshable=True,
    ):
        self.name, self.platform = name, platform
        self.app_key, self.app_secret, self.session = app_key, app_secret, session
        self.refresh_token = f"refresh-{secrets.token_hex(8)}"
        self.lifetime, self.refreshable = lifetime, refreshable
        self.session_ends = wall() + lifetime
        self.codes = set()
        self.clock, self.lock = clock or Clock(), lock or threading.RLock()
        self.random = random.Random(f"{seed}:{name}")
        self.user_id = 2_200_000_000_000 + number
        self.trades, self.refunds, self.listings = {}, {}, {}
        self.shipments, self.quantity_updates, self.events = [], [], []
        self.refused_sales = 0
        self.oversold = 0
        self.decryptions = 0
        self.answered_keys = {}
        self._waybills = {}
        self.sold_out_leaves_shelf = False
        # Beyond 2^53 and below 2^63, apart from the other shops of this server.
        self._trade_ids = itertools.count(4_100_200_300_000_000_000 + first_id + number * 10**15, 10_000)
        self._refund_ids = itertools.count(88_800_100_200_300_000 + number * 10**12)
        self._item_ids = itertools.count(610_000_000_001 + number * 10**9)
        self._sku_ids = itertools.count(4_900_000_000_011 + number * 10**9)

    # -- authorisation ------------------------------------------------------------------------------------------

    @locked
    def new_session(self):
        """Renew the authorisation; the session and refresh token before it end."""
        self.session = f"rehearsal-{secrets.token_hex(12)}"
        self.refresh_token = f"refresh-{secrets.token_hex(12)}"
        self.session_ends = wall() + self.lifetime
        return self.session

    @locked
    def expire_session(self):
        self.session_ends = wall() - timedelta(seconds=1)

    @locked
    def restore_session(self):
        self.session_ends = wall() + self.lifetime

    # -- listings -----------------------------------------------------------------------------------------------

    @locked
    def add_listing(self, code, title, price, quantity=100, skus=(), deduct="order", on_shelf=True):
        """Put an item on sale. ``skus`` holds ``(code, properties, price, quantity)``; prices are in yuan."""
        cells = [Cell(next(self._sku_ids), code_, text, fen(cost), count) for code_, text, cost, count in skus]
        now = self.clock.now()
        listing = Listing(
            next(self._item_ids),
            code,
            title,
            cells or [Cell(None, code, "", fen(price), quantity)],
            now,
            now,
            deduct,
            on_shelf,
        )
        self.listings[listing.item_id] = listing
        return listing

    def find(self, code):
        """``(listing, cell)`` carrying the merchant code, or ``(None, None)``."""
        for listing in self.listings.values():
            for cell in listing.cells:
                if code == cell.code or (code == listing.code and not listing.has_skus):
                    return listing, cell
        return None, None

    @locked
    def quantities(self):
        """Published quantity by merchant code."""
        return {cell.code: cell.quantity for listing in self.listings.values() for cell in listing.cells}

    @locked
    def set_quantity(self, listing, cell, value, delta=False, method="page", floor=False):
        """Publish a quantity; ``floor`` turns a result below zero into zero instead of refusing it."""
        before, after = cell.quantity, cell.quantity + value if delta else value
        if after < 0 and not floor:
            raise Refusal("negative_quantity", str(after))
        cell.quantity, cell.garbled = max(0, after), ...
        listing.modified = self.clock.now()
        if self.sold_out_leaves_shelf and not any(other.quantity for other in listing.cells):
            listing.on_shelf = False
        if method != "page":
            self.quantity_updates.append(
                QuantityUpdate(
                    self.name,
                    listing.item_id,
                    cell.sku_id,
                    cell.code,
                    before,
                    cell.quantity,
                    delta,
                    listing.modified,
                    method,
                )
            )
        return cell.quantity

    @locked
    def garble_quantity(self, code, value):
        """Have lists tell this instead of the quantity, until another one is set."""
        self.find(code)[1].garbled = value

    @locked
    def shelve(self, listing, on_shelf):
        """Put an item on the shelf or take it off."""
        listing.on_shelf = on_shelf
        listing.modified = self.clock.now()

    # -- trades: from creation to payment ----------------------------------------------------------------------

    @locked
    def add_trade(
        self,
        lines=None,
        *,
        buyer=None,
        receiver=None,
        discount=0,
        postage=0,
        paid=True,
        created=None,
        paid_at=None,
        frozen=False,
        cod=False,
        cod_fee=0,
        deposit=None,
        kind=None,
        message="",
        memo="",
        flag=0,
        tid=None,
        late=0,
        stock=True,
        drift=0,
    ):
        """Add a trade and return it. All amounts are yuan (text, int or Decimal).

        ``lines`` holds merchant codes, ``(code, quantity)`` pairs or dicts with ``code``, ``quantity``, ``price``,
        ``discount``, ``adjust`` and ``gift_of`` (index of the main line; makes it a free gift). ``discount`` is the
        order's, shared over the lines. ``deposit`` makes a presale. ``late`` hides every change from lists that
        many seconds. ``stock=False`` leaves the published quantity alone. ``drift`` is added to the payment only.
        """
        created = moment(created) if created else self.clock.now()
        tid = int(tid) if tid else next(self._trade_ids)
        if tid in self.trades:
            raise ValueError(f"Trade {tid} exists.")
        if fen(cod_fee) and not cod:
            raise ValueError("Only cash on delivery has a COD fee.")
        kind = kind or ("cod" if cod else "step" if deposit else "fixed")
        who = receiver or someone(self.random)
        order = Trade(
            tid,
            buyer or f"{who.name[:1]}**{self.random.randint(10, 99)}",
            who,
            self._new_oaid(),
            self._lines(tid, lines or [self._anything()]),
            created,
            created,
            created,
            kind=kind,
            postage=fen(postage),
            cod_fee=fen(cod_fee),
            drift=fen(drift),
            deposit=fen(deposit or 0),
            step=t.DEPOSIT_DUE if deposit else None,
            message=message,
            memo=memo,
            flag=flag,
            late=late,
        )
        for line, share in zip(order.lines, shares(fen(discount), [x.total for x in order.lines]), strict=True):
            line.share = share
        self.trades[tid] = order
        with self.clock.at(created):
            self._open(order, stock)
        if paid and not cod and not deposit:
            self._pay_at(order, moment(paid_at) if paid_at else min(self.clock.now(), created + timedelta(seconds=40)))
        if frozen:
            self._set_state(order, t.FROZEN)
        return order

    @locked
    def sell(self, code, quantity=1, **trade):
        """A buyer's try: the trade if the published quantity allows it, otherwise None (and a refused sale)."""
        listing, cell = self.find(code)
        if not listing or not listing.on_shelf or cell.saleable < quantity:
            self.refused_sales += 1
            return None
        return self.add_trade([(code, quantity)], **trade)

    @locked
    def pay(self, tid):
        """Pay; a presale pays its deposit first and its final part the second time."""
        order = self.get(tid)
        if order.state != t.UNPAID or order.cod:
            raise Refusal("not_payable", order.state)
        if order.step == t.DEPOSIT_DUE:
            order.step = t.FINAL_DUE
            return self._touch(order, "trade_changed")
        if order.step:
            order.step = t.FINAL_PAID
        order.paid_at = self.clock.now()
        for cell, quantity, phase in order.reserved:
            if phase == "payment":
                cell.held -= quantity
                self._take(cell, quantity)
        self._set_state(order, t.PAID)
        return self._touch(order, "trade_paid")

    @locked
    def freeze(self, tid):
        return self._move(tid, (t.PAID,), t.FROZEN)

    @locked
    def release(self, tid):
        return self._move(tid, (t.FROZEN,), t.PAID)

    @locked
    def cancel(self, tid):
        """Close an unpaid trade; what it held or took from the published quantity returns."""
        order = self.get(tid)
        if order.state != t.UNPAID:
            raise Refusal("not_cancellable", order.state)
        for cell, quantity, phase in order.reserved:
            if phase == "payment":
                cell.held -= quantity
            else:
                cell.quantity += quantity
        if order.step == t.FINAL_DUE:
            order.step = t.FORFEITED
        order.ended_at = self.clock.now()
        self._set_state(order, t.CANCELLED)
        return self._touch(order, "trade_closed")

    # -- trades: afterwards ------------------------------------------------------------------------------------

    @locked
    def change_address(self, tid, receiver=None):
        order = self.get(tid)
        order.receiver = receiver or replace(someone(self.random), name=order.receiver.name)
        order.oaid = self._new_oaid()
        return self._touch(order, "address_changed")

    @locked
    def change_remark(self, tid, memo=None, flag=None, message=None):
        order = self.get(tid)
        order.memo = order.memo if memo is None else memo
        order.flag = order.flag if flag is None else flag
        order.message = order.message if message is None else message
        return self._touch(order, "memo_changed")

    @locked
    def force_status(self, tid, raw_status):
        """Answer with this status word whatever the state is (None: the true one again)."""
        order = self.get(tid)
        order.raw_status = raw_status
        return self._touch(order, "trade_changed")

    @locked
    def ship(
        self, tid, carrier="SF", waybill=None, oids=None, quantities=None, method="page", online=False, again=False
    ):
        """Ship the named lines, or all that is left; refuse what the state does not allow.

        ``quantities`` maps oid to pieces for a part of a line. Only calls through an API are recorded.
        """
        order = self.get(tid)
        waybill = waybill or f"HK{order.tid % 10**12:012d}"
        lines = self.check_shipment(order, waybill, oids, online, again)
        goods = [(line, self._pieces(line, quantities, again)) for line in lines]
        for line, pieces in goods:
            self._ship_line(order.tid, line, pieces, carrier, waybill, again)
        order.shipped_at = self.clock.now()
        self._settle_state(order)
        if method != "page":
            self.shipments.append(
                Shipment(
                    self.name,
                    order.tid,
                    tuple((line.oid, n) for line, n in goods),
                    carrier,
                    waybill,
                    order.shipped_at,
                    method,
                )
            )
        return self._touch(order, "trade_part_shipped" if order.state == t.PART_SHIPPED else "trade_shipped")

    @locked
    def check_shipment(self, order, waybill, oids=None, online=False, again=False):
        """The lines such a shipment would hold, or the Refusal it would meet; nothing changes."""
        lines = self._shippable(order, oids, again)
        if order.cod and not online:
            raise Refusal("cod_needs_booking", str(order.tid))
        if self._waybills.get(waybill, order.tid) != order.tid:
            raise Refusal("waybill_used", waybill)
        return lines

    @locked
    def reship(self, tid, carrier, waybill, oids=None, method="page"):
        """Replace carrier and waybill of lines that have been shipped."""
        order = self.get(tid)
        lines = [line for line in order.lines if line.state == t.SHIPPED and (not oids or line.oid in oids)]
        if not lines:
            raise Refusal("not_shippable", order.state)
        for line in lines:
            line.carrier, line.waybill = carrier, waybill
        if method != "page":
            self.shipments.append(
                Shipment(
                    self.name,
                    order.tid,
                    tuple((x.oid, x.quantity) for x in lines),
                    carrier,
                    waybill,
                    self.clock.now(),
                    method,
                )
            )
        return self._touch(order, "trade_changed")

    @locked
    def sign(self, tid):
        """The buyer of a cash-on-delivery trade takes the parcel and pays."""
        order = self.get(tid)
        order.paid_at = self.clock.now()
        return self._move(tid, (t.SHIPPED,), t.SIGNED)

    @locked
    def finish(self, tid):
        order = self._move(tid, (t.SHIPPED, t.SIGNED), t.FINISHED, "trade_finished")
        order.ended_at = self.clock.now()
        for line in order.lines:
            line.ended_at = line.ended_at or order.ended_at
        return order

    # -- refunds ------------------------------------------------------------------------------------------------

    @locked
    def ask_refund(self, tid, oid=None, amount=None, goods_return=False, reason="不想要了"):
        """The buyer asks for a line's money; by default the first line that can be refunded, and all of it."""
        order = self.get(tid)
        line = self._refundable(order, oid)
        value = self._refund_amount(order, line) if amount is None else fen(amount)
        if not 0 < value <= self._refund_amount(order, line):
            raise Refusal("bad_amount", str(value))
        now = self.clock.now()
        refund = Refund(
            next(self._refund_ids),
            order.tid,
            line.oid,
            value,
            line.quantity,
            t.ASKED,
            reason,
            goods_return,
            order.state in t.OVER,
            now,
            now,
        )
        self.refunds[refund.refund_id], line.refund = refund, refund
        self._touch(order, "refund_asked", line)
        return refund

    @locked
    def agree_refund(self, refund_id):
        """The seller agrees: money back at once, or after the goods are back."""
        refund = self._refund(refund_id, (t.ASKED, t.REFUSED))
        if refund.goods_return:
            return self._turn(refund, t.GOODS_DUE, "refund_agreed")
        return self._return_money(refund)

    @locked
    def return_goods(self, refund_id, carrier="中通快递", waybill="RETURN0001"):
        refund = self._refund(refund_id, (t.GOODS_DUE,))
        refund.carrier, refund.waybill = carrier, waybill
        return self._turn(refund, t.GOODS_SENT, "refund_goods_sent")

    @locked
    def receive_goods(self, refund_id):
        return self._return_money(self._refund(refund_id, (t.GOODS_SENT,)))

    @locked
    def refuse_refund(self, refund_id):
        return self._turn(self._refund(refund_id, t.REFUND_OPEN), t.REFUSED, "refund_refused")

    @locked
    def withdraw_refund(self, refund_id):
        return self._turn(self._refund(refund_id, (*t.REFUND_OPEN, t.REFUSED)), t.WITHDRAWN, "refund_closed")

    # -- looking up ---------------------------------------------------------------------------------------------

    def get(self, tid):
        try:
            return self.trades[int(tid)]
        except (KeyError, ValueError):
            raise Refusal("not_found", str(tid)) from None

    @locked
    def counts(self):
        """Number of trades by state, the empty ones left out."""
        found = [order.state for order in self.trades.values()]
        return {state: found.count(state) for state in t.STATES if state in found}

    # -- private steps ------------------------------------------------------------------------------------------

    def _new_oaid(self):
        return "1o" + "".join(self.random.choices("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=30))

    def _anything(self):
        listings = [listing for listing in self.listings.values() if listing.on_shelf]
        return self.random.choice(self.random.choice(listings).cells).code

    def _lines(self, tid, wishes):
        wishes = [wish if isinstance(wish, dict) else self._wish(wish) for wish in wishes]
        oids = [tid] if len(wishes) == 1 else [tid + index for index in range(1, len(wishes) + 1)]
        lines = [self._line(oid, **wish) for oid, wish in zip(oids, wishes, strict=True)]
        for line in lines:
            if line.gift_of is not None:
                line.gift_of, line.discount = oids[line.gift_of], line.gross
        return lines

    def _wish(self, wish):
        code, quantity = (wish, 1) if isinstance(wish, str) else wish
        return {"code": code, "quantity": quantity}

    def _line(self, oid, code, quantity=1, price=None, discount=0, adjust=0, gift_of=None, title=None):
        listing, cell = self.find(code)
        if not listing:  # sold from a listing the seller has since removed
            listing = Listing(
                next(self._item_ids),
                code,
                title or f"已下架商品 {code}",
                [Cell(None, code, "", fen(price or 10), 0)],
                self.clock.now(),
                self.clock.now(),
            )
            cell = listing.cells[0]
        return Line(
            oid,
            listing.item_id,
            cell.sku_id,
            listing.code,
            cell.code if cell.sku_id else "",
            title or listing.title,
            cell.properties,
            int(quantity),
            cell.price if price is None else fen(price),
            fen(discount),
            fen(adjust),
            gift_of=gift_of,
        )

    def _open(self, order, stock):
        for line in order.lines if stock else ():
            listing, cell = self.find(line.sku_code or line.code)
            if listing:
                self._reserve(order, listing, cell, line.quantity)
        if order.cod:
            self._set_state(order, t.PAID)
        self._touch(order, "trade_created")

    def _reserve(self, order, listing, cell, quantity):
        if listing.deduct == "payment":
            cell.held += quantity
        else:
            self._take(cell, quantity)
        order.reserved.append((cell, quantity, listing.deduct))

    def _take(self, cell, quantity):
        self.oversold += max(0, quantity - cell.quantity)
        cell.quantity = max(0, cell.quantity - quantity)

    def _pay_at(self, order, when):
        with self.clock.at(when):
            self.pay(order.tid)

    def _move(self, tid, allowed, state, event="trade_changed"):
        order = self.get(tid)
        if order.state not in allowed:
            raise Refusal("wrong_state", order.state)
        self._set_state(order, state)
        return self._touch(order, event)

    def _set_state(self, order, state):
        order.state = state
        for line in order.lines:
            if line.state not in t.OVER:
                line.state = state

    def _shippable(self, order, oids, again):
        if order.state not in (t.PAID, t.PART_SHIPPED, *((t.SHIPPED,) if again else ())):
            raise Refusal("already_shipped" if order.state in (t.SHIPPED, t.SIGNED) else "not_shippable", order.state)
        if unknown := set(oids or ()) - {line.oid for line in order.lines}:
            raise Refusal("not_found", ", ".join(map(str, sorted(unknown))))
        lines = [line for line in order.lines if (line.oid in oids if oids else line.state == t.PAID)]
        for line in lines:
            self._check_line(line, again)
        return lines

    def _check_line(self, line, again):
        if line.state == t.SHIPPED and not again:
            raise Refusal("already_shipped", str(line.oid))
        if line.state not in (t.PAID, t.SHIPPED):
            raise Refusal("not_shippable", f"{line.oid} {line.state}")
        if line.refund_open:
            raise Refusal("refund_open", str(line.oid))

    def _pieces(self, line, quantities, again):
        left = line.quantity if again else line.quantity - line.shipped
        pieces = int((quantities or {}).get(line.oid, left))
        if not 0 < pieces <= left:
            raise Refusal("bad_quantity", f"{line.oid}: {pieces} of {left}")
        return pieces

    def _ship_line(self, tid, line, pieces, carrier, waybill, again):
        line.carrier, line.waybill, line.shipped_at = carrier, waybill, self.clock.now()
        self._waybills[waybill] = tid
        if not again:
            line.shipped += pieces
        if line.shipped == line.quantity:
            line.state = t.SHIPPED

    def _settle_state(self, order):
        """Derive the header's state from the lines that are still alive."""
        alive = [line for line in order.lines if line.state != t.CLOSED]
        if order.state not in (t.PAID, t.PART_SHIPPED, t.SHIPPED):
            return
        if all(line.state == t.SHIPPED for line in alive):
            order.state = t.SHIPPED
        elif any(line.shipped for line in alive):
            order.state = t.PART_SHIPPED

    def _refundable(self, order, oid):
        if order.paid_at is None:
            raise Refusal("not_refundable", order.state)
        for line in order.lines:
            named = line.oid == int(oid) if oid else line.gift_of is None
            if named and line.state != t.CLOSED and not line.refund_open and line.revenue > line.refunded:
                return line
        raise Refusal("not_refundable", str(oid or order.tid))

    def _refund_amount(self, order, line):
        """What is left of a line's revenue; the last living line of an unshipped trade takes the postage along."""
        others = [x for x in order.lines if x is not line and x.gift_of is None and x.state != t.CLOSED]
        return line.revenue - line.refunded + (order.postage if not others and not order.shipped_at else 0)

    def _refund(self, refund_id, allowed):
        refund = self.refunds.get(int(refund_id))
        if not refund or refund.state not in allowed:
            raise Refusal("wrong_state" if refund else "not_found", str(refund_id))
        return refund

    def _turn(self, refund, state, event):
        refund.state = state
        order = self.get(refund.tid)
        self._touch(order, event, next(line for line in order.lines if line.oid == refund.oid))
        return refund

    def _return_money(self, refund):
        order = self.get(refund.tid)
        line = next(line for line in order.lines if line.oid == refund.oid)
        line.refunded += refund.amount
        if line.refunded >= line.revenue and not refund.aftersale:
            line.state, line.ended_at = t.CLOSED, self.clock.now()
        if all(other.state == t.CLOSED for other in order.lines if other.gift_of is None):
            order.ended_at = self.clock.now()
            order.state = t.CLOSED
            for other in order.lines:
                other.state, other.ended_at = t.CLOSED, other.ended_at or order.ended_at
        else:
            self._settle_state(order)
        return self._turn(refund, t.DONE, "refund_done")

    def _touch(self, order, event, line=None):
        """Stamp a change; times never run backwards, even when events are played out of order."""
        now = self.clock.now()
        order.modified = max(order.modified, now)
        order.arrived = order.modified + timedelta(seconds=order.late)
        if line is not None and line.refund:
            line.refund.modified = max(line.refund.modified, now)
        self.events.append(Event(len(self.events) + 1, event, order.tid, line.oid if line else None, now))
        return order
