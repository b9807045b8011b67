"""Real orders decided by the core: how many parcels, what freight and how many days four strategies need.

Prints the table of docs/sourcing.md. The data lie beside the project and are not shipped with it.
"""

import csv
import gzip
import random
from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path

import pytest

from odoo.addons.merchant_division.core.gazetteer import Gazetteer
from odoo.addons.merchant_sourcing.core.decide import Rate, Warehouse, World
from odoo.addons.merchant_sourcing.core.geo import kilometres
from odoo.addons.merchant_sourcing.core.replay import replay
from odoo.addons.merchant_sourcing.core.rule import BACKORDER, Line, Order, Rule
from odoo.addons.merchant_sourcing.core.solve import Tariff

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
DIVISIONS = ROOT / "addons" / "merchant_division" / "data" / "divisions.csv"
KILO = 1_000_000
pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the sample data are not beside the project")


def rows(name):
    with gzip.open(DATA / name, "rt", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


# -- a Chinese scenario -----------------------------------------------------------------------------------------------

CITIES = {"武汉": "4201", "杭州": "3301", "广州": "4401", "天津": "1201", "成都": "5101", "西安": "6101"}
SKUS = 200


@pytest.fixture(scope="module")
def places():
    """``(gazetteer, {code: (latitude, longitude)})``"""
    with DIVISIONS.open(encoding="utf-8") as stream:
        listed = list(csv.DictReader(stream))
    points = {row["code"]: (float(row["latitude"]), float(row["longitude"])) for row in listed if row["latitude"]}
    return Gazetteer([(row["code"], row["parent"], row["name"]) for row in listed]), points


@pytest.fixture(scope="module")
def tmall(places):
    """Paid orders of February 2020: their moments and provinces are real, their lines are drawn."""
    gazetteer, points = places
    dice, orders = random.Random(2020), []
    for number, row in enumerate(rows("tmall_orders_public.csv.gz")):
        paid = row["订单付款时间"]
        code = gazetteer.match(row["收货地址"]).code
        if not paid or not code:
            continue
        # few articles sell much: the square draws low numbers more often
        skus = {int(dice.random() ** 2 * SKUS) for _line in range(dice.choice((1, 1, 1, 2, 2, 3, 4)))}
        lines = tuple(
            Line(at, sku, dice.choice((1, 1, 1, 2)), 200_000 + sku * 5_000) for at, sku in enumerate(sorted(skus))
        )
        moment = datetime.fromisoformat(paid.replace("/", "-"))
        orders.append(Order(number, lines, gazetteer.path(code), points[code], moment=moment))
    orders.sort(key=lambda order: order.moment)
    return orders


def six_warehouses(orders, points):
    """As many pieces as are wanted, each article in two to four of the warehouses."""
    dice, wanted = random.Random(6), Counter()
    for order in orders:
        for line in order.lines:
            wanted[line.sku] += line.pieces
    free = defaultdict(int)
    for sku, pieces in wanted.items():
        homes = dice.sample(range(1, len(CITIES) + 1), dice.choice((2, 3, 4)))
        for home in homes:
            free[home, sku] = -(-pieces // len(homes)) + 2
    warehouses = [Warehouse(n, name, points[code], cutoff=16.0) for n, (name, code) in enumerate(CITIES.items(), 1)]
    return warehouses, free, six_rates(points)


def six_rates(points):
    """Prices and days by distance, as the usual tables of carriers have them."""
    for number, city in enumerate(CITIES.values(), 1):
        for code, point in points.items():
            if len(code) == 2:
                km = kilometres(points[city], point)
                zone = next(at for at, limit in enumerate((300, 800, 1500, 2500, 10**5)) if km <= limit)
                first, step = ((400, 100), (500, 200), (700, 450), (1000, 800), (1800, 1500))[zone]
                yield Rate(number, code, Tariff(KILO, first, KILO, step), (1, 2, 3, 4, 6)[zone])


STRATEGIES = {
    "整单固定顺序 whole orders, given order": {"ranking": "given", "split": "whole"},
    "最近仓 nearest": {"ranking": "nearest"},
    "最少包裹 fewest parcels": {"ranking": "parcels"},
    "最低运费 lowest freight": {"ranking": "freight"},
}


def play(orders, points, **options):
    warehouses, free, rates = six_warehouses(orders, points)
    world = World(warehouses, dict(free), rates=rates)
    return replay(orders, [Rule(1, "rule", on_short=BACKORDER, **options)], world, [], 2)


def test_four_strategies_over_the_tmall_sample(tmall, places):
    assert len(tmall) > 10_000
    found = {name: play(tmall, places[1], **options)[1] for name, options in STRATEGIES.items()}
    print(
        f"\n{len(tmall)} orders\n"
        "| strategy | parcels | orders in several | freight ¥ | ¥ an order | days | wait for goods |"
    )
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, figures in found.items():
        print(
            f"| {name} | {figures.parcels:,} | {100 * figures.split / figures.orders:.1f} % | {figures.fen / 100:,.0f}"
            f" | {figures.fen / 100 / figures.orders:.2f} | {figures.days / (figures.orders - figures.waiting):.2f}"
            f" | {figures.waiting:,} |"
        )
    given, nearest, parcels, freight = found.values()
    assert freight.fen == min(nearest.fen, parcels.fen, freight.fen)
    assert parcels.parcels <= freight.parcels
    assert nearest.days / nearest.orders < given.days / (given.orders - given.waiting)
    assert given.waiting > 0 == freight.waiting  # who may not divide an order waits for what others divide


# -- the Brazilian marketplace ----------------------------------------------------------------------------------------


def test_sellers_as_warehouses_over_the_olist_sample():
    """Every seller ships what was bought of him; no plan needs more parcels than there were sellers in the order."""
    sellers = {row["seller_id"]: row for row in rows("olist_sellers_public.csv.gz")}
    customers = {row["customer_id"]: row for row in rows("olist_customers_public.csv.gz")}
    products = {row["product_id"]: row for row in rows("olist_products_public.csv.gz")}
    bought, free, actual = defaultdict(Counter), Counter(), defaultdict(set)
    for row in rows("olist_order_items_public.csv.gz"):
        if row["seller_id"] in sellers:
            bought[row["order_id"]][row["product_id"]] += 1
            free[row["seller_id"], row["product_id"]] += 1
            actual[row["order_id"]].add(row["seller_id"])
    orders = []
    for row in rows("olist_orders_public.csv.gz"):
        if bought.get(row["order_id"]):
            home = customers[row["customer_id"]]
            zone = (
                home["customer_zip_code_prefix"].zfill(5),
                home["customer_zip_code_prefix"].zfill(5)[:2],
                home["customer_state"],
            )
            lines = tuple(
                Line(at, sku, count, int(float((products.get(sku) or {}).get("product_weight_g") or 500)) * 1000)
                for at, (sku, count) in enumerate(bought[row["order_id"]].items())
            )
            orders.append(
                Order(row["order_id"], lines, zone, moment=datetime.fromisoformat(row["order_purchase_timestamp"]))
            )
    orders.sort(key=lambda order: order.moment)
    rates = [Rate(None, "", Tariff(KILO, 2000, KILO, 800), 12)]
    for seller, row in sellers.items():
        rates.append(Rate(seller, row["seller_state"], Tariff(KILO, 1200, KILO, 400), 6))
        rates.append(Rate(seller, row["seller_zip_code_prefix"].zfill(5)[:2], Tariff(KILO, 900, KILO, 200), 3))
    homes = defaultdict(list)
    for seller, sku in free:
        homes[sku].append(seller)
    warehouses = [Warehouse(seller, seller) for seller in sellers]
    table = {}
    for ranking in ("parcels", "quickest", "freight"):
        world = World(warehouses, dict(free), rates=rates)
        decisions = []
        for order in orders:  # only those who sell one of the articles can be asked
            asked = tuple(sorted({seller for line in order.lines for seller in homes[line.sku]}))
            rule = Rule(1, "r", ranking=ranking, warehouses=asked)
            [decision], _figures = replay([order], [rule], world, [], 2)
            decisions.append(decision)
            for (
                at,
                seller,
                pieces,
                _kind,
            ) in decision.parts:  # each order is asked alone: the next finds all stock again
                world.free[seller, order.lines[at].sku] += pieces
        assert all(
            sum(part[2] for part in decision.parts) == sum(line.pieces for line in order.lines)
            for order, decision in zip(orders, decisions, strict=True)
        )
        table[ranking] = (
            sum(len(decision.warehouses) for decision in decisions),
            sum(d.fen or 0 for d in decisions) / 100,
        )
    sellers_asked = sum(len(actual[order.key]) for order in orders)
    print(f"\n{len(orders)} orders, {len(sellers)} sellers, {sellers_asked} parcels as they were bought; {table}")
    assert table["parcels"][0] <= sellers_asked
    assert table["freight"][1] <= table["parcels"][1]
