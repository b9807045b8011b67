"""From an order to a reserved delivery: 20,000 SKUs, 5 warehouses, orders of 2 lines.

- ``stock_single``: stock Odoo, one order at a time: create, confirm (which reserves), commit
- ``stock_batch``: the same in batches of 500
- ``ours``: from the platform's raw payload to the reserved delivery (inbox, buyer, order, delivery, reservation)
- ``floor``: plain multi-row INSERTs of the very rows that ``ours`` made

The stock cases run in a database without the suite and use contacts that exist; ``ours`` meets a new buyer with
every order.
"""

import os
import random
import time

from . import drawn_orders, report

# fewer, in steps of 2,000, to see whether it runs: HANKOU_BENCH_SKUS=2000 scripts/bench publication --fresh
SKUS = int(os.environ.get("HANKOU_BENCH_SKUS", "20000"))
WAREHOUSES, LINES, BATCH, CONTACTS = 5, 2, 500, 2_000
STOCK_MODULES = (
    "sale_management",
    "stock_delivery",
    "purchase_stock",
    "sale_mrp",
    "sale_margin",
    "stock_picking_batch",
    "l10n_cn",
    "queue_job",
)
DATABASES = {"bench-orders-stock": (STOCK_MODULES, "fill_stock"), "bench-orders": (("merchant_suite",), "fill_suite")}
CASES = {
    "stock_single": ("bench-orders-stock", "stock_single", 60),
    "stock_batch": ("bench-orders-stock", "stock_batch", 500),
    "ours": ("bench-orders", "ours", 1000),
    "floor": ("bench-orders", "floor", 1000),
}
RATIOS = [("ours", "stock_single"), ("ours", "stock_batch"), ("ours", "floor"), ("stock_batch", "stock_single")]


# -- what is in the databases ---------------------------------------------------------------------------------------


def fill_stock(env):
    _fill_goods(env)
    env["res.partner"].create(
        [{"name": f"买家 {number}", "country_id": env.ref("base.cn").id} for number in range(CONTACTS)]
    )


def fill_suite(env):
    _fill_goods(env)
    env["merchant.shop"].create(
        {"name": "Bench", "platform": "own", "warehouse_id": env["stock.warehouse"].search([], limit=1).id}
    )


def _fill_goods(env):
    company = env.company
    company.write({"country_id": env.ref("base.cn").id, "currency_id": env.ref("base.CNY").id})
    env["account.chart.template"].try_loading("cn", company, install_demo=False)
    warehouses = env["stock.warehouse"].search([]) | env["stock.warehouse"].create(
        [{"name": f"仓 {number}", "code": f"W{number}"} for number in range(1, WAREHOUSES)]
    )
    products = env["product.product"]
    for start in range(0, SKUS, 2000):
        products |= (
            env["product.product"]
            .with_context(tracking_disable=True, mail_create_nolog=True)
            .create(
                [
                    {"name": f"货品 {n}", "default_code": f"SKU-{n:05}", "is_storable": True, "list_price": 10 + n % 90}
                    for n in range(start, start + 2000)
                ]
            )
        )
    for warehouse in warehouses:
        env.cr.execute(
            "INSERT INTO stock_quant (product_id, location_id, company_id, quantity, reserved_quantity, in_date,"
            " create_uid, write_uid, create_date, write_date)"
            " SELECT id, %s, %s, 1000, 0, now(), 1, 1, now(), now() FROM product_product WHERE id IN %s",
            (warehouse.lot_stock_id.id, company.id, tuple(products.ids)),
        )
    env.cr.execute("ANALYZE")


# -- stock Odoo -----------------------------------------------------------------------------------------------------


def stock_single(env, count, round_number):
    vals_list = drawn_orders(env, count, LINES, round_number)
    started = time.perf_counter()
    for vals in vals_list:
        env["sale.order"].create(vals).action_confirm()
        env.cr.commit()
        env.invalidate_all()
    report(count, time.perf_counter() - started)
    _check_reserved(env, count, round_number)


def stock_batch(env, count, round_number):
    vals_list = drawn_orders(env, count, LINES, round_number)
    started = time.perf_counter()
    for start in range(0, count, BATCH):
        env["sale.order"].create(vals_list[start : start + BATCH]).action_confirm()
        env.cr.commit()
        env.invalidate_all()
    report(count, time.perf_counter() - started)
    _check_reserved(env, count, round_number)


# -- ours -----------------------------------------------------------------------------------------------------------


def ours(env, count, round_number):
    shop = env["merchant.shop"].search([("name", "=", "Bench")])
    payloads = [shop._identify(_payload(round_number, number))[0] for number in range(count)]
    env.invalidate_all()
    started = time.perf_counter()
    env["merchant.inbox"]._store(shop, payloads, "push")
    env.cr.commit()
    more = True
    while more:
        more = env["merchant.inbox"]._process_shop(shop)
        env.cr.commit()
        env.invalidate_all()
    report(count, time.perf_counter() - started)
    refs = [order_id for order_id, _modified, _raw in payloads]
    orders = env["sale.order"].search([("platform_order_ref", "in", refs)])
    assert len(orders) == count and set(orders.picking_ids.mapped("state")) == {"assigned"}, (
        "ours did not reserve every order"
    )


def _payload(round_number, number):
    dice = random.Random(round_number * 1_000_003 + number)
    lines = [
        {
            "line_id": str(index),
            "sku": f"SKU-{sku:05}",
            "title": f"货品 {sku}",
            "quantity": dice.randint(1, 3),
            "price": f"{10 + sku % 90}.00",
        }
        for index, sku in enumerate(dice.sample(range(SKUS), LINES))
    ]
    for line in lines:
        line["paid_amount"] = f"{line['quantity'] * float(line['price']):.2f}"
    return {
        "order_id": f"R{round_number}-{number}",
        "status": "paid",
        "paid_at": "2026-11-11T00:00:03+08:00",
        "buyer_id": f"buyer-{round_number}-{number}",
        "receiver": {
            "name": f"买家 {number}",
            "mobile": f"138{number:08}",
            "province": "湖北省",
            "city": "武汉市",
            "district": "江汉区",
            "address": f"中山大道 {number} 号",
        },
        "lines": lines,
    }


# -- the floor ------------------------------------------------------------------------------------------------------

TABLES = (
    "res_partner",
    "sale_order",
    "merchant_inbox",
    "sale_order_line",
    "stock_reference",
    "stock_picking",
    "stock_move",
    "stock_move_line",
)
OFFSET = 100_000_000


def floor(env, count, round_number):
    """Insert copies of what ``ours`` made in this round: the same tables, columns, indexes and foreign keys."""
    rows = _rows_of_ours(env, count, round_number)
    cr = env.cr
    started = time.perf_counter()
    for start in range(0, count, BATCH):
        for table in TABLES:
            columns, batches = rows[table]
            if batch := batches.get(start // BATCH):
                names = ", ".join(f'"{column}"' for column in columns)
                row = "(" + ", ".join(["%s"] * len(columns)) + ")"
                cr.execute(
                    f'INSERT INTO "{table}" ({names}) VALUES {", ".join([row] * len(batch))}',  # noqa: S608
                    [value for each in batch for value in each],
                )
        cr.commit()
    report(count, time.perf_counter() - started)


def _rows_of_ours(env, count, round_number):
    """``{table: (columns, {batch: rows})}`` with ids moved out of the way."""
    from psycopg2.extras import Json

    cr = env.cr
    cr.execute(
        "SELECT id FROM sale_order WHERE platform_order_ref LIKE %s ORDER BY id LIMIT %s", (f"R{round_number}-%", count)
    )
    orders = [row[0] for row in cr.fetchall()]
    batch_of_order = {order: number // BATCH for number, order in enumerate(orders)}
    chosen = {
        "sale_order": ("id", "id"),
        "res_partner": ("id", "(SELECT min(o.id) FROM sale_order o WHERE o.partner_id = t.id)"),
        "merchant_inbox": ("sale_order_id", "sale_order_id"),
        "sale_order_line": ("order_id", "order_id"),
        "stock_picking": ("sale_id", "sale_id"),
        "stock_move": ("sale_line_id", "(SELECT l.order_id FROM sale_order_line l WHERE l.id = t.sale_line_id)"),
        "stock_move_line": ("move_id", "(SELECT p.sale_id FROM stock_picking p WHERE p.id = t.picking_id)"),
        "stock_reference": ("id", "(SELECT r.sale_id FROM stock_reference_sale_rel r WHERE r.reference_id = t.id)"),
    }
    links = _links(cr)
    found = {}
    for table in TABLES:
        cr.execute(
            f'SELECT * FROM (SELECT t.*, {chosen[table][1]} AS _order FROM "{table}" t) x WHERE _order = ANY(%s)',  # noqa: S608
            (orders,),
        )
        columns = [column.name for column in cr.description][:-1]
        found[table] = columns, cr.fetchall()
    ids = {table: {row[columns.index("id")] for row in rows} for table, (columns, rows) in found.items()}
    result = {}
    for table, (columns, rows) in found.items():
        batches = {}
        for row in rows:
            copy = [
                _moved(Json, ids, links.get((table, column), table if column == "id" else None), column, value)
                for column, value in zip(columns, row, strict=False)
            ]
            batches.setdefault(batch_of_order[row[-1]], []).append(copy)
        result[table] = columns, batches
    return result


def _links(cr):
    cr.execute(
        "SELECT c.conrelid::regclass::text, a.attname, c.confrelid::regclass::text FROM pg_constraint c"
        " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] WHERE c.contype = 'f'"
    )
    return {(table, column): target for table, column, target in cr.fetchall()}


def _moved(Json, ids, target, column, value):
    if isinstance(value, (dict, list)):
        return Json(value)
    if target in ids and value in ids[target]:
        return value + OFFSET
    if column in ("platform_order_ref", "order_ref", "merchant_buyer_ref", "name") and value:
        return f"floor-{value}"
    return value


def _check_reserved(env, count, _round_number):
    orders = env["sale.order"].search([], order="id desc", limit=count)
    assert len(orders) == count and set(orders.picking_ids.mapped("state")) == {"assigned"}, (
        "stock did not reserve every order"
    )
