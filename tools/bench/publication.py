"""What 100,000 listings offer: 20,000 SKUs, 5 warehouses, 5 shops that divide the stock; passes a second.

- ``first``: every offer worked out and written for the first time
- ``full``: every offer worked out anew and compared; nothing changed
- ``after_100``: 100 quants change; marks, what they touch worked out, what differs written
- ``after_1000``: the same with 1,000
- ``stock_full``: stock Odoo's own free quantity of every product in each shop's warehouses, which is what a pass
  reads that does not know what changed: no rule, no unpaid orders, no division, nothing written
- ``stock_after_100``: the same for the 100 products alone, for whoever knew which they are
- ``push``: 1,000 changed quantities told to a rehearsal marketplace over HTTP, answers written

Only the passes are timed, not the stock changes before them.
"""

import random
import sys
import time
from pathlib import Path

from . import report
from .orders import SKUS, _fill_goods

SHOPS, WAREHOUSES_EACH = 5, 3
DATABASES = {"bench-publication": (("merchant_suite",), "fill")}
CASES = {
    "first": ("bench-publication", "first", 1),
    "full": ("bench-publication", "full", 1),
    "after_100": ("bench-publication", "after_100", 1),
    "after_1000": ("bench-publication", "after_1000", 1),
    "stock_full": ("bench-publication", "stock_full", 1),
    "stock_after_100": ("bench-publication", "stock_after_100", 1),
    "push": ("bench-publication", "push", 1),
}
RATIOS = [
    ("after_100", "full"),
    ("after_100", "after_1000"),
    ("after_100", "stock_full"),
    ("full", "stock_full"),
    ("after_100", "stock_after_100"),
]


def fill(env):
    _fill_goods(env)
    warehouses = env["stock.warehouse"].search([], order="id")
    rule = env["merchant.publication.rule"].create({"name": "90 %", "ratio": 90, "safety": 2})
    for number in range(SHOPS):
        served = [warehouses[(number + step) % len(warehouses)].id for step in range(WAREHOUSES_EACH)]
        shop = env["merchant.shop"].create(
            {
                "name": f"Bench {number}",
                "platform": "taobao",
                "app_key": "12345678",
                "app_secret": "hankou-rehearsal-secret",
                "session": f"session-{number}",
                "warehouse_id": served[0],
                "warehouse_ids": [(6, 0, served)],
                "publishes": True,
                "publication_rule_id": rule.id,
                "publication_shares": True,
                "publication_weight": number + 1,
                "state": "paused",
            }
        )
        env.cr.execute(
            "INSERT INTO merchant_listing (shop_id, company_id, active, platform_sku, item_id, sku, title, product_id,"
            " state, publication_mode, on_sale, create_uid, write_uid, create_date, write_date)"
            " SELECT %s, %s, TRUE, default_code, default_code, default_code, default_code, id, 'matched', 'auto', TRUE,"
            " 1, 1, now(), now() FROM product_product WHERE default_code LIKE 'SKU-%%'",
            (shop.id, shop.company_id.id),
        )
    env["merchant.publication"]._work_off()
    env.cr.execute("ANALYZE")


def first(env, count, _round_number):
    env.cr.execute("DELETE FROM merchant_publication")
    _pass(env, count, everything=True, expected=SHOPS * SKUS)


def full(env, count, _round_number):
    _pass(env, count, everything=True, expected=0)


def after_100(env, count, round_number):
    _change(env, 100, round_number)
    _pass(env, count, expected=100)


def after_1000(env, count, round_number):
    _change(env, 1000, round_number + 50)
    _pass(env, count, expected=1000)


def _pass(env, count, *, everything=False, expected):
    env.cr.execute("SELECT COALESCE(SUM(version), 0) FROM merchant_publication")
    before = env.cr.fetchone()[0]
    if everything:
        env["merchant.shop"].search([("publishes", "=", True)])._mark_publication()
    env.cr.commit()
    env.invalidate_all()
    started = time.perf_counter()
    env["merchant.publication"]._work_off()
    seconds = time.perf_counter() - started
    env.cr.execute("SELECT COALESCE(SUM(version), 0), COUNT(*) FROM merchant_publication")
    changed, rows = env.cr.fetchone()
    changed -= before
    assert rows == SHOPS * SKUS, rows
    assert changed == 0 if expected == 0 else changed >= expected, f"{changed} offers changed"
    report(count, seconds)


def _change(env, number, seed):
    """That many quants, each of another product, lose pieces as a delivery would take them."""
    dice = random.Random(seed)
    products = env["product.product"].search([("default_code", "like", "SKU-")]).ids
    warehouses = env["stock.warehouse"].search([])
    for product in dice.sample(products, number):
        place = dice.choice(warehouses).lot_stock_id
        env["stock.quant"]._update_available_quantity(
            env["product.product"].browse(product), place, -dice.randint(20, 60)
        )
    env.cr.commit()


def stock_full(env, count, _round_number):
    _free(env, count, env["product.product"].search([("default_code", "like", "SKU-")]))


def stock_after_100(env, count, round_number):
    products = env["product.product"].search([("default_code", "like", "SKU-")]).ids
    _free(env, count, env["product.product"].browse(random.Random(round_number).sample(products, 100)))


def _free(env, count, products):
    shops = env["merchant.shop"].search([("publishes", "=", True)])
    env.invalidate_all()
    started = time.perf_counter()
    for shop in shops:
        found = products.with_context(warehouse_id=shop.warehouse_ids.ids).mapped("free_qty")
        assert len(found) == len(products)
    report(count, time.perf_counter() - started)


def push(env, count, round_number):
    sys.path.insert(0, str(Path(__file__).parents[2]))
    from tests.marketplace import Marketplace

    shop = env["merchant.shop"].search([("name", "=", "Bench 0")])
    with Marketplace(port=0) as market:
        there = market.add_shop("Bench", "12345678", "hankou-rehearsal-secret", "session-0")
        items = {}
        for start in range(0, 1000, 20):  # items of 20 SKUs, as the platform takes them in one call
            skus = [(f"SKU-{number:05}", str(number), "10.00", 0) for number in range(start, start + 20)]
            item = there.add_listing(f"ITEM-{start}", "货品", "10.00", 0, skus)
            items.update({cell.code: (item, cell) for cell in item.cells})
        for code, (item, cell) in items.items():
            env.cr.execute(
                "UPDATE merchant_listing SET item_id = %s, platform_sku = %s WHERE shop_id = %s AND sku = %s",
                (str(item.item_id), str(cell.sku_id), shop.id, code),
            )
        env.cr.execute("UPDATE merchant_publication SET state = 'idle' WHERE shop_id = %s", shop.ids)
        env.cr.execute(
            "UPDATE merchant_publication SET state = 'waiting', unsure = TRUE, next_try_at = now() - interval '1 day'"
            " WHERE listing_id IN (SELECT id FROM merchant_listing WHERE shop_id = %s AND sku = ANY(%s))",
            (shop.id, list(items)),
        )
        shop.write({"gateway": f"{market.url}/router/rest", "state": "ready", "publish_next_at": False})
        env.cr.commit()
        env.invalidate_all()
        started = time.perf_counter()
        env["merchant.publication"]._send_shop(shop)
        seconds = time.perf_counter() - started
        env.cr.rollback()  # what was written meanwhile was written elsewhere
        rows = env["merchant.publication"].search([("listing_id.sku", "in", list(items)), ("shop_id", "=", shop.id)])
        wrong = [row.sku for row in rows if items[row.sku][1].quantity != row.wanted]
        assert len(rows) == 1000 and not wrong, f"{len(rows)} rows, {len(wrong)} told wrong"
        shop.write({"state": "paused", "gateway": False})
        env.cr.execute("UPDATE merchant_listing SET item_id = sku, platform_sku = sku WHERE shop_id = %s", shop.ids)
        env.cr.commit()
    report(count, seconds)
