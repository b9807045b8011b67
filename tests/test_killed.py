"""Killed at any instant: whatever dies while orders come in and parcels go out, nothing is lost and nothing doubled."""

import json
import random
import threading
import time
import urllib.error
from collections import Counter
from decimal import Decimal

import pytest

from hankou.postgres import psql
from tests.marketplace import Marketplace
from tests.support.merchant import GOODS, PIECES, Merchant, eventually
from tests.support.running_odoo import RemoteError

# What becomes of an order: it comes in, is sold, leaves, and the platform is told.
STEPS = 4
# What a dying server answers, or does not.
SILENCE = (OSError, urllib.error.URLError, json.JSONDecodeError, EOFError)
# What Odoo says while its database is away or two did the same at the same time: the hand tries again.
AGAIN = ("OperationalError", "InterfaceError", "AdminShutdown", "CrashShutdown", "PoolError", "SerializationFailure")


class Hand(threading.Thread):
    """A warehouse hand who ships whatever is ready, server or no server, and the clock that ticks each minute."""

    def __init__(self, merchant, carrier):
        super().__init__(daemon=True)
        self.merchant, self.carrier = merchant, carrier
        self.resting = threading.Event()
        self.strange = Counter()

    def run(self):
        while not self.resting.is_set():
            try:
                self.merchant.tick()
                self.ship_some()
            except SILENCE:
                time.sleep(0.2)
            except RemoteError as problem:
                if not any(word in str(problem) for word in AGAIN):
                    self.strange[str(problem)[:200]] += 1
                time.sleep(0.2)

    def ship_some(self):
        domain = [("merchant_shop_id", "!=", False), ("state", "=", "assigned"), ("picking_type_code", "=", "outgoing")]
        for picking in self.merchant.search("stock.picking", domain, ["sale_id"], limit=10, order="id"):
            values = {"carrier_id": self.carrier, "carrier_tracking_ref": f"SF{picking['id']:08d}"}
            self.merchant.call("stock.picking", "write", [picking["id"]], values)
            self.merchant.call("stock.picking", "button_validate", [picking["id"]])


def patiently(work, seconds=120):
    """``work()``, again and again while the server is away."""
    limit = time.monotonic() + seconds
    while True:
        try:
            return work()
        except (*SILENCE, RemoteError) as problem:
            if time.monotonic() > limit or (
                isinstance(problem, RemoteError) and not any(word in str(problem) for word in AGAIN)
            ):
                raise
            time.sleep(0.3)


def time_passes(installation):
    """What waits for a quarter of an hour waits no more; nothing else changes."""
    steps_done(installation)
    for table, moment in (
        ("merchant_shipment_notice", "sending_at"),
        ("merchant_shipment_notice", "next_try_at"),
        ("merchant_inbox", "next_try_at"),
        ("merchant_shop", "next_pull_at"),
        ("merchant_shop", "publish_next_at"),
        ("merchant_publication", "next_try_at"),
        ("merchant_publication", "sending_at"),
        ("queue_job", "eta"),
    ):
        psql(
            installation.instance.server,
            f"UPDATE {table} SET {moment} = {moment} - interval '15 minutes' WHERE {moment} IS NOT NULL",  # noqa: S608
            installation.database,
        )


def steps_done(installation):
    """Rows in, orders sold, parcels out, parcels told: all counted together."""
    [row] = psql(
        installation.instance.server,
        "SELECT (SELECT count(*) FROM merchant_inbox) + (SELECT count(*) FROM merchant_inbox WHERE state = 'done')"
        " + (SELECT count(*) FROM stock_picking WHERE state = 'done' AND sale_id IS NOT NULL)"
        " + (SELECT count(*) FROM merchant_shipment_notice WHERE state = 'sent'),"
        # the runner looks for dead jobs whenever it is woken, once a minute at the latest
        " pg_notify('queue_job', '')",
        installation.database,
    )
    return int(row.split("|")[0])


def work_goes_on(installation, steps, seconds=40):
    """Wait until so much more is done, so that the next kill falls into work and not into its recovery."""
    limit, before = time.monotonic() + seconds, steps_done(installation)
    while steps_done(installation) < before + steps and time.monotonic() < limit:
        installation.revive()
        time.sleep(0.5)


def settled(installation, orders):
    """Whether every order is sold and shipped, and the platform told of every parcel and every quantity."""
    counts = psql(
        installation.instance.server,
        "SELECT (SELECT count(*) FROM merchant_inbox WHERE state = 'new'),"
        " (SELECT count(*) FROM merchant_shipment_notice WHERE state = 'sent'),"
        " (SELECT count(*) FROM stock_picking WHERE state = 'done' AND sale_id IS NOT NULL),"
        " (SELECT count(*) FROM merchant_publication_mark),"
        " (SELECT count(*) FROM merchant_publication WHERE state != 'idle')",
        installation.database,
    )
    return [int(each) for each in counts[0].split("|")] == [0, orders, orders, 0, 0]


def run(installation, orders, kills, seed):
    """Play it; return ``(marketplace, merchant, shop, hand, killed)``, all at rest."""
    dice = random.Random(seed)
    merchant = Merchant(installation).stock_up()
    with Marketplace(port=0, speed=0) as market:
        for _number in range(orders):
            market.add_trade(
                [(dice.choice(GOODS), dice.randint(1, 3)) for _line in range(dice.randint(1, 3))], postage="6.00"
            )
        market.faults.set("slow", seconds=0.05)
        shop = merchant.open_shop(market)
        merchant.call("merchant.shop", "write", [shop.id], {"pull_interval": 1, "publishes": True})
        hand = Hand(merchant, shop.carrier())
        merchant.call("merchant.shop", "action_pull", [shop.id])
        hand.start()
        victims = [victim for victim in ("server", "runner", "postgres") for _time in range(kills // 3)]
        dice.shuffle(victims)
        for victim in victims:
            work_goes_on(installation, dice.randint(0, 2 * STEPS * orders // kills))
            time.sleep(dice.uniform(0, 0.5))
            getattr(installation, f"kill_{victim}")()
        market.faults.clear()
        limit = time.monotonic() + 900
        while not settled(installation, orders):
            assert time.monotonic() < limit, "it never came to rest"
            installation.revive()
            time_passes(installation)
            market.advance(seconds=60)
            time.sleep(3)
        hand.resting.set()
        hand.join(60)
        # one more pull over everything: what is here is known
        patiently(lambda: merchant.call("merchant.shop", "action_pull", [shop.id]))
        patiently(lambda: shop.settle(120))
        patiently(lambda: eventually(lambda: settled(installation, orders), 120, "the last quantity told"))
        return market, merchant, shop, hand, Counter(victims)


def check(market, merchant, shop, orders):
    """Everything the platform has is here once, to the fen; every parcel is known there once; stock adds up."""
    trades = {str(trade.tid): trade for trade in market.shop(None).trades.values()}
    assert len(trades) == orders
    fields = ["platform_order_ref", "amount_total", "state"]
    sold = merchant.search("sale.order", [("merchant_shop_id", "=", shop.id)], fields)
    assert sorted(order["platform_order_ref"] for order in sold) == sorted(trades)
    for order in sold:
        trade = trades[order["platform_order_ref"]]
        assert (order["state"], order["amount_total"]) == ("sale", float(Decimal(trade.payment) / 100))
    assert Counter(str(sent.tid) for sent in market.shipments) == Counter(list(trades))
    for trade in trades.values():
        [sent] = [each for each in market.shipments if each.tid == trade.tid]
        assert sorted(sent.oids) == sorted(line.oid for line in trade.lines)
    notices = merchant.search("merchant.shipment.notice", [("shop_id", "=", shop.id)], ["state", "platform_order_ref"])
    assert Counter(notice["state"] for notice in notices) == {"sent": orders}
    gone = Counter()
    for trade in trades.values():
        for line in trade.lines:
            gone[line.sku_code or line.code] += line.quantity
    for code, product in merchant.product_ids.items():
        stock = merchant.read("product.product", product, "qty_available", "virtual_available")
        assert (stock["qty_available"], stock["virtual_available"]) == (PIECES - gone[code],) * 2, code
    every_quantity_is_right(market, merchant, shop, gone)


def every_quantity_is_right(market, merchant, shop, gone):
    """The platform has of each listing what was worked out for it, and that is what lies on the shelf."""
    there = market.shop(None).quantities()
    offers = merchant.search("merchant.publication", [("shop_id", "=", shop.id)], ["sku", "wanted", "sent", "shield"])
    assert {offer["sku"] for offer in offers} == set(GOODS)
    for offer in offers:
        assert there[offer["sku"]] == offer["sent"] == offer["wanted"], offer
        assert offer["wanted"] == PIECES - gone[offer["sku"]] - offer["shield"], offer


def play(installation, orders, kills, seed, capsys):
    begun = time.monotonic()
    market, merchant, shop, hand, killed = run(installation, orders, kills, seed)
    check(market, merchant, shop, orders)
    assert not hand.strange, hand.strange
    with capsys.disabled():
        print(
            f"\nkilled: {orders} orders, {len(market.shipments)} parcels told, "
            f"{', '.join(f'{victim} {times}×' for victim, times in sorted(killed.items()))}, "
            f"{time.monotonic() - begun:.0f} s"
        )


def test_killed_a_few_times_while_orders_come_in_and_parcels_go_out(installation, capsys):
    play(installation, 30, 3, 1, capsys)


@pytest.mark.slow
def test_killed_sixty_times_while_orders_come_in_and_parcels_go_out(installation, capsys):
    play(installation, 500, 60, 2, capsys)
