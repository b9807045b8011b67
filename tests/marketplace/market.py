"""The marketplace: its shops, their common clock and faults, the log of calls, and the server in front."""

import heapq
import itertools
import random
import threading
import time
from collections import deque

from . import scenarios
from .clock import Clock, moment
from .control import Control
from .faults import Faults
from .page import Pages
from .platforms import PLATFORMS
from .server import Server
from .shop import Refusal, Shop

MOST_AT_ONCE = 50  # new orders of the live scenario after a quiet time, so that a long pause does not flood


class Marketplace:
    """``with Marketplace() as market:`` serves on a free port of the loopback; ``market.url`` is its address.

    ``scenario`` is a name of ``scenarios.SCENARIOS``, a path of a JSON file, or the dict such a file holds.
    ``speed`` is how many new orders come in per minute of real time. ``fresh_ids``: no trade has the id of an earlier
    run's, as a database that outlives this marketplace needs; without it a scenario always has the same ids.
    """

    def __init__(self, port=0, host="127.0.0.1", scenario="empty", speed=0, seed=1, fresh_ids=False):
        self.lock = threading.RLock()
        self.clock = Clock()
        self.seed, self.fresh_ids = seed, fresh_ids
        self.faults = Faults(seed)
        self.platforms = {name: platform(self) for name, platform in PLATFORMS.items()}
        self._doors = [*self.platforms.values(), Control(self), Pages(self)]
        self._server = Server(host, port, self.answer)
        self.load(scenario, speed)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_error):
        self.stop()

    def start(self):
        self._server.start()
        return self

    def stop(self):
        self._server.stop()

    @property
    def url(self):
        return self._server.url

    # -- shops and scenarios --------------------------------------------------------------------------------------

    def load(self, scenario="empty", speed=None):
        """Forget everything and begin the scenario."""
        with self.lock:
            self.shops = {}
            self.calls = deque(maxlen=200)
            self.call_count = 0
            self._agenda, self._order = [], itertools.count()
            self.speed, self._sold_until = self.speed if speed is None else speed, time.monotonic()
            self.faults.clear()
            self.random = random.Random(f"{self.seed}:market")
            self._first_id = int(time.time()) * 10**6 if self.fresh_ids else 0
            for platform in self.platforms.values():
                platform.reset()
            scenarios.load(self, scenario)

    def add_shop(self, name, app_key, app_secret, session, platform="taobao", **options):
        """Open another shop on this server; shops of one application share its app_key and secret."""
        with self.lock:
            shop = Shop(
                name,
                app_key,
                app_secret,
                session,
                platform=platform,
                clock=self.clock,
                lock=self.lock,
                number=len(self.shops),
                seed=self.seed,
                first_id=self._first_id,
                **options,
            )
            self.shops[name] = shop
            return shop

    def shop(self, name=None):
        """The named shop, or the first one."""
        with self.lock:
            return self.shops[name] if name else next(iter(self.shops.values()))

    def shop_of(self, tid):
        with self.lock:
            for shop in self.shops.values():
                if int(tid) in shop.trades:
                    return shop
        raise Refusal("not_found", str(tid))

    # -- shortcuts to the shops -----------------------------------------------------------------------------------

    def add_trade(self, lines=None, shop=None, **trade):
        """See ``Shop.add_trade``."""
        return self.shop(shop).add_trade(lines, **trade)

    def add_listing(self, *listing, shop=None, **options):
        return self.shop(shop).add_listing(*listing, **options)

    def sell(self, code, quantity=1, shop=None, **trade):
        return self.shop(shop).sell(code, quantity, **trade)

    def act(self, action, tid, **arguments):
        """Do what ``Shop.<action>`` does to a trade wherever it is, e.g. ``act("change_address", tid)``."""
        return getattr(self.shop_of(tid), action)(tid, **arguments)

    def pay(self, tid):
        return self.act("pay", tid)

    def cancel(self, tid):
        return self.act("cancel", tid)

    def finish(self, tid):
        return self.act("finish", tid)

    def change_address(self, tid, receiver=None):
        return self.act("change_address", tid, receiver=receiver)

    def change_remark(self, tid, **remark):
        return self.act("change_remark", tid, **remark)

    def ask_refund(self, tid, oid=None, **refund):
        return self.act("ask_refund", tid, oid=oid, **refund)

    def agree_refund(self, refund):
        """Take a ``Refund`` (what ``ask_refund`` returned) and give the money back."""
        return self.shop_of(refund.tid).agree_refund(refund.refund_id)

    def refund(self, tid, oid=None, **refund):
        """Ask and agree in one go."""
        return self.agree_refund(self.ask_refund(tid, oid, **refund))

    def trade(self, tid):
        return self.shop_of(tid).get(tid)

    @property
    def shipments(self):
        """Accepted shipping calls of all shops, oldest first within a shop."""
        with self.lock:
            return [shipment for shop in self.shops.values() for shipment in shop.shipments]

    @property
    def quantity_updates(self):
        with self.lock:
            return [update for shop in self.shops.values() for update in shop.quantity_updates]

    def quantities(self, shop=None):
        return self.shop(shop).quantities()

    # -- time -----------------------------------------------------------------------------------------------------

    def at(self, when, action):
        """Call ``action`` once the clock has passed ``when``; inside, it is exactly ``when``."""
        with self.lock:
            heapq.heappush(self._agenda, (moment(when), next(self._order), action))

    def advance(self, seconds=0, **span):
        """Move the clock ahead and let everything due in between happen, in order."""
        with self.lock:
            self.clock.advance(seconds, **span)
            self.tick()

    def play(self, trades, shop=None):
        """Schedule a list of trades as dicts (see README); what is already past happens now."""
        with self.lock:
            for trade in trades:
                scenarios.schedule(self, trade, shop)
            self.tick()

    def tick(self):
        """Let happen what is due; called before each answer, so nobody can tell it is not continuous."""
        with self.lock:
            while self._agenda and self._agenda[0][0] <= self.clock.now():
                when, _order, action = heapq.heappop(self._agenda)
                with self.clock.at(when):
                    action()
            self._sell_live()

    # -- requests -------------------------------------------------------------------------------------------------

    def answer(self, request):
        """The response of the first door that knows the path, or None."""
        for door in self._doors:
            if handler := door.routes().get(request.path):
                self.tick()
                return handler(request)
        return None

    def log(self, shop, method, outcome, milliseconds):
        """Remember a call for the page; only names and outcomes, so no secret can get in."""
        with self.lock:
            self.call_count += 1
            self.calls.appendleft(
                {
                    "number": self.call_count,
                    "at": str(self.clock.now()),
                    "shop": shop,
                    "method": method,
                    "outcome": outcome,
                    "ms": round(milliseconds, 1),
                }
            )

    def _sell_live(self):
        """The live scenario's buyers: ``speed`` per minute since the last look."""
        now = time.monotonic()
        due = int((now - self._sold_until) * self.speed / 60)
        if not due:
            return
        self._sold_until = now if due > MOST_AT_ONCE else self._sold_until + due * 60 / self.speed
        for _buyer in range(min(due, MOST_AT_ONCE)):
            for shop in self.shops.values():
                scenarios.buy_something(shop)
