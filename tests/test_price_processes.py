"""Two server processes on one database: a changed rule is seen by the next price in each of them."""

import pytest

from hankou.odoo import Instance
from tests.support.running_odoo import RunningOdoo

PREPARE = """
tier = env["merchant.price.tier"].create({"name": "VIP"})
product = env["product.product"].create({"name": "Tea", "default_code": "TWO", "list_price": 100})
env["product.pricelist.item"].create({"pricelist_id": tier.pricelist_id.id, "fixed_price": 1})
"""


@pytest.fixture(scope="module")
def both(new_odoo):
    first = new_odoo("prices", PREPARE).start()
    second = RunningOdoo(Instance(first.instance.server, first.database)).start()
    yield first, second
    second.stop()


def test_a_rule_changed_in_one_process_gives_the_next_price_in_the_other(both):
    first, second = both
    product = first.call("product.product", "search", [("default_code", "=", "TWO")])[0]
    tier = first.call("merchant.price.tier", "search_read", [("name", "=", "VIP")], ["pricelist_id"])[0]
    pricelist = tier["pricelist_id"][0]
    rule = first.call("product.pricelist.item", "search", [("pricelist_id", "=", pricelist)])

    def price(server):
        answer = server.call("merchant.price.check", "explain", product, pricelist_id=pricelist)
        return answer["price"]

    assert (price(first), price(second)) == (1, 1)
    for number in range(2, 42):
        writer, reader = (first, second) if number % 2 else (second, first)
        writer.call("product.pricelist.item", "write", rule, {"fixed_price": number})
        assert price(reader) == number, "a stale price"
        assert price(writer) == number
