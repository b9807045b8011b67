"""Several workers at the same order, the same last piece, the same notice: exactly one effect each.

Every race can be lost: where the lock or the constraint is taken away, the same race shows what it is for.
"""

import itertools
import textwrap

import pytest

from tests.marketplace import Marketplace
from tests.support.merchant import KEYS
from tests.support.race import Runners

TWO_AND_EIGHT = pytest.mark.parametrize("runners", [2, pytest.param(8, marks=pytest.mark.slow)])
SEND = "taobao.logistics.offline.send"
PLACE = {"name": "张三", "mobile": "13800138000", "province": "湖北省", "city": "武汉市", "district": "江汉区"}

PREPARE = """
def work():
    env["merchant.demo"]._prepare_company()
    return True
"""
COUNT = """
def work():
    orders = env["sale.order"].search([("platform_order_ref", "=", {ref!r})])
    return {{
        "rows": env["merchant.inbox"].search_count([("order_ref", "=", {ref!r})]),
        "orders": len(orders),
        "deliveries": len(orders.picking_ids),
        "states": sorted(orders.picking_ids.mapped("state")),
        "buyers": env["res.partner"].search_count([("merchant_buyer_ref", "=", {ref!r})]),
    }}
"""
# each race below stands beside one without what protects it
NO_LOCK = """
from unittest.mock import patch
Inbox = type(env["merchant.inbox"])
def unlocked(self, shop, limit, refs):
    env.cr.execute(
        "SELECT DISTINCT order_ref FROM merchant_inbox WHERE shop_id = %s AND state = 'new'", [shop.id])
    return [ref for (ref,) in env.cr.fetchall()]
stack.enter_context(patch.object(Inbox, "_lock_orders", unlocked))
"""
NO_CONFLICT = """
from unittest.mock import patch
from odoo.tools import SQL
from odoo.sql_db import Cursor
ask = Cursor.execute
def execute(self, query, *rest, **named):
    if isinstance(query, SQL) and "ON CONFLICT (shop_id, order_ref, digest)" in query.code:
        query = SQL(query.code.replace("ON CONFLICT (shop_id, order_ref, digest) DO NOTHING", ""), *query.params)
    return ask(self, query, *rest, **named)
stack.enter_context(patch.object(Cursor, "execute", execute))
"""
AS_STOCK_DOES = """
from unittest.mock import patch
Move = type(env["stock.move"])
stack.enter_context(patch.object(Move, "_merchant_reserve_together", lambda moves: moves.browse()))
"""
SKIPS_LOCKED = """
from unittest.mock import patch
import odoo.addons.merchant_channel.models.stock_quant as stock_quant
stack.enter_context(patch.object(stock_quant, "OURS", ()))
"""
NO_CLAIM = """
from unittest.mock import patch
Notice = type(env["merchant.shipment.notice"])
due = [("shop_id", "=", SHOP), ("state", "=", "waiting")]
claims = iter(env["merchant.shipment.notice"].search(due).ids)
stack.enter_context(patch.object(Notice, "_claim", lambda notices, shop: next(claims, None)))
"""


def payload(ref, sku="RACE", pieces=1, **changes):
    line = {"line_id": "1", "sku": sku, "quantity": pieces, "price": "10.00", "paid_amount": f"{10 * pieces}.00"}
    receiver = {**PLACE, "address": f"解放大道 {ref} 号"}
    return {
        "order_id": ref,
        "paid_at": "2025-11-11T00:00:03+08:00",
        "buyer_id": ref,
        "receiver": receiver,
        "lines": [line],
        **changes,
    }


@pytest.fixture(scope="module")
def runners_pool(request, new_odoo):
    count = 8 if request.config.getoption("--slow") else 2
    pool = Runners(new_odoo("races").instance, count)
    try:
        pool.ask(PREPARE)
        yield pool
    finally:
        pool.stop()


@pytest.fixture(scope="module")
def race(runners_pool):
    """``race(runners, source, **names)``: the source knows the names as constants."""

    def run(runners, *sources, **names):
        constants = [f"{name} = {value!r}" for name, value in names.items()]
        return runners_pool.race("\n".join([*constants, *map(textwrap.dedent, sources)]), runners)

    return run


@pytest.fixture(scope="module")
def ask(race):
    return lambda *sources, **names: race(1, *sources, **names)[0][0]


@pytest.fixture(scope="module")
def new_shop(ask):
    """``new_shop(count)``: ids of shops whose orders are handed in; they sell from one warehouse."""
    numbers = itertools.count()

    def make(count=1):
        return ask(
            """
            def work():
                values = {"platform": "own", "address_check": "none"}
                return env["merchant.shop"].create([{**values, "name": name} for name in NAMES]).ids
            """,
            NAMES=[f"R{next(numbers)}" for _shop in range(count)],
        )

    return make


@pytest.fixture(scope="module")
def new_goods(ask):
    """``new_goods(sku, pieces)``: goods of which so many are in stock."""

    def make(sku, pieces):
        ask(
            """
            def work():
                product = env["product.product"].create(
                    {"name": SKU, "default_code": SKU, "is_storable": True, "list_price": 10})
                place = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1).lot_stock_id
                if PIECES:
                    env["stock.quant"]._update_available_quantity(product, place, PIECES)
            """,
            SKU=sku,
            PIECES=pieces,
        )

    return make


@pytest.fixture(scope="module")
def push(ask):
    """``push(shop, *orders)`` hands orders in; nobody works on them yet."""

    def hand_in(shop, *orders):
        return ask("def work(): return env['merchant.inbox'].push(SHOP, ORDERS)", SHOP=shop, ORDERS=list(orders))

    return hand_in


PROCESS = """
def work():
    return env["merchant.inbox"]._process_shop(env["merchant.shop"].browse(SHOPS[number % len(SHOPS)]))
"""


class TestTheSameOrderAtOnce:
    @TWO_AND_EIGHT
    def test_it_arrives_once(self, race, ask, new_shop, runners):
        [shop], order = new_shop(), payload(f"ARRIVES-{runners}")
        answers = race(
            runners, "def work(): return env['merchant.inbox'].push(SHOP, ORDERS)", SHOP=shop, ORDERS=[order]
        )
        assert len({answer[0]["inbox_id"] for answer, _repeated in answers}) == 1
        assert sorted(answer[0]["state"] for answer, _repeated in answers) == ["known"] * (runners - 1) + ["new"]
        assert ask(COUNT.format(ref=order["order_id"]))["rows"] == 1

    def test_without_its_constraint_it_would_arrive_twice(self, race, ask, new_shop):
        [shop], order = new_shop(), payload("ARRIVES-TWICE")
        ask("def work(): env.cr.execute('ALTER TABLE merchant_inbox DROP CONSTRAINT merchant_inbox_version_uniq')")
        try:
            source = (
                "def work(): return env['merchant.inbox']._store(env['merchant.shop'].browse(SHOP), ORDERS, 'push')"
            )
            race(2, NO_CONFLICT, source, SHOP=shop, ORDERS=[(order["order_id"], None, order)])
            assert ask(COUNT.format(ref=order["order_id"]))["rows"] == 2
        finally:
            ask(
                """
                def work():
                    env.cr.execute("DELETE FROM merchant_inbox WHERE order_ref = 'ARRIVES-TWICE'")
                    env.cr.execute("ALTER TABLE merchant_inbox ADD CONSTRAINT merchant_inbox_version_uniq"
                                   " UNIQUE (shop_id, order_ref, digest)")
                """
            )

    @TWO_AND_EIGHT
    def test_one_row_makes_one_order(self, race, ask, new_shop, new_goods, push, runners):
        [shop], ref = new_shop(), f"ROW-{runners}"
        new_goods(ref, 100)
        push(shop, payload(ref, ref))
        race(runners, PROCESS, SHOPS=[shop])
        found = ask(COUNT.format(ref=ref))
        assert found == {"rows": 1, "orders": 1, "deliveries": 1, "states": ["assigned"], "buyers": 1}
        assert reserved(ask, ref) == (1, 100)

    @TWO_AND_EIGHT
    def test_its_versions_make_one_order(self, race, ask, new_shop, new_goods, push, runners):
        """A message, a pull and a sheet bring it at once, each its own version."""
        [shop], ref = new_shop(), f"VERSIONS-{runners}"
        new_goods(ref, 100)
        race(runners, VERSIONS, SHOP=shop, ORDER=payload(ref, ref))
        while ask(PROCESS, SHOPS=[shop]):
            pass
        found = ask(COUNT.format(ref=ref))
        assert found == {"rows": runners, "orders": 1, "deliveries": 1, "states": ["assigned"], "buyers": 1}
        assert reserved(ask, ref) == (1, 100)

    def test_without_lock_and_index_its_versions_would_make_two(self, race, ask, new_shop, new_goods, push):
        [shop], ref = new_shop(), "VERSIONS-TWICE"
        new_goods(ref, 0)  # nothing of it in stock, where the two would meet again
        push(shop, payload("VERSIONS-BEFORE", ref, buyer_id=ref, receiver=payload(ref)["receiver"]))
        ask(PROCESS, SHOPS=[shop])  # the buyer and the listing are known: their indexes would stop it, too
        index = ask(
            """
            def work():
                env.cr.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [INDEX])
                [definition] = env.cr.fetchone()
                env.cr.execute(f"DROP INDEX {INDEX}")
                return definition
            """,
            INDEX=INDEX,
        )
        try:
            race(2, NO_LOCK, VERSIONS, SHOP=shop, ORDER=payload(ref, ref))
            assert ask(COUNT.format(ref=ref))["orders"] == 2
        finally:
            forget = "UPDATE sale_order SET platform_order_ref = NULL WHERE platform_order_ref = 'VERSIONS-TWICE'"
            ask("def work(): env.cr.execute(FORGET); env.cr.execute(DEFINITION)", FORGET=forget, DEFINITION=index)


INDEX = "sale_order_merchant_platform_order_uniq"
VERSIONS = """
def work():
    shop = env["merchant.shop"].browse(SHOP)
    version = {**ORDER, "modified_at": f"2025-11-11T00:{number:02}:00+08:00", "seller_remark": str(number)}
    env["merchant.inbox"].push(SHOP, [version])
    return env["merchant.inbox"]._process_shop(shop)
"""


def reserved(ask, sku):
    """``(pieces promised, pieces there)``"""
    return tuple(
        ask(
            """
            def work():
                product = env["product.product"].search([("default_code", "=", SKU)])
                place = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1).lot_stock_id
                quants = env["stock.quant"].search([("product_id", "=", product.id), ("location_id", "=", place.id)])
                return sum(quants.mapped("reserved_quantity")), sum(quants.mapped("quantity"))
            """,
            SKU=sku,
        )
    )


class TestTheLastPiece:
    @pytest.mark.parametrize(("runners", "pieces"), [(2, 1), pytest.param(8, 3, marks=pytest.mark.slow)])
    def test_it_is_promised_once(self, race, ask, new_shop, new_goods, push, runners, pieces):
        sku = f"LAST-{runners}"
        states, promised = self.sell(race, ask, new_shop, new_goods, push, runners, pieces, sku)
        assert states == ["assigned"] * pieces + ["confirmed"] * (runners - pieces)
        assert promised == (pieces, pieces)

    def test_as_stock_reserves_it_would_be_promised_twice(self, race, ask, new_shop, new_goods, push):
        """Stock passes over a quant that is locked and promises from a new, empty one."""
        states, promised = self.sell(
            race, ask, new_shop, new_goods, push, 2, 1, "LAST-TWICE", AS_STOCK_DOES, SKIPS_LOCKED
        )
        assert promised == (2, 1)
        assert states == ["assigned", "assigned"]

    def sell(self, race, ask, new_shop, new_goods, push, runners, pieces, sku, *without):
        shops = new_shop(runners)
        new_goods(sku, pieces)
        for number, shop in enumerate(shops):
            push(shop, payload(f"{sku}-{number}", sku))
        race(runners, *without, PROCESS, SHOPS=shops)
        orders = [ask(COUNT.format(ref=f"{sku}-{number}")) for number in range(runners)]
        assert {order["orders"] for order in orders} == {1}
        return sorted(state for order in orders for state in order["states"]), reserved(ask, sku)


TURNS = """
def work():
    inbox, shop = env["merchant.inbox"], env["merchant.shop"].browse(SHOPS[number])
    while inbox._process_in_turn(shop):
        pass
"""
# without turns: everything in the transaction that the job began with
NO_TURNS = """
def work():
    inbox, shop = env["merchant.inbox"], env["merchant.shop"].browse(SHOPS[number])
    while inbox._process_shop(shop):
        pass
"""


class TestShopsThatShareTheirGoods:
    """Shops sell the same goods to the same new buyers, all at once: no batch loses its work to another."""

    @TWO_AND_EIGHT
    def test_their_batches_take_turns(self, race, ask, new_shop, new_goods, push, runners):
        assert self.sell(race, ask, new_shop, new_goods, push, f"TURNS-{runners}", runners, TURNS) == [0] * runners

    def test_without_turns_a_batch_loses_its_work(self, race, ask, new_shop, new_goods, push):
        repeated = self.sell(race, ask, new_shop, new_goods, push, "NO-TURNS", 2, NO_TURNS)
        assert max(repeated) > 0

    def sell(self, race, ask, new_shop, new_goods, push, name, runners, *sources):
        """How often each shop's batch had to be repeated; each order is there and reserved."""
        shops, skus = new_shop(runners), [f"{name}-{letter}" for letter in "AB"]
        for sku in skus:
            new_goods(sku, 10 * runners)
        orders = [payload(f"{name}-{count}", skus[count % 2]) for count in range(6)]
        for number, shop in enumerate(shops):  # the same buyers everywhere, met in another order
            push(shop, *(orders if number % 2 else reversed(orders)))
        answers = race(runners, *sources, SHOPS=shops)
        for order in orders:
            found = ask(COUNT.format(ref=order["order_id"]))
            assert (found["orders"], found["buyers"], set(found["states"])) == (runners, 1, {"assigned"})
        assert [reserved(ask, sku)[0] for sku in skus] == [3 * runners] * 2
        return [repeated for _result, repeated in answers]


SHIP = """
def work():
    order = env["sale.order"].search([("platform_order_ref", "=", REFS[number])])
    order.picking_ids.move_ids.picked = True
    order.picking_ids.button_validate()
"""


class TestParcelsLeaveAtOnce:
    """What was reserved for a parcel is given back as it leaves, whoever else is at the same shelf."""

    @TWO_AND_EIGHT
    def test_nothing_stays_reserved_and_the_shelf_stays_one(self, race, ask, new_shop, new_goods, push, runners):
        sku = f"LEAVES-{runners}"
        self.ship(race, ask, new_shop, new_goods, push, runners, sku, SHIP)
        assert self.rows(ask, sku) == [[20 - runners, 0]]

    def test_as_stock_does_it_the_shelf_falls_apart(self, race, ask, new_shop, new_goods, push):
        self.ship(race, ask, new_shop, new_goods, push, 2, "FALLS-APART", SKIPS_LOCKED, SHIP)
        assert len(self.rows(ask, "FALLS-APART")) > 1

    def ship(self, race, ask, new_shop, new_goods, push, runners, sku, *sources):
        [shop], refs = new_shop(), [f"{sku}-{number}" for number in range(runners)]
        new_goods(sku, 20)
        push(shop, *(payload(ref, sku) for ref in refs))
        ask(PROCESS, SHOPS=[shop])
        race(runners, *sources, REFS=refs)

    def rows(self, ask, sku):
        """``[[on hand, reserved]]`` of the product in stock, row by row."""
        return ask(
            """
            def work():
                product = env["product.product"].search([("default_code", "=", SKU)])
                place = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1).lot_stock_id
                quants = env["stock.quant"].search([("product_id", "=", product.id), ("location_id", "=", place.id)])
                return [[quant.quantity, quant.reserved_quantity] for quant in quants]
            """,
            SKU=sku,
        )


class TestTheSameNotice:
    @pytest.fixture(scope="class")
    def market(self):
        with Marketplace(port=0, speed=0) as market:
            market.clock.advance(minutes=-8)  # pulls stay two minutes behind the clock
            yield market

    @pytest.fixture(scope="class")
    def shop(self, market, ask, new_goods):
        new_goods("TEA-001", 1000)
        values = {"name": "茶店", "platform": "taobao", "gateway": f"{market.url}/router/rest", **KEYS}
        return ask(
            """
            def work():
                shop = env["merchant.shop.wizard"].create(VALUES).action_create()["res_id"]
                env["merchant.shop"].browse(shop).unknown_sku = "create"
                return shop
            """,
            VALUES=values,
        )

    @pytest.fixture
    def packed(self, market, shop, ask):
        """A trade whose parcel left; the platform was not told yet."""
        trade = market.add_trade([("TEA-001", 1)])
        market.advance(seconds=2)
        ask("def work(): env['merchant.shop'].browse(SHOP)._pull()", SHOP=shop)
        told = ask(
            """
            def work():
                shop = env["merchant.shop"].browse(SHOP)
                while env["merchant.inbox"]._process_shop(shop):
                    pass
                order = env["sale.order"].search([("platform_order_ref", "=", TID)])
                code = env["merchant.carrier.code"].search([("platform", "=", "taobao"), ("code", "=", "SF")])
                order.picking_ids.write({"carrier_id": code.carrier_id.id, "carrier_tracking_ref": f"SF{TID}"})
                order.picking_ids.move_ids.picked = True
                order.picking_ids.button_validate()
                return order.merchant_notice_ids.mapped("state")
            """,
            SHOP=shop,
            TID=str(trade.tid),
        )
        assert told == ["waiting"]
        return trade

    def sends(self, market):
        return sum(call["method"] == SEND for call in market.calls)

    @TWO_AND_EIGHT
    def test_the_platform_is_told_once(self, market, shop, packed, race, ask, runners):
        told = self.send(market, shop, packed, race, runners)
        assert told == 1
        states = "def work(): return env['merchant.shipment.notice'].search([('shop_id', '=', SHOP)]).mapped('state')"
        assert set(ask(states, SHOP=shop)) == {"sent"}

    def test_unclaimed_it_would_be_told_twice(self, market, shop, packed, race):
        assert self.send(market, shop, packed, race, 2, NO_CLAIM) == 2

    def send(self, market, shop, trade, race, runners, *without):
        """How often the platform was told, with its answers slow enough for all to call at once."""
        market.calls.clear()
        market.faults.set("slow", seconds=1)
        source = "def work(): env['merchant.shipment.notice']._send_shop(env['merchant.shop'].browse(SHOP))"
        try:
            race(runners, *without, source, SHOP=shop)
        finally:
            market.faults.clear()
        assert len([each for each in market.shipments if each.tid == trade.tid]) == 1
        return self.sends(market)
