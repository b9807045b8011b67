"""The price addon is taken away again: lists keep working in stock Odoo, and customers keep their prices."""

import json

import pytest

from hankou import test_databases

WORLD = """
def price(partner, product, quantity=1, **options):
    pricelist = partner.property_product_pricelist
    return round(pricelist._get_product_price(product, quantity, **options), 2) if pricelist else product.list_price
def goods(code):
    return env["product.product"].search([("default_code", "=", code)])
def who(name):
    return env["res.partner"].search([("name", "=", name)])
def prices():
    tea, pot = goods("UN-TEA"), goods("UN-POT")
    return {
        "plain": [price(who("Plain buyer"), tea, quantity) for quantity in (1, 3)],
        "member": [price(who("Member"), tea), price(who("Member"), pot), price(who("Member"), pot, 60)],
        "contact": price(who("Member's contact"), tea),
        "own": [price(who("Special"), pot), price(who("Special"), tea)],
        "stranger": [price(who("Stranger"), tea), price(who("Stranger"), pot)],
    }
def order(name):
    lines = [(0, 0, {"product_id": goods("UN-TEA").id, "tax_ids": [(6, 0, [])]})]
    made = env["sale.order"].create({"partner_id": who(name).id, "order_line": lines})
    made.action_confirm()
    return made.amount_total
def say(found):
    import json
    print("SAID", json.dumps(found))
"""
SET_UP = """
env["res.config.settings"].create({"group_product_pricelist": True}).execute()
tea, pot = env["product.product"].create([{"name": code, "default_code": code, "list_price": 100}
                                          for code in ("UN-TEA", "UN-POT")])
of_tea = {"applied_on": "1_product", "product_tmpl_id": tea.product_tmpl_id.id}
plain = env["product.pricelist"].create({"name": "Plain", "company_id": False, "item_ids": [
    (0, 0, {"fixed_price": 7}), (0, 0, {**of_tea, "fixed_price": 5, "min_quantity": 3})]})
general = env["product.pricelist"].create({"name": "General", "merchant_level": "company", "item_ids": [
    (0, 0, {"compute_price": "percentage", "percent_price": 10, "min_quantity": 50})]})
env.company.merchant_pricelist_id = general
tier = env["merchant.price.tier"].create({"name": "VIP"})
Rule = env["product.pricelist.item"]
Rule.create({"pricelist_id": tier.pricelist_id.id, **of_tea, "fixed_price": 90})
Rule.create({"pricelist_id": tier.pricelist_id.id, **of_tea, "fixed_price": 1000,
             "merchant_uom_id": env.ref("uom.product_uom_dozen").id})
brand, tag = env["merchant.brand"].create({"name": "Brand"}), env["product.tag"].create({"name": "Tag"})
Rule.create([{"pricelist_id": pricelist.id, **goods, "fixed_price": 1} for pricelist in (general, plain)
             for goods in ({"merchant_brand_id": brand.id}, {"merchant_tag_id": tag.id})])
member, special, plain_buyer, _stranger = env["res.partner"].create(
    [{"name": name} for name in ("Member", "Special", "Plain buyer", "Stranger")])
env["res.partner"].create({"name": "Member's contact", "parent_id": member.id})
(member | special).write({"merchant_tier_id": tier.id})
plain_buyer.property_product_pricelist = plain
own = special._merchant_own_list()
Rule.create({"pricelist_id": own.id, "applied_on": "1_product", "product_tmpl_id": pot.product_tmpl_id.id,
             "fixed_price": 70})
env.flush_all()
say({"prices": prices(), "total": order("Member")})
env.cr.commit()
"""
REMOVE = 'env.ref("base.module_merchant_price_tier").button_immediate_uninstall()\n'
LEFT = """
env.cr.execute("SELECT tgname FROM pg_trigger WHERE tgname LIKE 'merchant%'"
               " UNION SELECT conname FROM pg_constraint WHERE conname LIKE '%merchant%'"
               " UNION SELECT relname FROM pg_class WHERE relname LIKE 'merchant_price%'")
say({"prices": prices(), "total": order("Member"), "left": env.cr.fetchall(),
     "known": "merchant.price.tier" in env, "lists": env["product.pricelist"].search([]).mapped("name")})
"""


def said(printed):
    [line] = [line for line in printed.splitlines() if line.startswith("SAID ")]
    return json.loads(line.removeprefix("SAID "))


@pytest.fixture(scope="module")
def told(database_server):
    """What was said before and after."""
    instance = test_databases.alone(database_server, "merchant_price_tier")
    try:
        instance.install(["merchant_price_tier"])
        before = said(instance.shell(WORLD + SET_UP))
        instance.shell(REMOVE)
        yield before, said(instance.shell(WORLD + LEFT))
    finally:
        instance.drop()


def test_everybody_pays_what_he_paid(told):
    before, after = told
    assert before["prices"] == {
        "plain": [7, 5], "member": [90, 100, 90], "contact": 90, "own": [70, 90], "stranger": [100, 100],
    }  # fmt: skip
    assert after["prices"] == before["prices"]


def test_orders_go_on(told):
    before, after = told
    assert before["total"] == after["total"] == 90


def test_nothing_of_the_addon_is_left_in_the_database(told):
    _before, after = told
    assert not after["known"]
    assert after["left"] == []
    assert "VIP" in after["lists"]
