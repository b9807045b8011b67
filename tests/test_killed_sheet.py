"""Killed while a sheet is imported: after the restart it goes on by itself, nothing is lost, nothing doubled."""

import base64
import csv
import io
import random
import time
from collections import Counter
from decimal import Decimal

import pytest

from hankou.postgres import psql
from tests.support.merchant import GOODS, PIECES, Merchant
from tests.test_killed import patiently, time_passes

PLACE = {
    "收货人": "张雨",
    "手机": "13800000001",
    "省": "湖北省",
    "市": "武汉市",
    "区": "江汉区",
    "地址": "建设大道 568 号",
}

# A slow disk: what is imported is written down half a second later, so that a kill can fall into it.
SLOW_DISK = """
CREATE FUNCTION slow_disk() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_sleep(0.5); RETURN NEW; END';
CREATE TRIGGER slow_disk BEFORE UPDATE ON merchant_sheet_import FOR EACH ROW EXECUTE FUNCTION slow_disk();
"""


class Sheet:
    """Orders of one to three lines as an export has them: a row for each line.

    :ivar totals: ``{order number: yuan}``
    :ivar gone: ``{code: pieces}`` of all orders
    """

    def __init__(self, orders, seed):
        dice, self.rows = random.Random(seed), []
        self.totals, self.gone = Counter(), Counter()
        for number in range(orders):
            ref = f"K-{number:05}"
            for code in dice.sample(GOODS, dice.randint(1, 3)):
                pieces, price = dice.randint(1, 3), Decimal(dice.randint(100, 9999)) / 100
                line = {"订单号": ref, **PLACE, "商品编码": code, "商品名称": code, "数量": pieces, "单价": price}
                self.rows.append(line)
                self.totals[ref] += pieces * price
                self.gone[code] += pieces

    def file(self):
        text = io.StringIO()
        writer = csv.DictWriter(text, self.rows[0])
        writer.writeheader()
        writer.writerows(self.rows)
        return base64.b64encode(text.getvalue().encode()).decode()


def figures(installation):
    """``(in the inbox, made into orders, state of the import)``, asked of the database itself."""
    [row] = psql(
        installation.instance.server,
        "SELECT (SELECT count(*) FROM merchant_inbox), (SELECT count(*) FROM merchant_inbox WHERE state = 'done'),"
        " (SELECT state FROM merchant_sheet_import)",
        installation.database,
    )
    stored, made, state = row.split("|")
    return int(stored), int(made), state


def goes_on(installation, steps, seconds=30):
    """Wait until so much more is done, so that the next kill falls into work."""
    begun, before, looked = time.monotonic(), sum(figures(installation)[:2]), 0
    while sum(figures(installation)[:2]) < before + steps and time.monotonic() < begun + seconds:
        if time.monotonic() > looked + 1:
            installation.revive()
            time_passes(installation)
            looked = time.monotonic()
        time.sleep(0.02)


def play(installation, orders, kills, seed, capsys):
    dice, sheet, begun = random.Random(seed), Sheet(orders, seed), time.monotonic()
    merchant = Merchant(installation).stock_up()
    shop = merchant.own_shop()
    values = {"shop_id": shop.id, "file": sheet.file(), "file_name": "orders.csv"}
    imported = merchant.call("merchant.sheet.import", "create", values)
    psql(installation.instance.server, SLOW_DISK, installation.database)
    merchant.call("merchant.sheet.import", "action_import", [imported])
    victims = ["server", *(dice.choice(("server", "server", "runner", "postgres")) for _kill in range(kills - 1))]
    fell_into = Counter()
    for victim in victims:
        # while the sheet is read at any moment, later when some more is done
        reading = figures(installation)[2] == "importing"
        goes_on(installation, dice.randint(0, 1) if reading else dice.randint(1, 2 * orders // kills))
        time.sleep(dice.uniform(0, 0.5))
        fell_into[figures(installation)[2]] += 1
        getattr(installation, f"kill_{victim}")()
    limit = time.monotonic() + 600
    while figures(installation) != (orders, orders, "done"):
        assert time.monotonic() < limit, figures(installation)
        goes_on(installation, 50, 3)
    check(merchant, shop, sheet, imported)
    with capsys.disabled():
        killed = ", ".join(f"{victim} {times}×" for victim, times in sorted(Counter(victims).items()))
        print(
            f"\nkilled: a sheet of {orders} orders, {killed}, {fell_into['importing']} of them while it was read,"
            f" {time.monotonic() - begun:.0f} s"
        )
    assert fell_into["importing"], "none of the kills fell into the import"


def check(merchant, shop, sheet, imported):
    """Each order of the sheet is here once, to the fen, and so is what left the stock for it."""
    names = ["total_orders", "done_orders", "new_count", "known_count", "order_count", "bad_row_count", "inbox_count"]
    figures = patiently(lambda: merchant.read("merchant.sheet.import", imported, *names))
    count = len(sheet.totals)
    assert [figures[name] for name in names] == [count, count, count, 0, count, 0, count]
    inbox = merchant.search("merchant.inbox", [("shop_id", "=", shop.id)], ["order_ref"])
    assert Counter(row["order_ref"] for row in inbox) == Counter(list(sheet.totals))
    orders = merchant.search(
        "sale.order", [("merchant_shop_id", "=", shop.id)], ["platform_order_ref", "amount_total", "state"]
    )
    assert Counter(order["platform_order_ref"] for order in orders) == Counter(list(sheet.totals))
    for order in orders:
        wanted = float(sheet.totals[order["platform_order_ref"]])
        assert (order["state"], order["amount_total"]) == ("sale", pytest.approx(wanted, abs=0.001)), order
    for code, product in merchant.product_ids.items():
        stock = merchant.read("product.product", product, "qty_available", "virtual_available")
        assert (stock["qty_available"], stock["virtual_available"]) == (PIECES, PIECES - sheet.gone[code]), code


def test_killed_while_a_sheet_is_imported(installation, capsys):
    play(installation, 1050, 5, 1, capsys)


@pytest.mark.slow
def test_killed_thirty_times_while_a_large_sheet_is_imported(installation, capsys):
    play(installation, 6000, 30, 2, capsys)
