"""The week of real orders that ships with the suite arrives whole, as ``scripts/start`` brings it in."""

import base64
import re
from decimal import Decimal

import pytest

from hankou.paths import ADDONS
from tests.support.merchant import Merchant, Shop, eventually
from tests.support.online_retail import Book, is_goods

SAMPLE = ADDONS / "merchant_order_import" / "data" / "sample" / "online_retail_week.csv"
FIGURES = ("row_count", "line_count", "bad_row_count", "order_count", "cancellation_count", "new_count", "known_count")


@pytest.fixture(scope="module")
def book():
    return Book(SAMPLE)


@pytest.fixture(scope="module")
def merchant(demo_odoo):
    return Merchant(demo_odoo)


@pytest.fixture(scope="module")
def sheet(merchant):
    """The import that the demo began, once it and the shop's jobs are done."""
    return finished(merchant, merchant.search("merchant.sheet.import", [], ["shop_id"])[0])


def finished(merchant, sheet):
    fields = ("state", "error", *FIGURES, "units", "amount", "figures", "shop_id")
    found = eventually(
        lambda: (
            (row := merchant.read("merchant.sheet.import", sheet["id"], *fields))["state"] in ("done", "failed") and row
        ),
        180,
        "the import",
    )
    shop_of(merchant, found).settle(900)
    return found


def shop_of(merchant, sheet):
    shop = merchant.read("merchant.shop", sheet["shop_id"][0], "name")
    return Shop(merchant, shop["id"], shop["name"])


@pytest.fixture(scope="module")
def orders(merchant, sheet):
    """``{invoice: sales order}``"""
    fields = [
        *("platform_order_ref", "state", "amount_total", "platform_total", "platform_refunded_total"),
        *("order_line", "picking_ids", "currency_id", "merchant_origin"),
    ]
    rows = merchant.search("sale.order", [("merchant_shop_id", "=", sheet["shop_id"][0])], fields)
    found = {row["platform_order_ref"]: row for row in rows}
    assert len(found) == len(rows)
    return found


@pytest.fixture(scope="module")
def lines(merchant, orders):
    """``{invoice: [order line, …]}``"""
    ids = [line for order in orders.values() for line in order["order_line"]]
    fields = [
        "order_id",
        "product_id",
        "platform_quantity",
        "platform_paid_amount",
        "product_uom_qty",
        "platform_line_ref",
    ]
    names = {order["id"]: invoice for invoice, order in orders.items()}
    found = {invoice: [] for invoice in orders}
    for row in merchant.call("sale.order.line", "read", ids, fields, load=None):
        found[names[row["order_id"]]].append(row)
    return found


@pytest.fixture(scope="module")
def inbox(merchant, sheet):
    domain = [("shop_id", "=", sheet["shop_id"][0])]
    fields = ["order_ref", "state", "reason_code", "reason", "origin_ref", "sale_order_id"]
    return merchant.search("merchant.inbox", domain, fields, context={"lang": "en_US"})


def test_the_sheet_tells_the_figures_that_the_file_has(book, sheet):
    assert sheet["state"] == "done", sheet["error"]
    rows = [row for number, rows in book.invoices.items() if number not in book.refused for row in rows]
    assert sheet["row_count"] == len(book.records) == 7071
    assert (sheet["order_count"], sheet["cancellation_count"]) == (len(book.orders), len(book.cancellations))
    assert sheet["line_count"] == len(rows)
    assert sheet["units"] == sum(row.units for row in rows)
    assert Decimal(str(sheet["amount"])) == sum(row.amount for row in rows)
    assert sheet["bad_row_count"] == len(book.records) - len(rows)
    assert sheet["figures"]["adds_up"] is True


def test_every_order_has_its_lines_units_and_amount(book, orders, lines):
    ours = {
        invoice: (
            len(lines[invoice]),
            sum(line["platform_quantity"] for line in lines[invoice]),
            Decimal(str(round(order["platform_total"], 2))),
        )
        for invoice, order in orders.items()
    }
    assert ours == book.sold
    assert {order["currency_id"][1] for order in orders.values()} == {"GBP"}
    assert {order["merchant_origin"] for order in orders.values()} == {"sheet"}


def test_the_total_of_an_order_is_the_files_less_what_was_taken_back(orders):
    for invoice, order in orders.items():
        if order["state"] != "cancel":
            expected = order["platform_total"] - order["platform_refunded_total"]
            assert round(order["amount_total"] - expected, 2) == 0, invoice
        assert order["state"] in ("sale", "cancel")


def test_what_was_sold_is_reserved(merchant, book, orders):
    sold = [order for order in orders.values() if order["state"] == "sale"]
    deliveries = [each for order in sold for each in order["picking_ids"]]
    rows = merchant.call("stock.picking", "read", deliveries, ["state", "sale_id"], load=None)
    assert {row["state"] for row in rows} == {"assigned"}
    goods = {number for number, rows in book.orders.items() if any(is_goods(row.code) for row in rows)}
    assert {row["sale_id"] for row in rows} == {order["id"] for order in sold if order["platform_order_ref"] in goods}


def test_cancellations_take_back_or_wait_with_a_reason(book, inbox, orders, lines):
    rows = {row["order_ref"]: row for row in inbox if row["order_ref"].startswith("C")}
    assert rows.keys() == book.cancellations.keys()
    applied = {ref for ref, row in rows.items() if row["reason_code"] == "cancellation_applied"}
    assert {rows[ref]["state"] for ref in applied} == {"done"}
    assert {rows[ref]["state"] for ref in rows.keys() - applied} == {"held"}
    assert all(row["reason"].endswith(".") for row in rows.values())
    taken_back = sum(Decimal(str(round(order["platform_refunded_total"], 2))) for order in orders.values())
    assert taken_back == -sum(row.amount for ref in applied for row in book.cancellations[ref])
    for ref in applied:
        order = next(each for each in orders.values() if each["id"] == rows[ref]["sale_order_id"][0])
        gone = [line for line in lines[order["platform_order_ref"]] if not line["product_uom_qty"]]
        assert gone or order["state"] == "cancel"


def test_what_costs_nothing_is_held_and_write_offs_are_refused(book, sheet, inbox, merchant):
    held = {row["order_ref"] for row in inbox if row["state"] == "held" and not row["order_ref"].startswith("C")}
    assert held == book.free
    assert {row["reason_code"] for row in inbox if row["order_ref"] in held} == {"zero_price"}
    domain = [("import_id", "=", sheet["id"])]
    problems = merchant.search("merchant.sheet.problem", domain, ["row", "code", "reason"], context={"lang": "en_US"})
    assert {row["row"] for row in problems} == {row.number for rows in book.refused.values() for row in rows}
    assert all("write-off" in row["reason"] for row in problems)


def test_codes_that_are_no_goods_are_services(merchant, lines):
    ids = {line["product_id"] for order in lines.values() for line in order}
    products = merchant.call("product.product", "read", list(ids), ["default_code", "type"])
    services = {row["default_code"] for row in products if row["type"] == "service"}
    codes = {row["default_code"] for row in products if row["default_code"]}
    assert services == {code for code in codes if not is_goods(code)}


def test_every_row_of_the_file_is_accounted_for(book, sheet, inbox, merchant):
    found = {
        row["row"] for row in merchant.search("merchant.sheet.problem", [("import_id", "=", sheet["id"])], ["row"])
    }
    for row in inbox:
        if "#" in (row["origin_ref"] or ""):
            for first, last in re.findall(r"(\d+)(?:-(\d+))?", row["origin_ref"].partition("#")[2]):
                found |= set(range(int(first), int(last or first) + 1))
    assert found == book.row_numbers


def test_importing_it_again_makes_no_duplicate(book, sheet, orders, merchant):
    data = base64.b64encode(SAMPLE.read_bytes()).decode()
    values = {"shop_id": sheet["shop_id"][0], "file_name": "again.csv", "file": data}
    again = merchant.call("merchant.sheet.import", "create", values)
    merchant.call("merchant.sheet.import", "action_import", [again])
    again = finished(merchant, {"id": again})
    assert (again["state"], again["new_count"]) == ("done", 0)
    assert again["known_count"] == len(book.orders) + len(book.cancellations)
    domain = [("merchant_shop_id", "=", sheet["shop_id"][0])]
    assert merchant.call("sale.order", "search_count", domain) == len(orders)


def test_the_rehearsal_shop_brought_its_orders_too(merchant, demo_odoo, sheet):
    """What was to be shipped is an order; what never was is none; nothing is missing in the inbox."""
    trades = demo_odoo.market.shop().trades
    [shop] = merchant.search("merchant.shop", [("platform", "=", "taobao")])
    rows = merchant.search(
        "sale.order", [("merchant_shop_id", "=", shop["id"])], ["platform_order_ref", "amount_total"]
    )
    totals = {row["platform_order_ref"]: Decimal(str(round(row["amount_total"], 2))) for row in rows}
    refs = merchant.search("merchant.inbox", [("shop_id", "=", shop["id"])], ["order_ref"])
    assert {row["order_ref"] for row in refs} == {str(tid) for tid in trades}
    for ref, total in totals.items():
        trade = trades[int(ref)]
        taken_back = sum(line.revenue for line in trade.lines if line.refund and line.refund.state == "done")
        assert total == Decimal(trade.payment - taken_back) / 100, ref
        assert trade.paid_at or trade.cod
    assert len(demo_odoo.market.shipments) >= 6


def test_every_promise_of_the_data_is_kept(demo_odoo, sheet):
    found = demo_odoo.shell('print([c for c in env["merchant.check"]._violations() if c["count"]])')
    assert found.strip().endswith("[]"), found
