"""A script outside asks what something costs and why, on an order's line and without one."""

import io
import xmlrpc.client

import PyPDF2
import pytest

from tests.support.web import login

PREPARE = """
from datetime import datetime, timedelta
env["res.config.settings"].create({"group_product_pricelist": True}).execute()
tier = env["merchant.price.tier"].create({"name": "VIP"})
tea = env["product.product"].create({"name": "Tea", "default_code": "API", "list_price": 100})
Rule = env["product.pricelist.item"]
for price, least in ((90, 0), (80, 10)):
    Rule.create({"pricelist_id": tier.pricelist_id.id, "applied_on": "1_product", "fixed_price": price,
                 "product_tmpl_id": tea.product_tmpl_id.id, "min_quantity": least})
env["res.partner"].create({"name": "API customer", "merchant_tier_id": tier.id})
keys = env["res.users.apikeys"].with_user(env.ref("base.user_admin")).sudo()
print("key:" + keys._generate("rpc", "a script", datetime.now() + timedelta(days=1)))
"""


@pytest.fixture(scope="module")
def odoo(new_odoo):
    running = new_odoo("priceapi")
    running.key = running.shell(PREPARE).partition("key:")[2].split()[0]
    yield running.start()
    running.stop()


@pytest.fixture(scope="module")
def found(odoo):
    """``(product id, customer id)``"""
    [product] = odoo.call("product.product", "search", [("default_code", "=", "API")])
    [customer] = odoo.call("res.partner", "search", [("name", "=", "API customer")])
    return product, customer


def new_line(odoo, product, customer):
    lines = [[0, 0, {"product_id": product, "product_uom_qty": 12}]]
    order = odoo.call("sale.order", "create", {"partner_id": customer, "order_line": lines})
    [line] = odoo.call("sale.order.line", "search", [("order_id", "=", order)])
    return line


def test_a_lines_reason_is_read_over_json_2_with_its_links(odoo, found):
    line = new_line(odoo, *found)
    [row] = odoo.json2(
        "sale.order.line",
        "read",
        odoo.key,
        ids=[line],
        fields=["price_unit", "merchant_our_price", "merchant_price_why"],
        context={"lang": "en_US"},
    )
    assert (row["price_unit"], row["merchant_our_price"]) == (80, 80)
    steps = row["merchant_price_why"]["steps"]
    assert "80.00" in row["merchant_price_why"]["summary"]
    taken = next(step for step in steps if "taken" in step["text"])
    links = {link["model"]: link["id"] for link in taken["links"]}
    [rule] = odoo.call("product.pricelist.item", "read", [links["product.pricelist.item"]], ["fixed_price"])
    assert rule["fixed_price"] == 80
    assert links["product.pricelist"]
    assert "merchant.price.tier" in {link["model"] for step in steps for link in step.get("links", [])}


def test_the_same_over_xml_rpc(odoo, found):
    line = new_line(odoo, *found)
    common = xmlrpc.client.ServerProxy(f"{odoo.url}/xmlrpc/2/common")
    user = common.authenticate(odoo.database, "admin", "admin", {})
    models = xmlrpc.client.ServerProxy(f"{odoo.url}/xmlrpc/2/object", allow_none=True)
    fields = {"fields": ["merchant_price_why"], "context": {"lang": "zh_CN"}}
    [row] = models.execute_kw(odoo.database, user, "admin", "sale.order.line", "read", [[line]], fields)
    texts = [step["text"] for step in row["merchant_price_why"]["steps"]]
    assert any("采用" in text for text in texts), texts


def test_a_price_is_asked_for_without_an_order(odoo, found):
    product, customer = found
    answer = odoo.json2(
        "merchant.price.check", "explain", odoo.key, product_id=product, quantity=3, partner_id=customer
    )
    assert (answer["price"], answer["list_price"]) == (90, 100)
    assert [step["rule_id"] for step in answer["steps"] if "rule_id" in step]


def test_an_orders_reasons_come_out_as_a_pdf_with_links(odoo, found, browser):
    """Printed by the browser, as on a machine without wkhtmltopdf, where Odoo shows the page to print."""
    line = new_line(odoo, *found)
    [row] = odoo.call("sale.order.line", "read", [line], ["order_id"])
    context = browser.new_context()
    page = context.new_page()
    login(page, odoo.url)
    page.goto(f"{odoo.url}/report/html/merchant_price_tier.report_price_why/{row['order_id'][0]}")
    [sheet] = PyPDF2.PdfReader(io.BytesIO(page.pdf(format="A4"))).pages
    context.close()
    text = sheet.extract_text()
    assert "Tea" in text and "80.00" in text, text
    links = [note.get_object()["/A"].get("/URI", "") for note in sheet.get("/Annots", ())]
    assert any("/odoo/product.pricelist.item/" in link for link in links), links
