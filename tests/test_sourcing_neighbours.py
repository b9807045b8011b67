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
LATER = """
company = env.company
company.resource_calendar_id.tz = "Asia/Shanghai"
categ = env["product.category"].create({{"name": "鲜", "removal_strategy_id": env.ref("{strategy}").id}})
milk = env["product.product"].create({{"name": "奶", "is_storable": True, "tracking": "lot", "categ_id": categ.id,
                                       "use_expiration_date": True}})
now = fields.Datetime.now()
def put(name, days, warehouse, pieces, age=0):
    lot = env["stock.lot"].create({{"name": name, "product_id": milk.id, "removal_date": now + timedelta(days=days),
                                    "expiration_date": now + timedelta(days=days + 1)}})
    env["stock.quant"]._update_available_quantity(milk, warehouse.lot_stock_id, pieces, lot_id=lot,
                                                  in_date=now - timedelta(days=age))
def plan(days, pieces):
    made = order((milk, pieces))
    made.commitment_date = now + timedelta(days=days) if days else False
    return made
def told(order):
    return [order.state, order.merchant_source_state, leaves(order),
            sorted([line.lot_id.name, line.quantity] for line in order.picking_ids.move_line_ids)]
put("短", 5, home, 4, age=1)
put("长", 60, home, 2, age=2)
put("邻", 60, other, 3)
asked = env["merchant.source.enquiry"].create({{"order_id": plan(10, 3).id}})
enquiry = [[line.warehouse_id.name, line.state] for line in asked.line_ids]
later, today, late_too = plan(10, 3), plan(0, 4), plan(10, 3)
(later | today | late_too).action_confirm()
rows = [row[1:3] for row in late_too.with_context(lang="en_US").merchant_source_why["table"]["rows"]]
say({{"home": home.name, "enquiry": enquiry, "later": told(later), "today": told(today), "late_too": told(late_too),
      "why": rows}})
"""
SLOW = """
company = env.company
milk = env["product.product"].create({"name": "奶", "is_storable": True, "tracking": "lot",
                                      "use_expiration_date": True})
now = fields.Datetime.now()
for name, days, warehouse in (("短", 2, home), ("长", 60, other)):
    lot = env["stock.lot"].create({"name": name, "product_id": milk.id, "removal_date": now + timedelta(days=days),
                                   "expiration_date": now + timedelta(days=days + 1)})
    env["stock.quant"]._update_available_quantity(milk, warehouse.lot_stock_id, 5, lot_id=lot)
home.merchant_handling_days = 3
quick = order((milk, 2))
quick.action_confirm()
milk.use_expiration_date = False
unminded = order((milk, 2))
unminded.action_confirm()
say({"home": home.name, "quick": leaves(quick), "unminded": leaves(unminded)})
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

SHORT = """
tea, pot = env["product.product"].create([{"name": name, "is_storable": True} for name in ("茶", "壶")])
vendor = env["res.partner"].create({"name": "厂家"})
pot.seller_ids = [(0, 0, {"partner_id": vendor.id, "price": 5})]
ruleset.rule_ids.write({"on_short": "route", "route_id": env.ref("stock_dropshipping.route_drop_shipping").id})
env["stock.quant"]._update_available_quantity(tea, other.lot_stock_id, 9)
mixed = order((tea, 2), (pot, 3))
mixed.action_confirm()
bought = env["purchase.order"].search([("partner_id", "=", vendor.id)])
say({"leaves": leaves(mixed), "bought": [bought.order_line.product_qty, bought.picking_type_id.code],
     "state": [mixed.state, mixed.merchant_source_state]})
"""
ALL_KINDS = """
own, sent, theirs, moved = env["product.product"].create(
    [{"name": name, "is_storable": True} for name in ("自有", "代发", "寄售", "调来")])
vendor = env["res.partner"].create({"name": "厂家"})
owner = env["res.partner"].create({"name": "寄售商"})
sent.write({"seller_ids": [(0, 0, {"partner_id": vendor.id, "price": 5})],
            "route_ids": [(6, 0, env.ref("stock_dropshipping.route_drop_shipping").ids)]})
other.resupply_wh_ids = home
supply = env["stock.route"].search([("supplier_wh_id", "=", home.id), ("supplied_wh_id", "=", other.id)])
to_order = env.ref("stock.route_warehouse0_mto")
to_order.active = True
moved.route_ids = supply | to_order
stock = env["stock.quant"]
stock._update_available_quantity(own, other.lot_stock_id, 5)
stock._update_available_quantity(theirs, other.lot_stock_id, 5, owner_id=owner)
stock._update_available_quantity(moved, home.lot_stock_id, 5)
mixed = order((own, 1), (sent, 2), (theirs, 3), (moved, 4))
mixed.action_confirm()
bought = env["purchase.order"].search([("partner_id", "=", vendor.id)])
way = env["stock.move"].search([("product_id", "=", moved.id)])
first = way.filtered(lambda move: move.location_id == home.lot_stock_id)
last = way.filtered(lambda move: move.location_dest_id.usage == "customer")
say({"state": [mixed.state, mixed.merchant_source_state], "planned": mixed.merchant_part_ids.product_id.mapped("name"),
     "leaves": sorted([move.product_id.name, move.quantity] for move in mixed.picking_ids.move_ids
                      if move.picking_type_id == other.out_type_id and move.state == "assigned"),
     "owner": mixed.order_line[2].move_ids.move_line_ids.owner_id.name,
     "bought": [bought.order_line.product_id.name, bought.order_line.product_qty],
     "moved": [first.state, last.procure_method, last.picking_type_id.warehouse_id.name], "home": home.name})
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


@pytest.mark.parametrize("strategy", ["product_expiry.removal_fefo", "stock.removal_fifo"])
def test_a_lot_that_expires_before_the_promised_day_is_not_free_for_that_order(odoo, strategy):
    found = said(odoo.shell(SET_UP + LATER.format(strategy=strategy)))
    assert dict(found["enquiry"]) == {found["home"]: "part", "邻居仓": "all"}, (
        "of six pieces at home two last until then"
    )
    state, _source, places, lots = found["later"]
    assert (state, places, lots) == ("sale", [["邻居仓", "奶", 3]], [["邻", 3]])
    state, _source, places, lots = found["today"]
    assert (state, places) == ("sale", [[found["home"], "奶", 4]])
    assert lots == ([["短", 4]] if "fefo" in strategy else [["短", 2], ["长", 2]]), "stock Odoo's own removal strategy"
    assert found["late_too"][:2] == ["draft", "held"]
    assert [found["home"], "2 of 3 in stock, 1 expire too soon"] in found["why"]


def test_a_warehouse_that_ships_later_than_its_lots_last_is_not_asked(odoo):
    found = said(odoo.shell(SET_UP + SLOW))
    assert found["quick"] == [["邻居仓", "奶", 2]]
    assert found["unminded"] == [[found["home"], "奶", 2]], "without expiration dates every lot counts"


def test_what_nobody_has_is_dropshipped_by_its_vendor(odoo):
    found = said(odoo.shell(SET_UP + SHORT))
    assert found["leaves"] == [["邻居仓", "茶", 2]]
    assert found["bought"] == [3, "dropship"]
    assert found["state"] == ["sale", "sourced"]


def test_own_dropshipped_consigned_and_resupplied_goods_in_one_order(odoo):
    found = said(odoo.shell(SET_UP + ALL_KINDS))
    assert found["state"] == ["sale", "sourced"]
    assert found["planned"] == ["自有", "寄售"]
    assert found["leaves"] == [["寄售", 3], ["自有", 1]]
    assert found["owner"] == "寄售商"
    assert found["bought"] == ["代发", 2]
    assert found["moved"] == ["assigned", "make_to_order", "邻居仓"], "home supplies the warehouse that ships the rest"


def test_lines_that_a_vendor_sends_himself_are_left_alone(odoo):
    found = said(odoo.shell(SET_UP + DROPSHIP))
    assert found["planned"] == ["茶"]
    assert found["leaves"] == [["邻居仓", "茶", 2]]
    assert found["bought"] == ["壶", 1, "dropship"]
    assert found["state"] == "sourced"
