"""Twenty writers change stock at once, some of them take it back, while others evaluate: no alert is missed, none is
doubled, none is left by work that was rolled back, and no change waits for the next minute."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from hankou import test_databases
from tests.support.merchant import eventually

PROCESSES, THREADS, CHANGES = 4, 5, 12

FILL = """
company = env.company
env["merchant.stock.threshold"].search([]).unlink()
products = env["product.product"].create([{"name": f"par {n}", "is_storable": True} for n in range(4)])
env["merchant.stock.threshold"].create({"kind": "low", "method": "quantity", "quantity": 10, "leave": 0.2})
warehouse = env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
for product in products:
    env["stock.quant"]._update_available_quantity(product, warehouse.lot_stock_id, 11)
env["ir.cron"].search([]).active = False
env["ir.config_parameter"].set_param("parallel.done", "no")
"""

WRITE = """
import random, threading
from odoo import api
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
registry, done = env.registry, []
def change(number):
    dice = random.Random(number)
    for step in range({changes}):
        for attempt in range(200):
            with registry.cursor() as cr:
                own = api.Environment(cr, 1, {{}})
                products = own["product.product"].search([("name", "like", "par ")])
                place = own["stock.warehouse"].search([], limit=1).lot_stock_id
                try:
                    units = dice.choice([-9, -4, 3, 7])
                    own["stock.quant"]._update_available_quantity(dice.choice(products), place, units)
                    if dice.random() < 0.25:
                        cr.rollback()
                    else:
                        cr.commit()
                    break
                except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                    cr.rollback()
        else:
            raise RuntimeError("never got through")
    done.append(number)
threads = [threading.Thread(target=change, args=({first} + n,)) for n in range({threads})]
[each.start() for each in threads]
[each.join() for each in threads]
assert len(done) == {threads}, done
"""

EVALUATE = """
import time
marks, taken = env["merchant.stock.mark"], 0
limit = time.monotonic() + 240
while time.monotonic() < limit:
    taken += marks._repeat(lambda: marks._evaluate_marks(limit=3))
    env.invalidate_all()
    if env["ir.config_parameter"].get_param("parallel.done") == "yes":
        break
    env.registry.clear_all_caches()
    env.cr.commit()
while count := marks._repeat(marks._evaluate_marks):
    taken += count
print("TAKEN", taken)
"""

CHECK = """
for position in env["merchant.stock.position"].search([("product_id.name", "like", "par ")]):
    quants = env["stock.quant"].search(
        [("product_id", "=", position.product_id.id), ("location_id.warehouse_id", "=", position.warehouse_id.id)])
    stock = sum(quants.mapped("quantity"))
    alerts = env["merchant.stock.alert"].search([("position_id", "=", position.id), ("state", "!=", "closed")])
    assert position.on_hand == stock, (position.on_hand, stock)
    assert len(alerts) == (position.low_level > 0), (alerts, position.low_level)
    assert len(alerts) == 1 if stock <= 10 else True, (stock, alerts)
    assert not alerts if stock >= 12 else True, (stock, alerts)
    assert len(position.product_id.merchant_alert_ids) == len(alerts)
assert not env["merchant.stock.mark"].search_count([])
print("CHECKED", env["merchant.stock.alert"].search_count([]))
"""

# the schedule alone would look at the marks in a month: whatever is evaluated was woken
ONLY_WOKEN = """
cron = env.ref("merchant_stock_alert.ir_cron_evaluate")
cron.write({"active": True, "interval_type": "months", "nextcall": "2100-01-01"})
while env["merchant.stock.mark"]._evaluate_marks():
    pass

"""

WAKING = """
marks, cron = env["merchant.stock.mark"], env.ref("merchant_stock_alert.ir_cron_evaluate")
def woken(forget=False):
    env.cr.rollback()
    triggers = env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
    count = len(triggers)
    triggers.unlink()
    if forget:
        env.cr.execute("DELETE FROM merchant_stock_mark")
    env.cr.commit()
    return count

def change(done=True):
    marks._mark([(1, 1)])
    env.cr.commit() if done else env.cr.rollback()

woken(forget=True)
change(done=False)
assert woken() == 0, "nothing happened"
change()
assert woken() == 1, "it sleeps"
change()
change()
assert woken(forget=True) == 0, "whoever takes the first mark looks again"
with marks._awake():
    change()
    assert woken(forget=True) == 0, "it is awake"
change()
assert woken(forget=True) == 1, "it sleeps again"
before = env.cr.sql_log_count
marks._mark((product, 1) for product in range(500))
marks._write_marks()
assert env.cr.sql_log_count == before + 1, "one statement for many marks"
env.cr.rollback()
print("WOKEN")
"""


@pytest.fixture
def database(database_server):
    template = test_databases.template(database_server)
    if not template.exists():
        test_databases.prepare_template(database_server)
    instance = template.clone_to(test_databases.own_name("parallel"))
    yield instance
    instance.drop()


def test_no_alert_is_missed_or_doubled_by_parallel_writers(database):
    database.shell(FILL, what="goods")
    with ThreadPoolExecutor(PROCESSES + 2) as pool:
        workers = [pool.submit(database.shell, EVALUATE, what="evaluation") for _worker in range(2)]
        writers = [
            pool.submit(database.shell, WRITE.format(first=n * 100, threads=THREADS, changes=CHANGES), what="writers")
            for n in range(PROCESSES)
        ]
        try:
            for each in writers:
                each.result()
        finally:
            database.shell('env["ir.config_parameter"].set_param("parallel.done", "yes")', what="the end")
        printed = "".join(each.result() for each in workers)
    assert sum(int(line.split()[1]) for line in printed.splitlines() if "TAKEN" in line) > 20
    # what the last writer left after both workers looked for the last time, without a full pass
    database.shell('marks = env["merchant.stock.mark"]\nwhile marks._evaluate_marks():\n    pass\n\n', what="the rest")
    assert "CHECKED" in database.shell(CHECK, what="the comparison")


def test_nothing_waits_for_the_next_minute(new_odoo):
    running = new_odoo("woken", f"{FILL}\n{ONLY_WOKEN}")
    running.start("--max-cron-threads=2")
    with ThreadPoolExecutor(PROCESSES) as pool:
        writers = [
            pool.submit(running.shell, WRITE.format(first=n * 100, threads=THREADS, changes=CHANGES))
            for n in range(PROCESSES)
        ]
        for each in writers:
            each.result()
    eventually(lambda: not running.call("merchant.stock.mark", "search_count", []), 10, "the last mark's evaluation")
    time.sleep(1)  # the last evaluation commits
    assert "CHECKED" in running.shell(CHECK)


def test_the_evaluation_is_woken_once_and_not_while_it_is_awake(database):
    assert "WOKEN" in database.shell(WAKING, what="the evaluation")
