"""Sourcing beside addons of Odoo that a merchant may add: lots that expire, goods that a vendor sends himself."""

import json

import pytest

INSTALL = """
wanted = env["ir.module.module"].search([("name", "in", ("product_expiry", "stock_dropshipping"))])
wanted.button_immediate_install()
"""
SET_UP = """
from datetime import timedelta
from odoo import fields
env = env(context={**env.context, "tracking_disable": True})
home = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1)
other = env["stock.warehouse"].create({"name": "邻居仓", "code": "NBR"})
env["merchant.sourcing.ruleset"].search([("state", "=", "live")]).action_switch_off()
ruleset = env["merchant.sourcing.ruleset"].create({"name": "邻居"})
env["merchant.sourcing.rule"].create({"ruleset_id": ruleset.id, "name": "任意", "split": "pieces", "on_short": "hold",
    "warehouse_line_ids": [(0, 0, {"warehouse_id": home.id}), (0, 0, {"warehouse_id": other.id})]})
ruleset.action_switch_on()
buyer = env["res.partner"].create({"name": "邻居买家"})
def order(*wants):
    return env["sale.order"].create({"partner_id": buyer.id, "order_line": [
        (0, 0, {"product_id": product.id, "product_uom_qty": pieces}) for product, pieces in wants]})
def leaves(order):
    return sorted([move.warehouse_id.name, move.product_id.name, move.quantity] for move in order.picking_ids.move_ids)
def say(found):
    import json
    print("SAID", json.dumps(found))
    env.cr.rollback()
"""
EXPIRY = """
milk = env["product.product"].create({"name": "奶", "is_storable": True, "tracking": "lot",
                                      "use_expiration_date": True})
now = fields.Datetime.now()
for name, days, warehouse in (("过期", -1, home), ("新鲜", 30, other)):
    lot = env["stock.lot"].create({"name": name, "product_id": milk.id, "removal_date": now + timedelta(days=days),
                                   "expiration_date": now + timedelta(days=days + 1)})
    env["stock.quant"]._update_available_quantity(milk, warehouse.lot_stock_id, 5, lot_id=lot)
good, much = order((milk, 3)), order((milk, 4))
good.action_confirm()
much.action_confirm()
say({"good": leaves(good), "lots": good.picking_ids.move_line_ids.lot_id.mapped("name"), "home": home.name,
     "much": [much.state, much.merchant_source_state]})
"""
DROPSHIP = """
tea, pot = env["product.product"].create([{"name": name, "is_storable": True} for name in ("茶", "壶")])
vendor = env["res.partner"].create({"name": "厂家"})
pot.write({"seller_ids": [(0, 0, {"partner_id": vendor.id, "price": 5})],
           "route_ids": [(6, 0, env.ref("stock_dropshipping.route_drop_shipping").ids)]})
for product in (tea, pot):
    env["stock.quant"]._update_available_quantity(product, other.lot_stock_id, 9)
mixed = order((tea, 2), (pot, 1))
mixed.action_confirm()
bought = env["purchase.order"].search([("partner_id", "=", vendor.id)])
say({"planned": mixed.merchant_part_ids.product_id.mapped("name"), "leaves": leaves(mixed),
     "bought": [bought.order_line.product_id.name, bought.order_line.product_qty,
                bought.picking_type_id.code], "state": mixed.merchant_source_state})
"""


def said(printed):
    [line] = [line for line in printed.splitlines() if line.startswith("SAID ")]
    return json.loads(line.removeprefix("SAID "))


@pytest.fixture(scope="module")
def odoo(new_odoo):
    return new_odoo("neighbours", INSTALL)


def test_lots_past_their_removal_date_are_promised_to_nobody(odoo):
    found = said(odoo.shell(SET_UP + EXPIRY))
    assert found["good"] == [["邻居仓", "奶", 3]], "the older lots of the first warehouse have expired"
    assert found["lots"] == ["新鲜"]
    assert found["much"] == ["draft", "held"], "four are left only with those that have expired"


def test_lines_that_a_vendor_sends_himself_are_left_alone(odoo):
    found = said(odoo.shell(SET_UP + DROPSHIP))
    assert found["planned"] == ["茶"]
    assert found["leaves"] == [["邻居仓", "茶", 2]]
    assert found["bought"] == ["壶", 1, "dropship"]
    assert found["state"] == "sourced"
