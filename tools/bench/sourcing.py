"""What sourcing costs: orders of 5 lines, 20 warehouses, 2,000 articles, batches of 500.

- ``core``: decisions alone, by the nearest warehouse that has it all; no database
- ``core_freight``: decisions alone, by the lowest freight, exactly
- ``step``: what sourcing adds to a batch: reading, deciding, storing plan and explanation
- ``ours``: a batch of quotations confirmed and reserved, sourced by rules
- ``stock``: the same batch confirmed by stock Odoo without us, each order from one given warehouse

Orders are made before the clock starts; ``1 / ours - 1 / stock`` is what an order costs more.
"""

import datetime
import random
import time

from . import drawn_orders, report

SKUS, WAREHOUSES, LINES, BATCH, CONTACTS = 2_000, 20, 5, 500, 500
CITIES = ("武汉市江汉区", "宁波市北仑区", "成都市双流区", "广州市白云区", "沈阳市和平区")
STATES = ("HB", "ZJ", "SC", "GD", "LN")
DATABASES = {
    "bench-sourcing-stock": (("stock_delivery",), "fill"),
    "bench-sourcing": (("merchant_sourcing",), "fill_ours"),
}
CASES = {
    "core": ("bench-sourcing", "core", 5000),
    "core_freight": ("bench-sourcing", "core_freight", 5000),
    "step": ("bench-sourcing", "step", 500),
    "ours": ("bench-sourcing", "ours", 500),
    "stock": ("bench-sourcing-stock", "stock", 500),
}
RATIOS = [("ours", "stock"), ("step", "stock"), ("core", "stock")]


def fill(env):
    warehouses = env["stock.warehouse"].search([]) | env["stock.warehouse"].create(
        [
            {"name": f"仓 {number}", "code": f"W{number}", "partner_id": _contact(env, f"仓 {number}", number).id}
            for number in range(1, WAREHOUSES)
        ]
    )
    products = env["product.product"].create(
        [
            {"name": f"货品 {n}", "default_code": f"SKU-{n:05}", "is_storable": True, "list_price": 10, "weight": 0.3}
            for n in range(SKUS)
        ]
    )
    for warehouse in warehouses:
        env.cr.execute(
            "INSERT INTO stock_quant (product_id, location_id, company_id, quantity, reserved_quantity, in_date,"
            " create_uid, write_uid, create_date, write_date)"
            " SELECT id, %s, %s, 10000, 0, now(), 1, 1, now(), now() FROM product_product WHERE id IN %s",
            (warehouse.lot_stock_id.id, env.company.id, tuple(products.ids)),
        )
    for number in range(CONTACTS):
        _contact(env, f"买家 {number}", number)
    env.cr.execute("ANALYZE")


def fill_ours(env):
    fill(env)
    ruleset = env["merchant.sourcing.ruleset"].create({"name": "Bench"})
    hubei = env["merchant.division"].search([("code", "=", "42")])
    env["merchant.sourcing.rule"].create(
        [
            {"ruleset_id": ruleset.id, "name": "大单", "amount_min": 10**9, "sequence": 1},
            {"ruleset_id": ruleset.id, "name": "湖北", "division_ids": [(6, 0, hubei.ids)], "sequence": 2},
            {"ruleset_id": ruleset.id, "name": "其余", "ranking": "nearest", "sequence": 3},
        ]
    )
    ruleset.action_switch_on()


def _contact(env, name, number):
    state = env.ref(f"base.state_cn_{STATES[number % 5]}")
    return env["res.partner"].create({"name": name, "state_id": state.id, "city": CITIES[number % 5]})


# -- the core alone ---------------------------------------------------------------------------------------------------


def core(env, count, round_number):
    _core(count, round_number, "nearest")


def core_freight(env, count, round_number):
    _core(count, round_number, "freight")


def _core(count, round_number, ranking):
    from odoo.addons.merchant_sourcing.core.decide import Rate, Warehouse, World, decide_all
    from odoo.addons.merchant_sourcing.core.rule import Line, Order, Rule
    from odoo.addons.merchant_sourcing.core.solve import Tariff

    dice = random.Random(round_number)
    warehouses = [Warehouse(n, f"W{n}", (dice.uniform(20, 45), dice.uniform(90, 125)), 16.0) for n in range(WAREHOUSES)]
    free = {(w, sku): dice.randint(0, 10 * count // SKUS + 20) for w in range(WAREHOUSES) for sku in range(SKUS)}
    rates = [
        Rate(n, "", Tariff(1000, dice.randint(600, 1500), 1000, dice.randint(100, 600)), 2) for n in range(WAREHOUSES)
    ]
    moment = datetime.datetime(2026, 11, 11, 10)
    orders = [
        Order(
            number,
            tuple(Line(key, sku, dice.randint(1, 3), 300) for key, sku in enumerate(dice.sample(range(SKUS), LINES))),
            (f"{number % 300:06}", str(number % 30)),
            (20 + number % 300 / 12, 110),
            moment=moment,
        )
        for number in range(count)
    ]
    rules = [Rule(1, "湖北", regions=frozenset({"42"})), Rule(2, "其余", ranking=ranking)]
    world = World(warehouses, free, rates=rates)
    started = time.perf_counter()
    decisions = decide_all(orders, rules, world)
    seconds = time.perf_counter() - started
    assert all(decision.tale for decision in decisions)
    report(count, seconds)


# -- with the database ------------------------------------------------------------------------------------------------


def _orders(env, count, round_number):
    orders = env["sale.order"].create(drawn_orders(env, count, LINES, round_number))
    env.cr.commit()
    env.invalidate_all()
    return orders


def step(env, count, round_number):
    orders = _orders(env, count, round_number)
    started = time.perf_counter()
    for start in range(0, count, BATCH):
        env["merchant.sourcing.engine"]._source(orders[start : start + BATCH], "confirm")
        env.flush_all()
        env.cr.commit()
    report(count, time.perf_counter() - started)
    _check_sourced(env, orders)


def ours(env, count, round_number):
    orders = _orders(env, count, round_number)
    _confirm(env, orders, count)
    _check_sourced(env, orders)
    _check_reserved(orders)


def stock(env, count, round_number):
    orders = _orders(env, count, round_number)
    _confirm(env, orders, count)
    _check_reserved(orders)


def _confirm(env, orders, count):
    started = time.perf_counter()
    for start in range(0, count, BATCH):
        orders[start : start + BATCH].action_confirm()
        env.cr.commit()
    report(count, time.perf_counter() - started)


def _check_reserved(orders):
    assert set(orders.picking_ids.mapped("state")) == {"assigned"}, "not every order was reserved"


def _check_sourced(env, orders):
    env.cr.execute(
        "SELECT count(*), max(length(tale::text)) FROM merchant_sourcing_decision WHERE order_id = ANY(%s)",
        (orders.ids,),
    )
    count, size = env.cr.fetchone()
    assert count == len(orders) and size < 4096, "an order was not explained, or at too great length"
