"""A day of a merchant: from the buyer's payment on the platform to the parcel, the notice and the books."""

import base64
from collections import Counter
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

from tests.marketplace import Receiver
from tests.support.merchant import eventually
from tests.support.running_odoo import RemoteError

pytestmark = pytest.mark.usefixtures("no_faults_left")
WAREHOUSE = "packer"
HOME = Receiver("王小明", "10000001234", "湖北省", "武汉市", "江汉区", "解放大道1号")
AWAY = Receiver("王小明", "10000001234", "广东省", "深圳市", "南山区", "科技路9号")


@pytest.fixture(scope="module")
def shop(merchant, market):
    merchant.new_user(WAREHOUSE, "merchant_base.group_warehouse")
    with merchant.shop_on(market) as shop:
        yield shop


def yuan(trade):
    return float(Decimal(trade.payment) / 100)


def oids(trade):
    return {str(line.oid) for line in trade.lines}


def told(market, trade):
    """What the platform was told: ``[(carrier, waybill, {line, …})]``"""
    sent = [each for each in market.shipments if each.tid == trade.tid]
    return [(each.carrier, each.waybill, {str(oid) for oid in each.oids}) for each in sent]


def now(**shift):
    return (datetime.now(timezone.utc) + timedelta(**shift)).strftime("%Y-%m-%d %H:%M:%S")


class TestOrdersComeIn:
    def test_a_paid_trade_is_one_confirmed_reserved_order_to_the_fen(self, market, shop):
        lines = [("TEA-001", 1), {"code": "TEA-006", "quantity": 7, "discount": "5.03"}]
        trade = market.add_trade(lines, discount="12.34", postage="8.00", receiver=HOME, message="请尽快发货")
        shop.pull()
        order = shop.order(trade.tid, "platform_total", "merchant_origin", "merchant_buyer_remark", "merchant_platform")
        assert (order["state"], order["platform_status"]) == ("sale", "paid")
        assert order["amount_total"] == order["platform_total"] == yuan(trade) == 367.93
        assert (order["merchant_origin"], order["merchant_platform"]) == ("pull", "taobao")
        assert order["merchant_buyer_remark"] == "请尽快发货"
        assert set(shop.lines(trade.tid)) == oids(trade)
        [delivery] = shop.deliveries(trade.tid)
        assert delivery["state"] == "assigned"

    def test_pulling_again_makes_no_second(self, market, shop):
        trades = [market.add_trade() for _number in range(3)]
        shop.pull().pull()
        shop.pull_period(now(hours=-3), now())
        shop.pull_period(now(hours=-1, minutes=-30), now(minutes=1))
        for trade in trades:
            order = shop.order(trade.tid)
            assert order["amount_total"] == yuan(trade)
            assert len(shop.deliveries(trade.tid)) == 1

    def test_an_unpaid_trade_waits_for_its_payment(self, market, shop):
        trade = market.add_trade(paid=False)
        shop.pull()
        assert not shop.orders(trade.tid)
        assert shop.inbox(trade.tid)["reason_code"] == "unpaid"
        market.pay(trade.tid)
        shop.pull()
        assert shop.order(trade.tid)["state"] == "sale"
        assert shop.inbox(trade.tid)["state"] == "done"

    def test_every_order_stands_in_one_list_with_its_source(self, market, shop, merchant):
        pulled = market.add_trade()
        shop.pull()
        own = merchant.own_shop(address_check="none")
        own.push({"order_id": "W-1", "lines": [{"sku": "TEA-001", "quantity": 1, "price": "168.00"}]})
        sheet = import_sheet(merchant, own, "订单号,商品编码,数量,单价\nS-1,TEA-001,2,168.00\n")
        entered = enter_by_hand(merchant)
        domain = ["|", ("merchant_shop_id", "in", (shop.id, own.id)), ("id", "=", entered)]
        rows = merchant.search("sale.order", domain, ["merchant_origin", "platform_order_ref", "merchant_shop_id"])
        sources = {(row["platform_order_ref"] or row["id"]): row["merchant_origin"] for row in rows}
        assert sources[str(pulled.tid)] == "pull"
        assert (sources["W-1"], sources["S-1"], sources[entered]) == ("push", "sheet", "entered")
        assert sheet["state"] == "done"
        counted = merchant.call("sale.order", "formatted_read_group", domain, ["merchant_origin"], ["__count"])
        assert {row["merchant_origin"]: row["__count"] for row in counted} == Counter(sources.values())


def import_sheet(merchant, shop, text):
    """Import a CSV text by the background job; return the import's figures when it is done."""
    values = {"shop_id": shop.id, "file_name": "orders.csv", "file": base64.b64encode(text.encode()).decode()}
    sheet = merchant.call("merchant.sheet.import", "create", values)
    merchant.call("merchant.sheet.import", "action_import", [sheet])
    return wait_for_sheet(merchant, shop, sheet)


def wait_for_sheet(merchant, shop, sheet, seconds=120):
    fields = ["state", "error", "order_count", "row_count", "line_count", "new_count", "known_count", "bad_row_count"]

    def done():
        found = merchant.read("merchant.sheet.import", sheet, *fields)
        return found if found["state"] in ("done", "failed") else None

    found = eventually(done, seconds, "the import")
    shop.settle(seconds)
    return found


def enter_by_hand(merchant):
    buyer = merchant.call("res.partner", "create", {"name": "江城茶楼"})
    line = (0, 0, {"product_id": merchant.product_ids["TEA-010"], "product_uom_qty": 1})
    order = merchant.call("sale.order", "create", {"partner_id": buyer, "order_line": [line]})
    merchant.call("sale.order", "action_confirm", [order])
    return order


class TestThePlatformChangesItsMind:
    def test_a_line_refunded_before_shipping_is_taken_out(self, market, shop):
        trade = market.add_trade([("TEA-001", 1), ("TEA-010", 2)], discount="7.77", postage="6.00")
        shop.pull()
        gone, stays = trade.lines
        market.refund(trade.tid, gone.oid)
        shop.pull()
        lines = shop.lines(trade.tid)
        assert lines[str(gone.oid)]["product_uom_qty"] == 0
        assert lines[str(stays.oid)]["product_uom_qty"] == 2
        order = shop.order(trade.tid, "platform_refunded_total")
        assert order["state"] == "sale"
        assert round(order["amount_total"], 2) == round(yuan(trade) - gone.revenue / 100, 2)
        shop.ship(trade.tid, "SF2000000001")
        assert told(market, trade) == [("SF", "SF2000000001", {str(stays.oid)})]

    def test_nothing_leaves_while_a_refund_is_asked_for(self, market, shop):
        trade = market.add_trade([("TEA-001", 1), ("TEA-010", 1)])
        shop.pull()
        market.ask_refund(trade.tid)
        shop.pull()
        with pytest.raises(RemoteError, match="refund|退款"):
            shop.ship(trade.tid, "SF2000000002")
        assert shop.deliveries(trade.tid)[0]["state"] == "assigned"

    def test_an_address_changed_before_shipping_changes_the_delivery(self, market, shop, merchant):
        trade = market.add_trade(receiver=HOME)
        shop.pull()
        market.change_address(trade.tid, AWAY)
        shop.pull()
        [delivery] = shop.deliveries(trade.tid)
        fields = ("state_id", "city", "merchant_district")
        place = merchant.read("res.partner", delivery["partner_id"][0], *fields, context={"lang": "zh_CN"})
        assert "广东" in place["state_id"][1]
        assert "深圳市" in str(place["city"])
        assert place["merchant_district"] == "南山区"

    def test_a_trade_closed_before_payment_makes_no_order(self, market, shop):
        trade = market.add_trade(paid=False)
        shop.pull()
        market.cancel(trade.tid)
        shop.pull()
        assert not shop.orders(trade.tid)
        row = shop.inbox(trade.tid)
        assert (row["state"], row["reason_code"]) == ("done", "closed_before_payment")

    def test_a_trade_refunded_whole_cancels_the_order_and_frees_its_stock(self, market, shop):
        trade = market.add_trade(["TEA-002"])
        shop.pull()
        assert shop.order(trade.tid)["state"] == "sale"
        market.refund(trade.tid)
        shop.pull()
        assert shop.order(trade.tid)["state"] == "cancel"
        assert [each["state"] for each in shop.deliveries(trade.tid)] == ["cancel"]


class TestTheParcelLeaves:
    def test_the_platform_learns_carrier_and_number_once(self, market, shop):
        trade = market.add_trade([("TEA-001", 1), ("TEA-006", 2)])
        shop.pull().ship(trade.tid, "ZTO10000000001", "ZTO", user=WAREHOUSE)
        assert told(market, trade) == [("ZTO", "ZTO10000000001", oids(trade))]
        notice = shop.notice(trade.tid)
        assert (notice["state"], notice["sent_carrier_code"]) == ("sent", "ZTO")
        shop.pull()
        order = shop.order(trade.tid, "merchant_hold_code")
        assert (order["platform_status"], order["merchant_hold_code"]) == ("shipped", False)

    def test_a_split_delivery_is_two_parcels_with_their_lines(self, market, shop):
        trade = market.add_trade([("TEA-001", 1), ("TEA-006", 2)])
        first, second = (str(line.oid) for line in trade.lines)
        shop.pull().ship(trade.tid, "SF3000000001", quantities={first: 1}, user=WAREHOUSE)
        assert told(market, trade) == [("SF", "SF3000000001", {first})]
        shop.pull()
        assert shop.order(trade.tid)["platform_status"] == "part_shipped"
        shop.ship(trade.tid, "YTO3000000002", "YTO", user=WAREHOUSE)
        assert told(market, trade)[1:] == [("YTO", "YTO3000000002", {second})]
        assert [each["state"] for each in shop.notices(trade.tid)] == ["sent", "sent"]
        shop.pull()
        assert shop.order(trade.tid)["platform_status"] == "shipped"

    def test_a_tracking_number_entered_later_is_told_then(self, market, shop, merchant):
        trade = market.add_trade()
        shop.pull()
        [delivery] = shop.deliveries(trade.tid)
        merchant.call("stock.picking", "button_validate", [delivery["id"]], user=WAREHOUSE, password=WAREHOUSE)
        shop.settle()
        assert shop.notice(trade.tid)["reason_code"] in ("no_tracking", "no_carrier")
        assert not told(market, trade)
        values = {"carrier_id": shop.carrier("YUNDA"), "carrier_tracking_ref": "YD4000000001"}
        merchant.call("stock.picking", "write", [delivery["id"]], values, user=WAREHOUSE, password=WAREHOUSE)
        shop.settle()
        assert told(market, trade) == [("YUNDA", "YD4000000001", oids(trade))]

    def test_a_tracking_number_put_right_later_replaces_the_one_on_the_platform(self, market, shop, merchant):
        trade = market.add_trade()
        shop.pull()
        shop.ship(trade.tid, "SF4000000002")
        [delivery] = shop.deliveries(trade.tid)
        values = {"carrier_tracking_ref": "SF4000000003"}
        merchant.call("stock.picking", "write", [delivery["id"]], values, user=WAREHOUSE, password=WAREHOUSE)
        shop.settle()
        assert shop.notice(trade.tid)["state"] == "sent"
        assert told(market, trade)[-1] == ("SF", "SF4000000003", oids(trade))
        assert {line.waybill for line in trade.lines} == {"SF4000000003"}

    def test_a_lost_answer_does_not_ship_twice(self, market, shop, merchant):
        trade = market.add_trade()
        shop.pull()
        market.faults.set("answer_lost", times=1, method="taobao.logistics.offline.send")
        shop.ship(trade.tid, "SF5000000001")
        notice = shop.notice(trade.tid)
        assert (notice["state"], notice["reason_code"]) == ("waiting", "platform_later")
        try_again_now(merchant, shop, notice)
        assert shop.notice(trade.tid)["state"] == "sent"
        assert told(market, trade) == [("SF", "SF5000000001", oids(trade))]

    def test_a_platform_that_is_down_is_asked_again_later(self, market, shop, merchant):
        trade = market.add_trade()
        shop.pull()
        market.faults.set("network_down")
        shop.ship(trade.tid, "SF6000000001")
        first = shop.notice(trade.tid)
        assert (first["state"], first["reason_code"], first["attempts"]) == ("waiting", "platform_later", 1)
        assert "asked again by itself" in first["reason"]
        try_again_now(merchant, shop, first)
        second = shop.notice(trade.tid)
        assert (second["state"], second["attempts"]) == ("waiting", 2)
        assert second["next_try_at"] > now(seconds=90), "the pause grows"
        market.faults.clear()
        try_again_now(merchant, shop, second)
        assert shop.notice(trade.tid)["state"] == "sent"
        assert told(market, trade) == [("SF", "SF6000000001", oids(trade))]

    def test_what_the_platform_refuses_is_parked_with_its_reason(self, market, shop):
        trade, other = market.add_trade(), market.add_trade()
        shop.pull()
        shop.ship(other.tid, "SF7000000001")
        shop.ship(trade.tid, "SF7000000001")  # a waybill that another order has
        notice = shop.notice(trade.tid, "zh_CN")
        assert notice["state"] == "parked"
        assert "运单号已被使用" in notice["reason"]
        [delivery] = shop.deliveries(trade.tid)
        shop.call("stock.picking", "write", [delivery["id"]], {"carrier_tracking_ref": "SF7000000002"})
        shop.settle()
        assert shop.notice(trade.tid)["state"] == "sent"
        assert told(market, trade) == [("SF", "SF7000000002", oids(trade))]


def try_again_now(merchant, shop, notice):
    """The pause is over. Nobody may write that over the API, so it is done beside the server."""
    merchant.odoo.shell(f"""
env["merchant.shipment.notice"].browse({notice["id"]}).next_try_at = "{now(minutes=-1)}"
""")
    merchant.tick()
    shop.settle()


class TestTheBooks:
    def test_revenue_and_cost_are_posted_and_the_ledger_balances(self, market, shop, merchant):
        trade = market.add_trade([("TEA-001", 2), ("TEA-006", 3)], discount="9.99", postage="8.00")
        shop.pull().ship(trade.tid, "SF8000000001")
        invoice = bill(merchant, shop.order(trade.tid)["id"])
        fields = ("state", "amount_total", "amount_untaxed", "line_ids")
        move = merchant.read("account.move", invoice, *fields)
        assert (move["state"], move["amount_total"]) == ("posted", yuan(trade))
        lines = merchant.call("account.move.line", "read", move["line_ids"], ["balance", "display_type"])
        assert round(sum(line["balance"] for line in lines), 2) == 0
        revenue = -sum(line["balance"] for line in lines if line["display_type"] == "product")
        cost = sum(line["balance"] for line in lines if line["display_type"] == "cogs" and line["balance"] > 0)
        assert round(revenue, 2) == round(move["amount_untaxed"], 2)
        assert cost == 5 * 10.0

    def test_the_ledger_of_the_whole_day_balances(self, shop, merchant):
        domain = [("parent_state", "=", "posted")]
        [total] = merchant.call("account.move.line", "formatted_read_group", domain, [], ["balance:sum"])
        assert round(total["balance:sum"] or 0, 2) == 0

    def test_every_promise_of_the_data_is_kept(self, shop, merchant):
        found = merchant.odoo.shell('print([c for c in env["merchant.check"]._violations() if c["count"]])')
        assert found.strip().endswith("[]"), found


def bill(merchant, order):
    """Invoice what was delivered and post it; return the invoice."""
    context = {"active_model": "sale.order", "active_ids": [order], "active_id": order}
    values = {"advance_payment_method": "delivered"}
    wizard = merchant.call("sale.advance.payment.inv", "create", values, context=context)
    merchant.call("sale.advance.payment.inv", "create_invoices", [wizard], context=context)
    [invoice] = merchant.read("sale.order", order, "invoice_ids")["invoice_ids"]
    merchant.call("account.move", "action_post", [invoice])
    return invoice
