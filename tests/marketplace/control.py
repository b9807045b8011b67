"""Steering from outside: ``GET /control/state`` and ``POST /control/<action>``, for the loopback only."""

import ipaddress
import json
from urllib.parse import urlsplit

from . import trade as t
from .clock import moment
from .faults import FAULTS
from .money import yuan
from .scenarios import random_order
from .server import Response
from .shop import Refusal

PREFIX = "/control/"
SHOWN = 40  # latest trades, shipments and quantities on the page


def reply(value, status=200):
    return Response(
        json.dumps(value, ensure_ascii=False, default=str).encode(), status, headers={"Cache-Control": "no-store"}
    )


def is_loopback(host):
    """Whether a host name or address (without port) means this machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _name(host):
    """The host without its port; empty when it is no host at all."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def foreign(request):
    """Why a request does not come from this machine's own page or a local script; empty when it does.

    The Host check stops a name that was re-pointed at the loopback, the Origin and content type checks
    stop another site's page in the same browser.
    """
    host = request.headers.get("Host", "")
    origin = request.headers.get("Origin")
    if not is_loopback(request.client):
        return "not from the loopback"
    if not is_loopback(_name(host)):
        return "foreign Host"
    if origin and origin != f"http://{host}":
        return "foreign Origin"
    if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
        return "cross-site request"
    if request.verb == "POST" and request.headers.get_content_type() != "application/json":
        return "JSON only"
    return ""


class Control:
    def __init__(self, market):
        self._market = market
        self._actions = {name[3:]: getattr(self, name) for name in dir(self) if name.startswith("do_")}

    def routes(self):
        return {f"{PREFIX}{name}": self._guarded for name in (*self._actions, "state")}

    def _guarded(self, request):
        if reason := foreign(request):
            return reply({"error": reason}, 403)
        action = request.path[len(PREFIX) :]
        if (request.verb == "GET") != (action == "state"):
            return reply({"error": "GET /control/state, POST /control/<action>"}, 405)
        return self._read(request) if action == "state" else self._perform(action, request)

    def _read(self, request):
        return reply(self.state(request.arguments().get("shop")))

    def _perform(self, action, request):
        try:
            arguments = json.loads(request.body or b"{}")
            if not isinstance(arguments, dict):
                raise ValueError("A JSON object is expected.")
            with self._market.lock:
                return reply({"ok": True, **(self._actions[action](**arguments) or {})})
        except Refusal as refusal:
            return reply({"error": str(refusal)}, 409)
        except (TypeError, ValueError, KeyError, AttributeError, IndexError, ArithmeticError) as error:
            return reply({"error": f"{type(error).__name__}: {error}"}, 400)

    # -- actions: each takes the JSON object's keys ---------------------------------------------------------------

    def do_add_trade(self, shop=None, **trade):
        if "receiver" in trade:
            trade["receiver"] = t.Receiver(**trade["receiver"])
        return {"tid": str(self._market.add_trade(shop=shop, **trade).tid)}

    def do_orders(self, count=10, shop=None):
        """That many new paid orders of one to three lines, whatever the published quantity."""
        shop = self._market.shop(shop)
        return {"tids": [str(random_order(shop).tid) for _order in range(min(int(count), 10_000))]}

    def do_sell(self, code, quantity=1, shop=None):
        order = self._market.sell(code, int(quantity), shop=shop)
        return {"tid": order and str(order.tid)}

    def do_pay(self, tid):
        self._market.pay(tid)

    def do_cancel(self, tid):
        self._market.cancel(tid)

    def do_close(self, tid):
        """Cancel an unpaid trade; refund every line of a paid one."""
        shop = self._market.shop_of(tid)
        order = shop.get(tid)
        if order.state == t.UNPAID:
            shop.cancel(tid)
        for line in order.lines:
            if order.state not in t.OVER and line.state != t.CLOSED and line.revenue > 0:
                refund = line.refund if line.refund_open else shop.ask_refund(tid, line.oid)
                refund.goods_return = False
                refund.state = t.ASKED
                shop.agree_refund(refund.refund_id)

    def do_freeze(self, tid):
        self._market.act("freeze", tid)

    def do_release(self, tid):
        self._market.act("release", tid)

    def do_ship(self, tid, carrier="SF", waybill=None):
        """The seller ships on the platform's own page, behind the ERP's back."""
        self._market.act("ship", tid, carrier=carrier, waybill=waybill, online=True)

    def do_sign(self, tid):
        self._market.act("sign", tid)

    def do_finish(self, tid):
        self._market.finish(tid)

    def do_change_address(self, tid):
        self._market.change_address(tid)

    def do_change_remark(self, tid, memo=None, flag=None, message=None):
        self._market.change_remark(tid, memo=memo, flag=flag, message=message)

    def do_force_status(self, tid, status=None):
        self._market.act("force_status", tid, raw_status=status)

    def do_ask_refund(self, tid, oid=None, amount=None, goods_return=False, reason="不想要了"):
        refund = self._market.ask_refund(tid, oid, amount=amount, goods_return=goods_return, reason=reason)
        return {"refund_id": str(refund.refund_id)}

    def do_turn_refund(self, tid, step):
        """``step``: agree, refuse, withdraw, return_goods or receive_goods, for the trade's open refunds."""
        verb = {"agree": "agree_refund", "refuse": "refuse_refund", "withdraw": "withdraw_refund"}.get(step, step)
        if verb not in ("agree_refund", "refuse_refund", "withdraw_refund", "return_goods", "receive_goods"):
            raise ValueError(f"Unknown step {step}.")
        shop = self._market.shop_of(tid)
        for line in shop.get(tid).lines:
            if line.refund_open:
                getattr(shop, verb)(line.refund.refund_id)

    def do_set_quantity(self, code, quantity, shop=None):
        shop = self._market.shop(shop)
        listing, cell = shop.find(code)
        if not cell:
            raise ValueError(f"No listing {code}.")
        shop.set_quantity(listing, cell, int(quantity))

    def do_fault(self, name, probability=1.0, times=None, shop=None, method=None, **options):
        if name not in FAULTS:
            raise ValueError(f"Unknown fault {name}.")
        self._market.faults.set(name, probability, times, shop, method, **options)

    def do_clear_faults(self, name=None, shop=None):
        self._market.faults.clear(name, shop)

    def do_session(self, shop=None, expired=True):
        shop = self._market.shop(shop)
        shop.expire_session() if expired else shop.restore_session()

    def do_clock(self, now=None, advance=0, frozen=None):
        """Set the simulated time, or advance it by seconds; freeze it or let it run."""
        clock = self._market.clock
        if now:
            clock.set(moment(now))
        if frozen is not None:
            clock.freeze() if frozen else clock.run()
        self._market.advance(advance)
        return {"now": str(clock.now())}

    def do_speed(self, per_minute=0):
        """New orders per minute of real time."""
        self._market.speed = max(0, float(per_minute))

    def do_play(self, trades, shop=None):
        self._market.play(trades, shop)

    def do_reset(self, scenario="empty", speed=None):
        self._market.load(scenario, speed)

    # -- state: what the page shows -------------------------------------------------------------------------------

    def state(self, name=None):
        market = self._market
        with market.lock:
            shops = [shop for shop in market.shops.values() if name in (None, shop.name)]
            return {
                "now": str(market.clock.now()),
                "speed": market.speed,
                "calls": list(market.calls)[:60],
                "call_count": market.call_count,
                "shops": [self._shop(shop) for shop in shops],
                "faults": self._faults(),
            }

    def _faults(self):
        active, fired = self._market.faults.active(), self._market.faults.fired
        return [
            {
                "name": name,
                "zh": zh,
                "en": en,
                "options": options,
                "fired": fired[name],
                "active": [rule for rule in active if rule["name"] == name],
            }
            for name, (zh, en, options) in FAULTS.items()
        ]

    def _shop(self, shop):
        latest = sorted(shop.trades.values(), key=lambda order: (order.modified, order.tid), reverse=True)[:SHOWN]
        return {
            "name": shop.name,
            "platform": shop.platform,
            "gateway": "/router/rest",
            "app_key": shop.app_key,
            "session_ends": shop.session_ends,
            "counts": shop.counts(),
            "refused_sales": shop.refused_sales,
            "oversold": shop.oversold,
            "decryptions": shop.decryptions,
            "trades": [self._trade(order) for order in latest],
            "shipments": [self._shipment(sent) for sent in shop.shipments[: -SHOWN - 1 : -1]],
            "shipment_count": len(shop.shipments),
            "update_count": len(shop.quantity_updates),
            "updates": [vars(update) for update in shop.quantity_updates[: -SHOWN - 1 : -1]],
            "listings": [
                {
                    "code": cell.code,
                    "title": listing.title,
                    "properties": cell.properties,
                    "price": yuan(cell.price),
                    "quantity": cell.quantity,
                    "held": cell.held,
                    "on_shelf": listing.on_shelf,
                }
                for listing in shop.listings.values()
                for cell in listing.cells
            ],
        }

    def _trade(self, order):
        return {
            "tid": str(order.tid),
            "buyer": order.buyer,
            "state": order.state,
            "step": order.step,
            "kind": order.kind,
            "payment": yuan(order.payment),
            "modified": str(order.modified),
            "waybills": order.waybills,
            "raw_status": order.raw_status,
            "lines": [
                {
                    "oid": str(line.oid),
                    "code": line.sku_code or line.code,
                    "title": line.title,
                    "quantity": line.quantity,
                    "state": line.state,
                    "gift": line.gift_of is not None,
                    "refund": line.refund and line.refund.state,
                }
                for line in order.lines
            ],
        }

    def _shipment(self, sent):
        return {
            "tid": str(sent.tid),
            "goods": [[str(oid), quantity] for oid, quantity in sent.goods],
            "carrier": sent.carrier,
            "waybill": sent.waybill,
            "at": str(sent.at),
            "method": sent.method,
        }
