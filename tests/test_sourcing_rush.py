"""Many processes confirm orders for the last pieces: nothing is promised twice, nothing is lost."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

WORKERS, SKUS, PIECES = 20, 5, 100
SET_UP = """
rounds = {rounds}
warehouses = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1)
warehouses |= env["stock.warehouse"].create([{{"name": f"抢购仓 {{n}}", "code": f"RU{{n}}"}} for n in range(2)])
ruleset = env["merchant.sourcing.ruleset"].create({{"name": "抢购"}})
env["merchant.sourcing.rule"].create({{"ruleset_id": ruleset.id, "name": "任意", "split": "pieces",
    "warehouse_line_ids": [(0, 0, {{"warehouse_id": warehouse.id}}) for warehouse in warehouses]}})
ruleset.action_switch_on()
import random
dice = random.Random(11)
partner = env["res.partner"].create({{"name": "抢购买家"}})
for number in range(rounds):
    products = env["product.product"].create(
        [{{"name": f"抢购 {{number}}-{{n}}", "default_code": f"RUSH-{{number}}-{{n}}", "is_storable": True}}
         for n in range({skus})])
    for product in products:
        cut = sorted(dice.sample(range(1, {each}), 2))
        for warehouse, pieces in zip(warehouses, (cut[0], cut[1] - cut[0], {each} - cut[1])):
            env["stock.quant"]._update_available_quantity(product, warehouse.lot_stock_id, pieces)
    env["sale.order"].create([
        {{"partner_id": partner.id, "client_order_ref": f"rush-{{number}}-{{worker}}", "order_line": [
            (0, 0, {{"product_id": product.id, "product_uom_qty": dice.randint(1, 6)}})
            for product in dice.sample(products, 2)]}}
        for worker in range({workers})])
env.cr.execute("CREATE TABLE rush_gate (round int, worker int, PRIMARY KEY (round, worker))")
env.cr.commit()
"""
WORK = """
import json, time
import psycopg2
from odoo.service.model import retrying
from odoo.sql_db import db_connect

gate = db_connect(env.cr.dbname)


def wait_for_all(number):
    with gate.cursor() as cr:
        cr.execute("INSERT INTO rush_gate VALUES (%s, {worker})", (number,))
    for _try in range(2000):
        with gate.cursor() as cr:
            cr.execute("SELECT count(*) FROM rush_gate WHERE round = %s", (number,))
            if cr.fetchone()[0] == {workers}:
                return
        time.sleep(0.3)
    raise AssertionError("the others did not come")


given_up = 0
for number in range({rounds}):
    order = env["sale.order"].search([("client_order_ref", "=", f"rush-{{number}}-{worker}")])
    env.cr.commit()
    wait_for_all(number)
    for _attempt in range(30):
        try:
            retrying(order.action_confirm, env)
            env.cr.commit()
            break
        except psycopg2.OperationalError:  # Odoo tried five times; a person would click again
            given_up += 1
            env.cr.rollback()
            env.invalidate_all()
    else:
        raise AssertionError("an order was never answered")
print("RUSH", json.dumps(given_up))
"""
CHECK = """
import json
found = {"twice": [], "unanswered": [], "unreserved": [], "refused": [], "sold": 0, "held": 0}
env.cr.execute("SELECT product_id, location_id FROM stock_quant q JOIN product_product p ON p.id = q.product_id"
               " WHERE p.default_code LIKE 'RUSH-%' AND q.reserved_quantity > q.quantity")
found["twice"] += env.cr.fetchall()
env.cr.execute("SELECT part.product_id, part.warehouse_id, sum(part.quantity) FROM merchant_sourcing_part part"
               " WHERE kind = 'ship' GROUP BY 1, 2 HAVING sum(part.quantity) > (SELECT COALESCE(sum(q.quantity), 0)"
               " FROM stock_quant q JOIN stock_warehouse w ON w.lot_stock_id = q.location_id"
               " WHERE q.product_id = part.product_id AND w.id = part.warehouse_id)")
found["twice"] += env.cr.fetchall()
engine = env["merchant.sourcing.engine"]
rules = engine._live_rules(env.company)
for order in env["sale.order"].search([("client_order_ref", "=like", "rush-%")]):
    if order.state == "sale":
        found["sold"] += 1
        if set(order.picking_ids.mapped("state")) != {"assigned"}:
            found["unreserved"].append(order.client_order_ref)
        parts = {(p.warehouse_id.id, p.product_id.id): p.quantity for p in order.merchant_part_ids}
        moves = {(m.warehouse_id.id, m.product_id.id): m.quantity for m in order.picking_ids.move_ids}
        if parts != moves:
            found["unreserved"].append([order.client_order_ref, str(parts), str(moves)])
    elif order.merchant_source_state == "held":
        found["held"] += 1
        [(_o, _c, decision)] = engine._decide(order, rules)
        if decision.state != "held":
            found["refused"].append(order.client_order_ref)
    else:
        found["unanswered"].append(order.client_order_ref)
print("RUSH", json.dumps(found))
"""


def said(printed):
    [line] = [line for line in printed.splitlines() if line.startswith("RUSH ")]
    return json.loads(line.removeprefix("RUSH "))


def rush(new_odoo, rounds):
    figures = {"rounds": rounds, "workers": WORKERS, "skus": SKUS, "each": PIECES // SKUS}
    odoo = new_odoo(f"rush{rounds}", SET_UP.format(**figures))
    with ThreadPoolExecutor(WORKERS) as pool:
        works = [WORK.format(**figures, worker=worker) for worker in range(WORKERS)]
        given_up = [said(printed) for printed in pool.map(odoo.shell, works)]
    found = said(odoo.shell(CHECK))
    print(f"\n{rounds} rounds of {WORKERS} processes: {found}, clicked again {sum(given_up)} times")
    assert found["twice"] == [], "promised more than there is"
    assert found["unanswered"] == [], "an order was lost"
    assert found["unreserved"] == [], "plan, delivery and reservation differ"
    assert found["refused"] == [], "refused while stock for it was free"
    assert found["sold"] and found["held"], "there was no rush"
    assert found["sold"] + found["held"] == rounds * WORKERS


def test_the_last_pieces_are_sold_once(new_odoo):
    rush(new_odoo, 3)


@pytest.mark.slow
@pytest.mark.parametrize("rounds", [30, 200])
def test_the_last_pieces_are_sold_once_in_many_rounds(new_odoo, rounds):
    rush(new_odoo, rounds)
