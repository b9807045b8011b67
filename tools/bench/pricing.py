"""Prices of 20,000 SKUs on lists of 100 to 200,000 rules: stock Odoo beside ours, on the same rules.

- ``stock_single``, ``ours_single``: one price a call, products at random
- ``stock_batch``, ``ours_batch``: as many prices as CASES says in one call
- ``ours_cold``: the same in a process that has not yet read a rule of the list
- ``stock_order``, ``ours_order``: the prices of an order of 300 lines, computed anew, with discounts, taxes and totals
- ``ours_prices``: of that, finding the prices
- ``ours_reasons``: of that, finding the rules and keeping for each line why its price is what it is
- ``stock_totals``: of that, stock Odoo's own taxes and totals
- ``stock_order_no_list``: stock Odoo's order without any price list, so without a rule to look for

The stock cases run in a database without the suite. Both databases hold the same products and the same rules, drawn
from the same seed: for each SKU as many quantity breaks as the rules allow, a few rules of categories and one of all.
"""

import random
import time

from . import report

SKUS, LINES = 20_000, 300
SIZES = (100, 2_000, 20_000, 200_000)
# prices in one call; stock Odoo's time grows with rules times products, so it is asked for fewer where that takes hours
BATCH = {100: 2_000, 2_000: 2_000, 20_000: 5_000, 200_000: 1_000}
SINGLES = {100: 300, 2_000: 300, 20_000: 100, 200_000: 30}
DATABASES = {"bench-pricing-stock": (("sale",), "fill"), "bench-pricing": (("merchant_price_tier",), "fill")}

CASES = {}
RATIOS = []
for _size in SIZES:
    for _name, _count in (
        ("stock_single", SINGLES[_size]),
        ("ours_single", 2_000),
        ("stock_batch", BATCH[_size]),
        ("ours_batch", BATCH[_size]),
        ("ours_batch_10000", 10_000),
        ("ours_cold_10000", 10_000),
    ):
        _database = "bench-pricing-stock" if _name.startswith("stock") else "bench-pricing"
        CASES[f"{_name}@{_size}"] = (_database, f"{_name.removesuffix('_10000')}_{_size}", _count)
    RATIOS += [(f"ours_{kind}@{_size}", f"stock_{kind}@{_size}") for kind in ("single", "batch")]
CASES["stock_order@20000"] = ("bench-pricing-stock", "order_20000", LINES)
CASES["ours_order@20000"] = ("bench-pricing", "order_20000", LINES)
CASES["ours_order@200000"] = ("bench-pricing", "order_200000", LINES)
CASES["stock_order_no_list"] = ("bench-pricing-stock", "bare_20000", LINES)
CASES["stock_totals"] = ("bench-pricing-stock", "totals_20000", LINES)
CASES["ours_prices@20000"] = ("bench-pricing", "prices_20000", LINES)
CASES["ours_prices@200000"] = ("bench-pricing", "prices_200000", LINES)
CASES["ours_reasons@20000"] = ("bench-pricing", "reasons_20000", LINES)
CASES["ours_reasons@200000"] = ("bench-pricing", "reasons_200000", LINES)
RATIOS.append(("ours_order@20000", "stock_order@20000"))
RATIOS.append(("ours_order@20000", "stock_order_no_list"))


def __getattr__(name):
    """``stock_batch_20000`` and its like: the case and the size of its list."""
    case, _, size = name.rpartition("_")
    functions = {
        "stock_single": _single,
        "ours_single": _single,
        "stock_batch": _batch,
        "ours_batch": _batch,
        "ours_cold": _cold,
        "order": _order,
        "reasons": _reasons,
        "prices": _prices,
        "totals": _totals,
        "bare": _bare,
    }
    if case not in functions or not size.isdigit():
        raise AttributeError(name)
    return lambda env, count, round_number: functions[case](env, int(size), count, round_number)


# -- what is in the databases ---------------------------------------------------------------------------------------


def fill(env):
    quiet = {"tracking_disable": True, "mail_create_nolog": True}
    env["res.config.settings"].create({"group_product_pricelist": True}).execute()
    categories = env["product.category"].create([{"name": f"类目 {number}"} for number in range(20)])
    for start in range(0, SKUS, 2000):
        env["product.product"].with_context(**quiet).create(
            [
                {
                    "name": f"货品 {number}",
                    "default_code": f"SKU-{number:05}",
                    "list_price": 10 + number % 90,
                    "standard_price": 5 + number % 40,
                    "categ_id": categories[number % 20].id,
                }
                for number in range(start, start + 2000)
            ]
        )
    for size in SIZES:
        _fill_list(env, categories, size)
    env.cr.execute("ANALYZE")


def _fill_list(env, categories, size):
    pricelist = env["product.pricelist"].create({"name": f"价格表 {size}", "company_id": False})
    env["product.pricelist.item"].create(
        [
            {"pricelist_id": pricelist.id, "compute_price": "percentage", "percent_price": 1},
            *(
                {
                    "pricelist_id": pricelist.id,
                    "applied_on": "2_product_category",
                    "categ_id": category.id,
                    "compute_price": "percentage",
                    "percent_price": 2,
                }
                for category in categories[:9]
            ),
        ]
    )
    breaks = max(1, size // SKUS)
    env.flush_all()
    # rows as the ORM would write them, in one statement
    env.cr.execute(
        """
        INSERT INTO product_pricelist_item (pricelist_id, applied_on, display_applied_on, product_tmpl_id,
               min_quantity, base, compute_price, fixed_price, currency_id, create_uid, write_uid,
               create_date, write_date)
        SELECT %(list)s, '1_product', '1_product', t.id, b.step * 10, 'list_price', 'fixed',
               round((t.list_price * (1 - 0.03 * b.step))::numeric, 2), %(currency)s, 1, 1, now(), now()
          FROM (SELECT id, list_price, row_number() OVER (ORDER BY id) AS place FROM product_template
                 WHERE default_code LIKE 'SKU-%%') t
         CROSS JOIN generate_series(0, %(breaks)s - 1) AS b(step)
         WHERE t.place <= %(products)s
        """,
        {
            "list": pricelist.id,
            "currency": pricelist.currency_id.id,
            "breaks": breaks,
            "products": (size - 10) // breaks,
        },
    )
    found = env["product.pricelist.item"].search_count([("pricelist_id", "=", pricelist.id)])
    assert found >= 0.99 * size, f"{found} rules for {size}"


# -- cases ----------------------------------------------------------------------------------------------------------


def _world(env, size, round_number):
    products = env["product.product"].search([("default_code", "like", "SKU-")], order="id")
    pricelist = env["product.pricelist"].search([("name", "=", f"价格表 {size}")])
    env.invalidate_all()
    return random.Random(round_number), products, pricelist


def _single(env, size, count, round_number):
    dice, products, pricelist = _world(env, size, round_number)
    chosen = [products.browse(number) for number in dice.sample(products.ids, count)]
    pricelist._get_product_price(chosen[0], 25)
    started = time.perf_counter()
    for product in chosen:
        pricelist._get_product_price(product, 25)
    report(count, time.perf_counter() - started)


def _batch(env, size, count, round_number, warm=True):
    dice, products, pricelist = _world(env, size, round_number)
    chosen = products.browse(dice.sample(products.ids, count))
    if warm and hasattr(pricelist, "merchant_level"):
        pricelist._get_products_price(chosen, 25)
        env.invalidate_all()
    started = time.perf_counter()
    prices = pricelist._get_products_price(chosen, 25)
    report(count, time.perf_counter() - started)
    assert len(prices) == count and all(prices.values()), "a price is missing"


def _cold(env, size, count, round_number):
    _batch(env, size, count, round_number, warm=False)


def _order(env, size, count, round_number, has_list=True):
    order = _new_order(env, size, count, round_number)
    if not has_list:
        order.pricelist_id = False
    order._recompute_prices()
    env.flush_all()
    started = time.perf_counter()
    order._recompute_prices()
    env.flush_all()
    report(count, time.perf_counter() - started)


def _bare(env, size, count, round_number):
    _order(env, size, count, round_number, has_list=False)


def _totals(env, size, count, round_number):
    lines = _new_order(env, size, count, round_number).order_line
    started = time.perf_counter()
    lines.modified(["price_unit"])
    env.flush_all()
    report(count, time.perf_counter() - started)


def _prices(env, size, count, round_number):
    lines = _new_order(env, size, count, round_number).order_line
    lines._merchant_prices()
    started = time.perf_counter()
    prices = lines._merchant_prices()
    report(count, time.perf_counter() - started)
    assert len(prices) == count and all(price for price, _rule in prices.values()), "a price is missing"


def _reasons(env, size, count, round_number):
    lines = _new_order(env, size, count, round_number).order_line
    lines.mapped("pricelist_item_id")
    lines.write({"merchant_price_trace": False, "merchant_our_price": 0})
    env.flush_all()
    lines.invalidate_recordset(["pricelist_item_id"])
    started = time.perf_counter()
    lines.mapped("pricelist_item_id")
    lines._merchant_renew_trace()
    lines.flush_recordset(["merchant_price_trace", "merchant_our_price"])
    report(count, time.perf_counter() - started)
    assert all(lines.mapped("merchant_price_trace")), "a reason is missing"


def _new_order(env, size, count, round_number):
    dice, products, pricelist = _world(env, size, round_number)
    order = env["sale.order"].create(
        {
            "partner_id": env["res.partner"].create({"name": "买家"}).id,
            "pricelist_id": pricelist.id,
            "order_line": [
                (0, 0, {"product_id": number, "product_uom_qty": dice.randint(1, 40)})
                for number in dice.sample(products.ids, count)
            ],
        }
    )
    env.flush_all()
    return order
