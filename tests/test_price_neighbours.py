"""Prices where addons of Odoo ask for them: at the till, whose browser works prices out itself, and in the web shop."""

import json

import pytest

from hankou import test_databases
from tests.support.running_odoo import RunningOdoo
from tests.support.web import login

SET_UP = """
import json
company = env.company
if not company.chart_template:
    env["account.chart.template"].try_loading("generic_coa", company)
env["res.config.settings"].create({"group_product_pricelist": True}).execute()
brand = env["merchant.brand"].create({"name": "Brand"})
goods = {}
for name, price, vals in (("Tilltea", 100, {}), ("Tillpot", 100, {"merchant_brand_id": brand.id}), ("Tillcup", 30, {})):
    goods[name] = env["product.product"].create({"name": name, "list_price": price, "taxes_id": False,
        "available_in_pos": True, "is_published": True, **vals})
general = env["product.pricelist"].create({"name": "General", "merchant_level": "company", "company_id": company.id})
company.merchant_pricelist_id = general
tier = env["merchant.price.tier"].create({"name": "VIP"})
Rule = env["product.pricelist.item"]
tea = {"applied_on": "1_product", "product_tmpl_id": goods["Tilltea"].product_tmpl_id.id}
Rule.create([
    {"pricelist_id": tier.pricelist_id.id, **tea, "fixed_price": 90},
    {"pricelist_id": tier.pricelist_id.id, **tea, "fixed_price": 80, "min_quantity": 10},
    {"pricelist_id": tier.pricelist_id.id, **tea, "fixed_price": 500,
     "merchant_uom_id": env.ref("uom.product_uom_dozen").id},
    {"pricelist_id": general.id, "merchant_brand_id": brand.id, "compute_price": "formula", "price_discount": 5,
     "merchant_ending": "0.99"},
])
counter = env["product.pricelist"].create({"name": "Counter", "company_id": company.id})
vip = env["res.partner"].create({"name": "Vera Vip", "merchant_tier_id": tier.id})
portal = env["res.users"].create({"login": "vera", "password": "vera", "partner_id": vip.id,
                                  "group_ids": [(6, 0, env.ref("base.group_portal").ids)]})
till = env["pos.config"].create({"name": "Till", "use_pricelist": True, "pricelist_id": counter.id,
                                 "available_pricelist_ids": [(6, 0, (counter | tier.pricelist_id).ids)]})
till.payment_method_ids or till.write({"payment_method_ids": [(0, 0, {"name": "Cash", "journal_id":
    env["account.journal"].search([("type", "=", "cash")], limit=1).id})]})
prices = {f"{name} {quantity}": tier.pricelist_id._get_product_price(product, quantity)
          for name, product in goods.items() for quantity in (1, 9, 10)}
print("SAID", json.dumps({"till": till.id, "prices": prices,
      "shop": {name: product.product_tmpl_id.website_url for name, product in goods.items()}}))
"""


@pytest.fixture(scope="module")
def odoo(database_server):
    instance = test_databases.alone(database_server, "merchant_price_tier_pos")
    running = RunningOdoo(instance)
    try:
        instance.install(["merchant_price_tier_pos", "website_sale"])
        [line] = [line for line in instance.shell(SET_UP).splitlines() if line.startswith("SAID ")]
        running.facts = json.loads(line.removeprefix("SAID "))
        yield running.start()
    finally:
        running.stop()
        instance.drop()


@pytest.fixture
def till(browser, odoo):
    """The till with its register open."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(120_000)
    login(page, odoo.url)
    page.goto(f"{odoo.url}/pos/ui/{odoo.facts['till']}?from_backend=1")
    page.wait_for_selector(".open-register-btn, .modal-footer .btn-primary, article.product")
    if page.locator(".open-register-btn").count():
        page.click(".open-register-btn")
    page.wait_for_selector(".modal-footer .btn-primary, article.product")
    if page.locator(".modal-footer .btn-primary").count():
        page.click(".modal-footer .btn-primary")
    page.wait_for_selector("article.product")
    yield page
    context.close()


def add(till, name, times=1):
    for _time in range(times):
        till.click(f'article.product .product-name:has-text("{name}")')
    line = till.locator(f'.orderline:has(.product-name:has-text("{name}"))')
    return line.locator(".price").first.inner_text()


def amount(text):
    return float("".join(sign for sign in text if sign in "0123456789."))


def test_the_till_asks_what_the_price_lists_say(odoo, till):
    assert amount(add(till, "Tilltea")) == 100, "without a customer the till's own list counts"
    till.click(".set-partner")
    till.locator(".partner-list input, .modal input").first.fill("Vera")
    till.locator('.partner-info:has-text("Vera Vip"), .partner-line:has-text("Vera Vip")').first.click()
    till.wait_for_selector('.set-partner:has-text("Vera Vip")')
    said = odoo.facts["prices"]
    line = till.locator('.orderline:has(.product-name:has-text("Tilltea"))')
    assert amount(line.locator(".price").first.inner_text()) == said["Tilltea 1"] == 90
    assert amount(add(till, "Tilltea", 9)) == 10 * said["Tilltea 10"] == 800
    assert amount(add(till, "Tillpot")) == said["Tillpot 1"] == 94.99, "a brand's price of the list behind"
    assert amount(add(till, "Tillcup")) == said["Tillcup 1"] == 30, "and of that brand only"


def test_the_web_shop_asks_what_the_price_lists_say(odoo, browser):
    context = browser.new_context(base_url=odoo.url)
    page = context.new_page()

    def price(name):
        page.goto(odoo.facts["shop"][name])
        return amount(page.locator(".oe_price .oe_currency_value").first.inner_text())

    assert [price(name) for name in ("Tilltea", "Tillpot", "Tillcup")] == [100, 94.99, 30], "a stranger is in no tier"
    page.goto("/web/login")
    page.fill("input[name=login]", "vera")
    page.fill("input[name=password]", "vera")
    page.click("form.oe_login_form button[type=submit]")
    page.wait_for_url("**/my**")
    assert [price(name) for name in ("Tilltea", "Tillpot", "Tillcup")] == [90, 94.99, 30]
    context.close()
