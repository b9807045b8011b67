"""A receipt is seen at once: in the stock, in the alert that it ends, and on the platform that sells it."""

import time

import pytest

from tests.conftest import PREPARE_COMPANY
from tests.support.merchant import Merchant, eventually

SECONDS = 10
PREPARE = f"""
{PREPARE_COMPANY}
env["merchant.stock.threshold"].search([]).unlink()
env["merchant.stock.threshold"].create({{"kind": "low", "method": "quantity", "quantity": 10}})
while env["merchant.stock.mark"]._evaluate_marks():
    pass
"""


@pytest.fixture(scope="module")
def odoo(new_odoo):
    return new_odoo("receipt", PREPARE).start("--max-cron-threads=2")


@pytest.fixture(scope="module")
def sold_out(odoo, market):
    """Three products without stock, listed by a shop that tells its platform what there is."""
    merchant = Merchant(odoo)
    codes = [f"LIVE-{number}" for number in range(3)]
    products = dict(zip(codes, merchant.new_products(*codes), strict=True))
    for code in codes:
        market.shop().add_listing(code, code, "9.00", 7)
    with merchant.shop_on(market) as shop:
        merchant.call("merchant.shop", "write", [shop.id], {"publishes": True})
        merchant.call("merchant.shop", "action_read_listings", [shop.id])
        eventually(lambda: all(not on_sale(market, code) for code in codes), what="nothing on sale")
        yield merchant, products


def on_sale(market, code):
    return market.shop().quantities()[code]


def move(merchant, code, product, pieces):
    """A picking of so many pieces, ready: in from a supplier when more than 0, otherwise out to a customer.

    :return: its id
    """
    coming = pieces > 0
    field = "in_type_id" if coming else "out_type_id"
    [warehouse] = merchant.search("stock.warehouse", [], ["lot_stock_id", field], limit=1, order="id")
    usage = "supplier" if coming else "customer"
    [other] = merchant.search("stock.location", [("usage", "=", usage)], ["id"], limit=1)
    ends = [other["id"], warehouse["lot_stock_id"][0]]
    start, goal = ends if coming else reversed(ends)
    places = {"location_id": start, "location_dest_id": goal}
    line = [0, 0, {"product_id": product, "product_uom_qty": abs(pieces), **places}]
    values = {"picking_type_id": warehouse[field][0], "origin": code, "move_ids": [line], **places}
    picking = merchant.call("stock.picking", "create", values)
    merchant.call("stock.picking", "action_confirm", [picking])
    merchant.call("stock.picking", "action_assign", [picking])
    return picking


def seen(merchant, market, code, product):
    """``(in stock, alerts, on sale)`` of a product, as people and buyers see it."""
    stock = merchant.read("product.product", product, "qty_available", "free_qty")
    alerts = merchant.search("merchant.stock.alert", [("product_id", "=", product), ("state", "!=", "closed")])
    return stock["qty_available"], len(alerts), on_sale(market, code)


def test_a_receipt_is_seen_in_stock_alert_and_on_the_platform_within_seconds(sold_out, market, capsys):
    merchant, products = sold_out
    waited = []
    for number, (code, product) in enumerate(products.items()):
        for pieces, alerts in ((30 + number, 0), (-25, 1), (60, 0)):
            before = seen(merchant, market, code, product)
            picking = move(merchant, code, product, pieces)
            merchant.call("stock.picking", "button_validate", [picking], context={"skip_backorder": True})
            begun = time.monotonic()
            wanted = (before[0] + pieces, alerts, before[2] + pieces)
            eventually(lambda wanted=wanted: seen(merchant, market, code, product) == wanted, SECONDS, f"{wanted}")  # noqa: B023
            waited.append(time.monotonic() - begun)
    with capsys.disabled():
        print(f"\nreceipt: in stock, alert and platform after {', '.join(f'{each:.1f}' for each in waited)} s")
