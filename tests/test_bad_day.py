"""A bad day: three shops sell one stock while their platform misbehaves in every way at once.

Buyers buy against the quantity that the platform was last told. In the end everything that was bought is here once, was
there to be delivered, and every problem says its reason.
"""

import contextlib
import os
import random
import re
import time
from collections import Counter

import pytest

from hankou.postgres import psql
from tests.marketplace import Marketplace
from tests.marketplace.scenarios import NOWHERE
from tests.support.merchant import KEYS, Merchant, Shop, eventually
from tests.support.running_odoo import RemoteError

APP = {name: KEYS[name] for name in ("app_key", "app_secret")}
CODES = [f"BAD-{number:02}" for number in range(40)]
WORKERS = 8
# Seconds without any progress after which something must be wrong, however slow the machine.
PATIENCE = 300
# fault: (probability, options); all at once
FAULTS = {
    "throttle": (0.03, {"seconds": 1}),
    "isp_error": (0.03, {}),
    "isp_after_effect": (0.03, {}),
    "http_error": (0.02, {}),
    "slow": (0.02, {"seconds": 1}),
    "cut": (0.02, {}),
    "malformed": (0.02, {}),
    "duplicate_rows": (0.3, {}),
    "duplicate_across_pages": (0.2, {}),
    "reorder": (0.3, {}),
    "change_between_pages": (0.1, {}),
    "clock_skew": (0.01, {}),
    "answer_lost": (0.03, {}),
    "send_busy": (0.1, {}),
    "stock_busy": (0.05, {}),
    "network_down": (0.02, {}),
    "string_ids": (0.2, {}),
}


class BadDay:
    """The company, its three shops and their buyers.

    :param orders: how many trades the buyers make
    :param pieces: of each product at the beginning; deliveries bring more while it lasts
    """

    def __init__(self, odoo, market, orders, pieces, seed=11):
        self.odoo, self.market, self.orders = odoo, market, orders
        self.dice = random.Random(seed)
        self.merchant = Merchant(odoo)
        self.call, self.search = odoo.call, self.merchant.search
        self.products = dict(zip(CODES, self.merchant.new_products(*CODES), strict=True))
        [self.warehouse] = self.search("stock.warehouse", [], ["lot_stock_id"], limit=1, order="id")
        self.stock = Counter()
        self.receive(dict.fromkeys(CODES, pieces))
        self.behind = 180  # seconds; lists stay two minutes behind the clock
        self.market.clock.advance(seconds=-self.behind)
        self.shops = [self.open(f"坏日子 {number}") for number in range(3)]
        self.trades, self.refused, self.authorised = [], 0, 0

    def receive(self, pieces):
        """Goods arrive: they are counted on the shelf."""
        self.stock.update(pieces)
        quants = [
            {
                "product_id": self.products[code],
                "location_id": self.warehouse["lot_stock_id"][0],
                "inventory_quantity": self.on_hand(code) + number,
            }
            for code, number in pieces.items()
        ]
        ids = self.call("stock.quant", "create", quants, context={"inventory_mode": True})
        self.call("stock.quant", "action_apply_inventory", ids)

    def on_hand(self, code):
        domain = [
            ("product_id", "=", self.products[code]),
            ("location_id", "=", self.warehouse["lot_stock_id"][0]),
        ]
        return sum(row["quantity"] for row in self.search("stock.quant", domain, ["quantity"]))

    def open(self, name):
        there = self.market.add_shop(name, session=f"secret-session-{name[-1]}", **APP)
        for code in CODES:
            there.add_listing(code, f"货品 {code}", "10.00", 0)
        values = {
            "name": name,
            "platform": "taobao",
            "gateway": f"{self.market.url}/router/rest",
            **KEYS,
            "session": there.session,
        }
        wizard = self.call("merchant.shop.wizard", "create", values)
        shop = self.call("merchant.shop.wizard", "action_create", [wizard])["res_id"]
        settings = {"pull_interval": 1440, "publishes": True, "publication_shares": True, "unknown_sku": "hold"}
        self.call("merchant.shop", "write", [shop], {**settings, "refresh_token": there.refresh_token})
        self.call("merchant.shop", "action_read_listings", [shop])
        return Shop(self.merchant, shop, name, self.market)

    # -- what goes on -------------------------------------------------------------------------------------------------

    def misbehave(self):
        for name, (probability, options) in FAULTS.items():
            self.market.faults.set(name, probability, **options)
        self.market.faults.set("session_expired", times=2)

    def behave(self):
        self.market.faults.clear()

    def sell(self, most):
        """Some buyers try; what the platform was not told to have they do not get."""
        for _buyer in range(min(most, self.orders - len(self.trades))):
            shop = self.dice.choice(self.shops)
            options = self.dice.choices([{}, {"paid": False}, {"receiver": NOWHERE}], [94, 4, 2])[0]
            code, pieces = self.dice.choice(CODES), self.dice.choice((1, 1, 1, 2))
            buyer = f"买家{len(self.trades)}-{self.refused}"
            trade = self.market.sell(code, pieces, shop=shop.name, buyer=buyer, **options)
            if trade:
                self.trades.append((shop, trade))
            else:
                self.refused += 1

    def pay_some(self):
        """Those who thought it over pay; some go away."""
        for _shop, trade in self.trades:
            if trade.state == "unpaid" and self.dice.random() < 0.5:
                self.market.pay(trade.tid) if self.dice.random() < 0.7 else self.market.cancel(trade.tid)

    def pull(self):
        for shop in self.shops:
            state, _error = shop.state()
            if state == "expired":
                self.authorise(shop)
            else:
                with contextlib.suppress(
                    RemoteError
                ):  # its session ended this very moment: authorised in the next round
                    self.call("merchant.shop", "action_pull", [shop.id])

    def authorise(self, shop):
        """A refreshed session whose answer was lost is known to the platform alone: the seller authorises anew."""
        there = self.market.shop(shop.name)
        values = {"session": there.session, "refresh_token": there.refresh_token}
        self.call("merchant.shop", "write", [shop.id], values)
        with contextlib.suppress(RemoteError):  # it misbehaves now, too
            self.call("merchant.shop", "action_test", [shop.id])
        self.authorised += 1

    def tick(self):
        for name in ("Merchant: queue pulls", "Merchant: campaigns"):
            [cron] = self.search("ir.cron", [("cron_name", "like", name)], context={"lang": "en_US"})
            self.call("ir.cron", "method_direct_trigger", [cron["id"]])

    def offered(self):
        with self.market.lock:
            return sum(
                sum(shop.quantities().values()) for shop in self.market.shops.values() if shop.name.startswith("坏")
            )

    # -- how it ends --------------------------------------------------------------------------------------------------

    def settle(self):
        """The platform behaves again: what waits for another try goes out, until everything stands still."""
        self.behave()
        left, since = None, time.monotonic()
        while left != (0, 0, 0, 0):
            for statement in SOON:
                self.sql(statement)
            self.pull()
            self.tick()
            time.sleep(1)
            now = self.left()
            since = since if now == left else time.monotonic()
            left = now
            assert time.monotonic() - since < PATIENCE, f"(to arrive, to process, to tell, marks) stay at {left}"
        busy = [("state", "in", ("wait_dependencies", "pending", "enqueued", "started"))]
        eventually(lambda: not self.call("queue.job", "search_count", busy), PATIENCE, "the end of the jobs")
        if self.left() != (0, 0, 0, 0):
            self.settle()

    def left(self):
        """What is still to be done: orders to arrive, rows to process, quantities and notices to tell, marks."""
        ids = [shop.id for shop in self.shops]
        waiting = [("shop_id", "in", ids), ("state", "in", ("waiting", "sending"))]
        to_tell = sum(
            self.call(model, "search_count", waiting) for model in ("merchant.publication", "merchant.shipment.notice")
        )
        new = self.call("merchant.inbox", "search_count", [("shop_id", "in", ids), ("state", "=", "new")])
        return len(self.trades) - self.arrived(), new, to_tell, self.marks()

    def sql(self, statement):
        return psql(self.odoo.instance.server, statement, self.odoo.database)

    def marks(self):
        return int(self.sql("SELECT COUNT(*) FROM merchant_publication_mark")[0])

    def arrived(self):
        domain = [("shop_id", "in", [shop.id for shop in self.shops])]
        rows = self.call("merchant.inbox", "formatted_read_group", domain, ["order_ref"], ["__count"])
        return len(rows)


# pauses are over, the platform may be asked at once; nobody may write that over the API
SOON = (
    "UPDATE merchant_shop SET publish_next_at = NULL WHERE publish_next_at IS NOT NULL",
    "UPDATE merchant_publication SET next_try_at = '2020-01-01' WHERE state = 'waiting'",
    "UPDATE merchant_shipment_notice SET next_try_at = '2020-01-01' WHERE state = 'waiting' AND next_try_at > now()",
    "UPDATE merchant_inbox SET next_try_at = NULL WHERE next_try_at IS NOT NULL",
)


@pytest.fixture
def odoo(new_odoo):
    from tests.conftest import PREPARE_COMPANY

    running = new_odoo("badday", PREPARE_COMPANY)
    channels = f"root:{WORKERS},root.merchant:{WORKERS}"
    yield running.start("--max-cron-threads=0", environment={"ODOO_QUEUE_JOB_CHANNELS": channels})
    running.stop()


# a whole day of another size, to look for what goes wrong at its scale
WHOLE = int(os.environ.get("HANKOU_BAD_DAY_ORDERS", "2000"))
# Orders a second over all shops. A sale that a platform makes while a number is on its way to it is made against an old
# number, so what the shield misses grows with the pace: here the whole stock is sold in about nine minutes.
PACE = float(os.environ.get("HANKOU_BAD_DAY_PACE", "3"))


@pytest.mark.parametrize(
    ("orders", "pieces"),
    [pytest.param(120, 6, id="short"), pytest.param(WHOLE, WHOLE // 50, id="whole", marks=pytest.mark.slow)],
)
def test_a_bad_day_ends_well(odoo, orders, pieces, capsys):
    with Marketplace(port=0, speed=0) as market:
        day = BadDay(odoo, market, orders, pieces)
        eventually(lambda: day.tick() or day.offered() > pieces * len(CODES) * 0.8, 120, "the first offers")
        run(day)
        shipped = ship_some(day, orders // 20)
        day.settle()
        figures = check(day, shipped)
        with capsys.disabled():
            print(f"\nbad day: {figures}")


def run(day):
    """Buyers come at a pace that no machine's speed changes; goods arrive when the shelves look empty."""
    day.misbehave()
    begun = sold_at = time.monotonic()
    rounds = dry = 0
    while len(day.trades) < day.orders and time.monotonic() - sold_at < PATIENCE:
        before = len(day.trades)
        day.sell(max(4, day.orders // 80))
        rounds += 1
        day.pull()
        if rounds % 3 == 0:
            day.pay_some()
        if rounds % 5 == 0:
            day.tick()
        sold_at = sold_at if len(day.trades) == before else time.monotonic()
        dry = dry + 1 if len(day.trades) == before else 0
        if rounds % 12 == 0 or dry > 3:
            day.receive(dict.fromkeys(day.dice.sample(CODES, 6), 10))
            dry = 0
        time.sleep(max(0.5, begun + len(day.trades) / PACE - time.monotonic()))
    assert len(day.trades) == day.orders, f"{len(day.trades)} of {day.orders} orders, then none in {PATIENCE} s"


def ship_some(day, count):
    """Some parcels leave while the platform misbehaves: ``[(order, tracking number)]``."""
    shipped = []
    fields = ["platform_order_ref", "merchant_shop_id"]
    domain = [
        ("merchant_shop_id", "in", [shop.id for shop in day.shops]),
        ("state", "=", "assigned"),
        ("sale_id.merchant_hold_code", "=", False),
    ]
    there = eventually(
        lambda: day.pull() or _enough(day.search("stock.picking", domain, fields, limit=count), count), 120
    )
    for row in there:
        tracking = f"BAD{row['id']:09}"
        values = {"carrier_id": day.shops[0].carrier("SF"), "carrier_tracking_ref": tracking}
        day.call("stock.picking", "write", [row["id"]], values)
        day.call("stock.picking", "button_validate", [row["id"]])
        shipped.append((row["platform_order_ref"], tracking))
    return shipped


def _enough(rows, count):
    return rows if len(rows) == count else None


# -- what has to be true in the end ---------------------------------------------------------------------------------


def check(day, shipped):
    everything_arrived_once(day)
    told_once(day, shipped)
    misses = oversold_lines_are_counted_and_explained(day)
    every_quantity_is_right(day)
    every_problem_has_its_reason(day)
    no_secret_in_the_log(day)
    fired = {name: count for name, count in day.market.faults.fired.items() if count}
    assert day.orders < 1000 or set(fired) >= set(FAULTS), set(FAULTS) - set(fired)
    return {
        "orders": len(day.trades),
        "refused by the platform": day.refused,
        "the shield's misses": misses,
        "shipped": len(shipped),
        "authorised anew": day.authorised,
        "quantity updates": len(day.market.quantity_updates),
        "shield at most": max((row["shield"] for row in day.search("merchant.publication", [], ["shield"])), default=0),
        "faults": sum(fired.values()),
        "kinds of faults": len(fired),
    }


def everything_arrived_once(day):
    ids = [shop.id for shop in day.shops]
    fields = ["platform_order_ref", "merchant_shop_id", "amount_total", "state"]
    orders = day.search("sale.order", [("merchant_shop_id", "in", ids)], fields)
    refs = [order["platform_order_ref"] for order in orders]
    assert len(refs) == len(set(refs)), "an order twice"
    here = {order["platform_order_ref"]: order for order in orders}
    held = day.search("merchant.inbox", [("shop_id", "in", ids), ("state", "=", "held")], ["order_ref"])
    held = {row["order_ref"] for row in held}
    for shop, trade in day.trades:
        ref = str(trade.tid)
        if trade.state in ("unpaid", "cancelled"):
            assert ref not in here, f"{ref} is {trade.state}"
        elif ref not in held:
            assert here[ref]["merchant_shop_id"][0] == shop.id
            assert round(here[ref]["amount_total"] * 100) == trade.payment, ref
    assert set(refs) | held <= {str(trade.tid) for _shop, trade in day.trades}


def told_once(day, shipped):
    told = Counter((str(each.tid), each.waybill) for each in day.market.shipments)
    assert told == Counter(shipped), "parcels told"


# the platform learned a number while its buyers went by another
EXPLAINED = ("late", "promised_twice", "drift", "taken")
EXPLAIN = """
env["merchant.publication.push"].search([]).flush_recordset()
# the platform's clock is behind ours, so that its lists show at once what was sold: its sales are dated earlier
env.cr.execute("UPDATE merchant_publication_push SET at = at - interval '{seconds} seconds'")
env.invalidate_all()
for row in env["merchant.oversell"].search([]):
    row.cause = row._find_cause()
"""


def oversold_lines_are_counted_and_explained(day):
    """A sale may meet the number that is just being told; that is what the shield is for. What it misses, and nothing
    else, waits for stock, is found, and says how it came about."""
    ids = [shop.id for shop in day.shops]
    day.odoo.shell(EXPLAIN.format(seconds=round(day.behind)))
    found = day.search(
        "merchant.oversell", [("shop_id", "in", ids)], ["sale_line_id", "quantity", "cause", "state", "why"]
    )
    assert len(found) <= len(day.trades) // 50, found
    strange = [row for row in found if row["cause"] not in EXPLAINED or not row["why"]["table"]["rows"]]
    assert not strange, [(row["cause"], row["quantity"], row["why"]["table"]["rows"][-12:]) for row in strange]
    waiting = [
        ("sale_line_id.order_id.merchant_shop_id", "in", ids),
        ("state", "in", ("confirmed", "partially_available")),
    ]
    moves = day.search("stock.move", waiting, ["sale_line_id"])
    assert {move["sale_line_id"][0] for move in moves} <= {row["sale_line_id"][0] for row in found}
    assert sum(shop.oversold for shop in day.market.shops.values()) == 0
    quants = [("location_id", "=", day.warehouse["lot_stock_id"][0])]
    for quant in day.search("stock.quant", quants, ["quantity", "reserved_quantity", "product_id"]):
        assert 0 <= quant["reserved_quantity"] <= quant["quantity"], quant
    return dict(Counter(row["cause"] for row in found))


def every_quantity_is_right(day):
    promised = Counter()
    for shop in day.shops:
        there = day.market.shop(shop.name).quantities()
        rows = day.search("merchant.publication", [("shop_id", "=", shop.id)], ["sku", "wanted", "sent", "state"])
        assert {row["sku"] for row in rows} == set(CODES)
        for row in rows:
            assert there[row["sku"]] == row["wanted"] == row["sent"], (shop.name, row)
            promised[row["sku"]] += row["wanted"]
    for code, pieces in promised.items():
        domain = [("product_id", "=", day.products[code]), ("location_id", "=", day.warehouse["lot_stock_id"][0])]
        free = sum(row["available_quantity"] for row in day.search("stock.quant", domain, ["available_quantity"]))
        # what waits for stock is owed before anything is promised anew
        assert pieces <= max(0, free), (code, pieces, free)


def every_problem_has_its_reason(day):
    ids = [shop.id for shop in day.shops]
    for model, states in (("merchant.inbox", ("held",)), ("merchant.publication", ("refused", "stopped"))):
        for row in day.search(model, [("shop_id", "in", ids), ("state", "in", states)], ["reason", "reason_code"]):
            assert row["reason"] and row["reason_code"] != "crashed", row
    notices = day.search("merchant.shipment.notice", [("shop_id", "in", ids)], ["state", "reason"])
    assert all(row["state"] == "sent" for row in notices), notices
    failed = day.search("queue.job", [("state", "=", "failed")], ["name", "exc_message"])
    assert not failed, failed


def no_secret_in_the_log(day):
    text = day.odoo.log.read_text(errors="replace")
    assert not re.findall(r"(?<!\w)1[3-9]\d{9}(?!\w)", text), "a phone number"  # not the end of a job's number
    phones = {trade.receiver.mobile for _shop, trade in day.trades}
    secrets = {APP["app_secret"], *(shop.session for shop in day.market.shops.values()), *phones}
    assert not [secret for secret in secrets if secret in text], "a secret or a phone number"
