"""Two processes write the same tie at once: one of them is refused, with a sentence that says what to do."""

import pytest

from tests.support.race import Runners

TAKEN = "此价格表在该时段已有同一商品"  # the clerk's language
PREPARE = """
def work():
    goods = env["product.product"].create([{"name": f"Tie {n}", "list_price": 100} for n in range(4)])
    tier = env["merchant.price.tier"].create({"name": "Races"})
    plain = env["product.pricelist"].create([{"name": f"Plain {n}"} for n in range(2)])
    return {"list": tier.pricelist_id.id, "plain": plain.ids, "goods": goods.product_tmpl_id.ids}
"""
WRITE = """
from psycopg2 import IntegrityError
def write(goods, price, **vals):
    vals = {"applied_on": "1_product", "product_tmpl_id": goods, "fixed_price": price, **vals}
    try:
        with env.cr.savepoint():
            env["product.pricelist.item"].create({"pricelist_id": LIST, **vals})
    except IntegrityError as problem:
        return env["product.pricelist.item"]._sql_error_to_message(problem)
    return "written"
"""
PRICES = """
def work():
    rules = env["product.pricelist.item"].search([("pricelist_id", "=", LIST), ("product_tmpl_id", "=", GOODS)])
    return rules.mapped("fixed_price")
"""
TAKE_AWAY = """
def work():
    env.cr.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint"
                   " WHERE conname = 'product_pricelist_item_merchant_tie'")
    [definition] = env.cr.fetchone()
    env.cr.execute("ALTER TABLE product_pricelist_item DROP CONSTRAINT product_pricelist_item_merchant_tie")
    return definition
"""
PUT_BACK = """
def work():
    env["product.pricelist.item"].search([("product_tmpl_id", "=", GOODS)]).unlink()
    env.flush_all()
    env.cr.execute(
        "ALTER TABLE product_pricelist_item ADD CONSTRAINT product_pricelist_item_merchant_tie " + DEFINITION)
"""


@pytest.fixture(scope="module")
def pool(new_odoo):
    pool = Runners(new_odoo("priceraces").instance, 2)
    try:
        yield pool
    finally:
        pool.stop()


@pytest.fixture(scope="module")
def world(pool):
    return pool.ask(PREPARE)


@pytest.fixture(scope="module")
def race(pool):
    """``race(runners, source, NAME=value)``: what each returned, and how often it had to begin anew."""

    def run(runners, *sources, **names):
        constants = [f"{name} = {value!r}" for name, value in names.items()]
        return pool.race("\n".join([*constants, WRITE, *sources]), runners)

    return run


def test_of_two_ties_at_once_one_is_refused_with_a_sentence(race, world):
    goods = world["goods"][0]
    answers = race(2, "def work(): return write(GOODS, 10 + number)", LIST=world["list"], GOODS=goods)
    texts = sorted(answer for answer, _repeated in answers)
    assert texts[0] == "written" and TAKEN in texts[1], texts
    [(prices, _repeated)] = race(1, PRICES, LIST=world["list"], GOODS=goods)
    assert len(prices) == 1


def test_without_the_constraint_both_would_be_written(race, world):
    goods = world["goods"][1]
    [(definition, _repeated)] = race(1, TAKE_AWAY, LIST=world["list"])
    try:
        race(2, "def work(): return write(GOODS, 10 + number)", LIST=world["list"], GOODS=goods)
        [(prices, _repeated)] = race(1, PRICES, LIST=world["list"], GOODS=goods)
        assert sorted(prices) == [10, 11]
    finally:
        race(1, PUT_BACK, LIST=world["list"], GOODS=goods, DEFINITION=definition)


def test_periods_that_touch_at_once_are_no_tie(race, world):
    goods = world["goods"][2]
    source = """
def work():
    period = [{"date_end": "2026-11-10 15:59:59"}, {"date_start": "2026-11-10 16:00:00"}][number]
    return write(GOODS, 10 + number, **period)
"""
    answers = race(2, source, LIST=world["list"], GOODS=goods)
    assert [answer for answer, _repeated in answers] == ["written", "written"]


def test_a_rule_written_while_its_list_gets_a_level_is_held_to_it(race, world):
    """The rule's writer sees a plain list, where ties are allowed; it must not slip in beneath the level."""
    pricelist, goods = world["plain"][0], world["goods"][3]
    source = """
def work():
    if number:
        return write(GOODS, 10)
    env["product.pricelist"].browse(LIST).merchant_level = "tier"
    return "written"
"""
    answers = race(2, source, LIST=pricelist, GOODS=goods)
    assert [answer for answer, _repeated in answers] == ["written", "written"]
    assert any(repeated for _answer, repeated in answers), "one of them had to look again"
    [(again, _repeated)] = race(1, "def work(): return write(GOODS, 11)", LIST=pricelist, GOODS=goods)
    assert TAKEN in again
