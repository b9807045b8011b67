"""What runs out: 100,000 SKUs × 5 warehouses, a million days of sales, 50,000 open moves.

- ``stock``: stock Odoo's reordering rules: ``qty_to_order`` of some thousand rules, as its replenishment screen asks
  for it; no sales, no money, no alerts
- ``ours_full``: one full pass over all 500,000 positions: stock, waiting orders, receipts, thresholds, alerts
- ``ours_first``: the same with every position written anew, as on the first day or after a change that concerns all
- ``ours_incremental``: one product sold in one warehouse: mark, evaluation, alert, committed
- ``picking_ours``, ``picking_alone`` and ``picking_without``: deliveries of five products made, reserved, validated, in
  turn: in a busy warehouse, where the evaluation is awake or woken already; each waking it, after a quiet time; and
  with the marking of changes switched off; in seconds of the processor

A unit is a product in a warehouse; for pickings, a picking.
"""

import random
import time
from contextlib import contextmanager
from pathlib import Path

from . import report

SKUS, WAREHOUSES, DAYS, RULES = 100_000, 5, 28, 5_000
SCALED = True
MODULES = ("purchase_stock",)
DATABASES = {"bench-alerts-stock": (MODULES, "fill"), "bench-alerts": (("merchant_stock_alert",), "fill_ours")}
CASES = {
    "stock": ("bench-alerts-stock", "stock", RULES),
    "picking": ("bench-alerts", "picking", 200),
    "ours_incremental": ("bench-alerts", "ours_incremental", 200),
    "ours_full": ("bench-alerts", "ours_full", SKUS * WAREHOUSES),
    "ours_first": ("bench-alerts", "ours_first", SKUS * WAREHOUSES),
}
RATIOS = [
    ("ours_full", "stock"),
    ("ours_first", "stock"),
    ("picking_ours", "picking_without"),
    ("picking_alone", "picking_without"),
]


def fill(env, scale=1):
    """Goods, warehouses, stock and open moves by plain SQL: the same rows in both databases."""
    skus = max(200, int(SKUS * scale))
    env["stock.warehouse"].create([{"name": f"仓 {n}", "code": f"W{n}"} for n in range(1, WAREHOUSES)])
    template = env["product.product"].create({"name": "货品", "is_storable": True, "list_price": 30})
    env.flush_all()
    _copy(
        env,
        "product_template",
        template.product_tmpl_id.id,
        skus - 1,
        "name = jsonb_build_object('en_US', 'SKU ' || n)",
    )
    _copy(env, "product_product", template.id, skus - 1, "product_tmpl_id = {base} + n", template.product_tmpl_id.id)
    for warehouse in env["stock.warehouse"].search([]):
        _quants(env, warehouse)
    _open_moves(env)
    _rules(env)
    env.cr.execute("ANALYZE")


def fill_ours(env, scale=1):
    fill(env, scale)
    _sales(env)
    _thresholds(env)
    env.cr.execute("ANALYZE")
    env["res.company"].search([]).write({"stock_alert_day": "2000-01-01"})
    env["merchant.stock.mark"]._begin_days()
    env.cr.execute("DELETE FROM merchant_stock_mark")
    env.cr.commit()
    env.cr.execute("ANALYZE")


def _copy(env, table, ident, count, change, base=0):
    """Copies of a row: ids follow on, ``change`` sets what differs ({base} + n, n from 1)."""
    env.cr.execute("SELECT column_name FROM information_schema.columns WHERE table_name = %s", (table,))
    columns = [name for (name,) in env.cr.fetchall() if name != "id"]
    name, value = change.format(base=base).split(" = ", 1)
    picked = ", ".join(value if column == name else f't."{column}"' for column in columns)
    quoted = ", ".join(f'"{column}"' for column in columns)
    env.cr.execute(
        f"INSERT INTO {table} (id, {quoted}) SELECT {ident} + n, {picked} FROM {table} t, generate_series(1, {count}) n"  # noqa: S608
        f" WHERE t.id = {ident}"
    )
    env.cr.execute(f"SELECT setval('{table}_id_seq', {ident + count})")  # noqa: S608


def _quants(env, warehouse):
    env.cr.execute(
        "INSERT INTO stock_quant (product_id, location_id, company_id, quantity, reserved_quantity, in_date,"
        " create_uid, write_uid, create_date, write_date)"
        " SELECT id, %(place)s, %(company)s, (id * 7919 + %(place)s * 31) %% 100, 0, now(), 1, 1, now(), now()"
        " FROM product_product WHERE product_tmpl_id IN (SELECT id FROM product_template WHERE is_storable)",
        {"place": warehouse.lot_stock_id.id, "company": warehouse.company_id.id},
    )


def _open_moves(env):
    """For every twentieth product and warehouse a receipt on its way, for every twentieth an order that waits."""
    customers, suppliers = env.ref("stock.stock_location_customers"), env.ref("stock.stock_location_suppliers")
    for warehouse in env["stock.warehouse"].search([]):
        stock = warehouse.lot_stock_id.id
        for source, target, phase, days in ((suppliers.id, stock, 0, 10), (stock, customers.id, 7, 1)):
            env.cr.execute(
                "INSERT INTO stock_move (product_id, product_uom, product_uom_qty, product_qty, location_id,"
                " location_dest_id, company_id, state, procure_method, priority, date, create_uid, write_uid,"
                " create_date, write_date, warehouse_id)"
                " SELECT p.id, t.uom_id, 20, 20, %(source)s, %(target)s, %(company)s, 'confirmed', 'make_to_stock',"
                " '0', now() AT TIME ZONE 'UTC' + (p.id %% %(days)s || ' days')::interval, 1, 1, now(), now(), NULL"
                " FROM product_product p JOIN product_template t ON t.id = p.product_tmpl_id AND t.is_storable"
                " WHERE p.id %% 20 = (%(warehouse)s + %(phase)s) %% 20",
                {
                    "source": source,
                    "target": target,
                    "company": warehouse.company_id.id,
                    "warehouse": warehouse.id,
                    "phase": phase,
                    "days": days,
                },
            )


def _rules(env):
    """Reordering rules for the first products of one warehouse, as stock Odoo wants them one by one."""
    warehouse = env["stock.warehouse"].search([], limit=1)
    products = env["product.product"].search([("is_storable", "=", True)], limit=RULES, order="id").ids
    env.cr.execute(
        "INSERT INTO stock_warehouse_orderpoint (name, trigger, active, warehouse_id, location_id, product_id,"
        " product_min_qty, product_max_qty, company_id, create_uid, write_uid, create_date, write_date)"
        " SELECT 'OP/' || p, 'manual', TRUE, %s, %s, p, 50, 200, %s, 1, 1, now(), now() FROM unnest(%s) p",
        (warehouse.id, warehouse.lot_stock_id.id, warehouse.company_id.id, products),
    )


def _sales(env):
    """A million days with sales: every product in every warehouse on some two of its 28 days."""
    env.cr.execute(
        "INSERT INTO merchant_stock_position (product_id, warehouse_id, company_id, active, state, level, low_level,"
        " over_level, slow_level, expiring_level, negative_level, daily, lead_source, demand_day)"
        " SELECT p.id, w.id, w.company_id, TRUE, 'ok', 0, 0, 0, 0, 0, 0, 0, 'none', '2000-01-01'"
        " FROM stock_warehouse w, product_product p JOIN product_template t ON t.id = p.product_tmpl_id"
        " WHERE t.is_storable"
    )
    env.cr.execute(
        "INSERT INTO merchant_stock_day (product_id, warehouse_id, company_id, day, sold, returned, change)"
        " SELECT p.product_id, p.warehouse_id, p.company_id, CURRENT_DATE - d, 1 + (p.id + d) %% 20, 0,"
        " -1 - (p.id + d) %% 20"
        " FROM merchant_stock_position p, generate_series(1, %s) d WHERE (p.id + d) %% 14 = 0",
        (DAYS,),
    )


def _thresholds(env):
    """Besides the company's: 20,000 lines of single products, 1,000 of a product in a warehouse."""
    for each, where in ((5, "NULL"), (100, "(SELECT MIN(id) FROM stock_warehouse)")):
        env.cr.execute(
            "INSERT INTO merchant_stock_threshold (active, company_id, kind, method, quantity, days, service, factor,"  # noqa: S608
            " lead, leave, product_id, warehouse_id, create_uid, write_uid, create_date, write_date)"
            " SELECT TRUE, %s, 'low', 'quantity', id %% 50, 7, 0.95, 1.6449, 7, 0.2, id, "
            + where
            + ", 1, 1, now(), now()"
            " FROM product_product WHERE id %% %s = 0",
            (env.company.id, each),
        )


# -- the cases ------------------------------------------------------------------------------------------------------


def stock(env, count, _round_number):
    rules = env["stock.warehouse.orderpoint"].search([], limit=count)
    env.invalidate_all()
    started = time.perf_counter()
    rules._compute_qty_to_order_computed()
    wanted = rules.mapped("qty_to_order")
    report(len(wanted), time.perf_counter() - started)


def ours_full(env, count, _round_number):
    """Part of it is new: 1 % of the quants were changed past Odoo, which only a full pass can find."""
    env.cr.execute("UPDATE stock_quant SET quantity = (quantity + 33)::int % 100 WHERE id % 100 = 3")
    env.cr.commit()
    _full(env, count)


def ours_first(env, count, _round_number):
    env.cr.execute("UPDATE stock_quant SET quantity = (quantity + 17)::int % 100 WHERE quantity > 0")
    env.cr.commit()
    _full(env, count)


def _full(env, count):
    started = time.perf_counter()
    env["merchant.stock.mark"]._evaluate_everything(env.company)
    env.cr.commit()
    report(count, time.perf_counter() - started)
    env.cr.execute(
        "SELECT count(*) FROM merchant_stock_position p WHERE (p.low_level > 0) !="
        " EXISTS (SELECT 1 FROM merchant_stock_alert a"
        " WHERE a.position_id = p.id AND a.kind = 'low' AND a.state != 'closed')"
    )
    assert env.cr.fetchone() == (0,), "alerts and levels differ"


def ours_incremental(env, count, round_number):
    """The time from the committed change of stock to the committed alert, one product at a time."""
    dice = random.Random(round_number)
    quants = env["stock.quant"].browse(
        [
            row[0]
            for row in _rows(env, "SELECT id FROM stock_quant WHERE quantity > 60 ORDER BY md5(id::text) LIMIT 4000")
        ]
    )
    seconds = 0.0
    for quant in dice.sample(list(quants), count):
        quant.quantity = 0
        env.cr.commit()
        started = time.perf_counter()
        taken = env["merchant.stock.mark"]._evaluate_marks()
        env.cr.commit()
        seconds += time.perf_counter() - started
        assert taken, "the change left no mark"
    report(count, seconds)


def _rows(env, query):
    env.cr.execute(query)
    return env.cr.fetchall()


def picking(env, count, round_number):
    """Deliveries of five products made, confirmed, reserved, validated, committed: as it is and with the marking of
    changes switched off, in turn, so that both meet the same database and machine. Seconds are those of the processor
    that this process and its PostgreSQL connection used, which other work on the machine does not change."""
    dice = random.Random(round_number)
    warehouse = env["stock.warehouse"].search([], limit=1)
    customers = env.ref("stock.stock_location_customers")
    ids = [
        row[0] for row in _rows(env, "SELECT product_id FROM stock_quant WHERE quantity > 50 ORDER BY id LIMIT 5000")
    ]
    for _warm_up in range(5):
        _deliver(env, warehouse, customers, dice.sample(ids, 5))
    server = _rows(env, "SELECT pg_backend_pid()")[0][0]
    used = dict.fromkeys(("picking_ours", "picking_alone", "picking_without"), 0.0)
    for number in range(count):
        for case in sorted(used, reverse=bool(number % 2)):
            _pick(env, case, server, used, (warehouse, customers, dice.sample(ids, 5)))
    for case, seconds in used.items():
        report(count, seconds, case=case)


def _pick(env, case, server, used, delivery):
    if case == "picking_alone":
        env.cr.execute("DELETE FROM merchant_stock_mark")
        env.cr.commit()
    with _marking(case != "picking_without"):
        started = _processor(server)
        _deliver(env, *delivery)
        used[case] += _processor(server) - started


def _processor(server):
    """Seconds of the processor used by this process and by the PostgreSQL process that serves it."""
    nanoseconds = Path(f"/proc/{server}/schedstat").read_text(encoding="ascii").split()[0]
    return time.process_time() + int(nanoseconds) / 1e9


@contextmanager
def _marking(on):
    """With ``on`` as it is; else what Odoo does without us: our methods on moves, lines and quants step aside."""
    if on:
        yield
        return
    from odoo.addons.merchant_stock_alert.models import stock_move, stock_move_line, stock_quant

    taken = [
        (owner, name, owner.__dict__[name])
        for owner, names in (
            (stock_quant.StockQuant, ("create", "write")),
            (stock_move.StockMove, ("create", "write")),
            (stock_move_line.StockMoveLine, ("write",)),
        )
        for name in names
    ]
    for owner, name, _method in taken:
        delattr(owner, name)
    try:
        yield
    finally:
        for owner, name, method in taken:
            setattr(owner, name, method)


def _deliver(env, warehouse, customers, products):
    place = warehouse.lot_stock_id.id
    delivery = env["stock.picking"].create(
        {
            "picking_type_id": warehouse.out_type_id.id,
            "location_id": place,
            "location_dest_id": customers.id,
            "move_ids": [
                (
                    0,
                    0,
                    {
                        "product_id": product,
                        "product_uom_qty": 1,
                        "location_id": place,
                        "location_dest_id": customers.id,
                    },
                )
                for product in products
            ],
        }
    )
    delivery.action_confirm()
    delivery.action_assign()
    delivery.move_ids.picked = True
    delivery._action_done()
    env.cr.commit()
    env.invalidate_all()
