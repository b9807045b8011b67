"""What a rehearsal starts with: goods, shops, orders in every state, or trades played from a file."""

import json
import random
from datetime import timedelta
from pathlib import Path

from .clock import moment
from .trade import Receiver

DEMO_SHOP = {
    "name": "汉口茶具旗舰店",
    "app_key": "12345678",
    "app_secret": "hankou-rehearsal-secret",
    "session": "hankou-rehearsal-session",
}

# Merchant code, title, price in yuan, published quantity, SKUs as (code, properties, price, quantity).
# A listing with SKUs is sold by their codes; its own code is only the item's, and its own quantity their sum.
DEMO_LISTINGS = [
    ("TEA-001", "武夷山大红袍 岩茶 250g 罐装", "168.00", 120, ()),
    ("TEA-002", "西湖龙井 明前特级 100g", "238.00", 80, ()),
    ("TEA-003", "安溪铁观音 清香型 500g", "129.00", 200, ()),
    ("TEA-004", "云南普洱熟茶饼 357g", "199.00", 150, ()),
    ("TEA-005", "恩施玉露 蒸青绿茶 200g", "98.00", 160, ()),
    (
        "TEA-POT",
        "宜兴紫砂壶 西施壶 200ml",
        "388.00",
        50,
        (("TEA-POT-RED", "颜色分类:朱泥红", "388.00", 30), ("TEA-POT-WHT", "颜色分类:段泥白", "398.00", 20)),
    ),
    (
        "TEA-CUP",
        "景德镇青花品茗杯 六只装",
        "79.00",
        210,
        (
            ("TEA-CUP-BLU", "颜色分类:青花", "79.00", 90),
            ("TEA-CUP-GRN", "颜色分类:豆青", "79.00", 70),
            ("TEA-CUP-WHT", "颜色分类:甜白", "85.00", 50),
        ),
    ),
    (
        "TEA-TRAY",
        "黑檀木茶盘 排水式",
        "256.00",
        60,
        (("TEA-TRAY-S", "尺寸:45cm", "256.00", 40), ("TEA-TRAY-L", "尺寸:60cm", "326.00", 20)),
    ),
    ("TEA-006", "玻璃公道杯 加厚耐热 350ml", "29.90", 300, ()),
    ("TEA-007", "不锈钢茶漏 茶滤网", "9.90", 500, ()),
    ("TEA-008", "竹制茶夹茶针六君子套装", "35.50", 180, ()),
    ("TEA-009", "旅行功夫茶具便携套装", "118.00", 90, ()),
    ("TEA-010", "白瓷盖碗 三才碗 150ml", "45.00", 140, ()),
]
NEW_ORDERS = (
    "TEA-001",
    "TEA-002",
    "TEA-003",
    "TEA-005",
    "TEA-006",
    "TEA-008",
    "TEA-010",
    "TEA-POT-RED",
    "TEA-CUP-BLU",
    "TEA-CUP-GRN",
    "TEA-TRAY-S",
)
NOWHERE = Receiver("外星人", "10000000000", "火星省", "奥林匹斯市", "环形山区", "一号坑道7号")


def empty(market):
    """One shop with the demo goods and no trades."""
    shop = market.add_shop(**DEMO_SHOP)
    with market.clock.at(market.clock.now() - timedelta(days=30)):
        for code, title, price, quantity, skus in DEMO_LISTINGS:
            shop.add_listing(code, title, price, quantity, skus)
    return shop


def demo(market):
    """The demo shop with three days of orders in every state."""
    shop = empty(market)
    _odd_orders(shop)
    for index in range(26):
        _ordinary_order(shop, index)


SCENARIOS = {"demo": demo, "empty": empty}


def load(market, scenario):
    """Begin a named scenario, one from a JSON file, or one given as the dict such a file holds."""
    if isinstance(scenario, str) and scenario in SCENARIOS:
        SCENARIOS[scenario](market)
        return
    if not isinstance(scenario, dict):
        scenario = json.loads(Path(scenario).read_text(encoding="utf-8"))
    for shop in scenario.get("shops", [DEMO_SHOP]):
        _open_shop(market, **shop)
    market.play(scenario.get("trades", []))


def random_order(shop, **trade):
    """A new paid order of one to three different goods, in the shop's own random sequence."""
    cells = [cell for listing in shop.listings.values() if listing.on_shelf for cell in listing.cells]
    goods = shop.random.sample(cells, min(len(cells), shop.random.choice((1, 1, 1, 2, 3))))
    lines = [(cell.code, shop.random.choice((1, 1, 1, 2))) for cell in goods]
    postage = shop.random.choice(("0", "0", "8.00"))
    return shop.add_trade(lines, **{"postage": postage, **trade})


def buy_something(shop):
    """What a live buyer does: pick something and buy it if the published quantity still allows."""
    cells = [cell for listing in shop.listings.values() if listing.on_shelf for cell in listing.cells]
    if cells:
        shop.sell(
            shop.random.choice(cells).code,
            shop.random.choice((1, 1, 1, 2)),
            postage=shop.random.choice(("0", "0", "8.00")),
        )


def schedule(market, trade, shop=None):
    """Put one played trade on the agenda: a dict of ``Shop.add_trade`` arguments and the times of what happens.

    ``created``, ``paid``, ``shipped``, ``finished`` and ``closed`` are times; ``refunds`` holds dicts with
    ``asked`` and optionally ``line`` (index), ``amount``, ``goods_return``, ``agreed``, ``refused``.
    """
    trade = dict(trade)
    shop = market.shop(trade.pop("shop", shop))
    times = {name: trade.pop(name, None) for name in ("paid", "shipped", "finished", "closed")}
    refunds, created = trade.pop("refunds", ()), trade.pop("created", None) or market.clock.now()
    if "receiver" in trade:
        trade["receiver"] = Receiver(**trade["receiver"])

    def begin():
        order = shop.add_trade(**trade, paid=False)
        for name, action in (
            ("paid", shop.pay),
            ("shipped", _ship_on_page(shop)),
            ("finished", shop.finish),
            ("closed", shop.cancel),
        ):
            if times[name]:
                market.at(times[name], lambda action=action: action(order.tid))
        for refund in refunds:
            _schedule_refund(market, shop, order, **refund)

    market.at(created, begin)


def _ship_on_page(shop):
    return lambda tid: shop.ship(tid, online=True)


def _schedule_refund(market, shop, order, asked, line=0, agreed=None, refused=None, **refund):
    def ask():
        made = shop.ask_refund(order.tid, order.lines[line].oid, **refund)
        for when, action in ((agreed, shop.agree_refund), (refused, shop.refuse_refund)):
            if when:
                market.at(when, lambda action=action: action(made.refund_id))

    market.at(moment(asked), ask)


def _open_shop(market, listings=(), **shop):
    shop = market.add_shop(**shop)
    for listing in listings or [
        dict(zip(("code", "title", "price", "quantity", "skus"), row, strict=True)) for row in DEMO_LISTINGS
    ]:
        shop.add_listing(**listing)


def _odd_orders(shop):
    """The cases that trouble an ERP, one or two of each, an hour apart over the last day."""
    clock, now = shop.clock, shop.clock.now()

    def add(hours, lines, **trade):
        return shop.add_trade(lines, created=now - timedelta(hours=hours), stock=False, **trade)

    def later(order, seconds, action, *args, **kwargs):
        with clock.at(order.created + timedelta(seconds=seconds)):
            return action(*args, **kwargs)

    for hours in (1, 2):
        add(hours, [("TEA-003", 1)], paid=False)
    add(3, [("TEA-002", 2)], frozen=True)
    add(
        4,
        [("TEA-001", 1), {"code": "TEA-006", "quantity": 2, "discount": "5.00"}],
        discount="30.00",
        postage="8.00",
        message="请尽快发货，谢谢",
    )
    partly = add(5, [("TEA-POT-RED", 1), ("TEA-CUP-BLU", 2), ("TEA-007", 1)], discount="22.22")
    refund = later(partly, 600, shop.ask_refund, partly.tid, partly.lines[1].oid)
    later(partly, 1500, shop.agree_refund, refund.refund_id)
    asking = add(6, [("TEA-005", 1), ("TEA-010", 1)])
    later(asking, 900, shop.ask_refund, asking.tid, asking.lines[0].oid, reason="拍错了")
    add(7, [("TEA-TRAY-L", 1), {"code": "TEA-007", "gift_of": 0}], discount="20.00", memo="老客户，送茶漏", flag=1)
    presale = add(8, [("TEA-004", 1)], deposit="50.00", discount="20.00")
    later(presale, 60, shop.pay, presale.tid)
    add(9, [("TEA-009", 1)], cod=True, postage="10.00", cod_fee="3.50")
    gone = add(10, [("TEA-008", 1)], postage="6.00")
    refund = later(gone, 300, shop.ask_refund, gone.tid)
    later(gone, 1200, shop.agree_refund, refund.refund_id)
    timeout = add(30, [("TEA-CUP-WHT", 1)], paid=False)
    later(timeout, 86_400, shop.cancel, timeout.tid)
    add(11, [{"code": "NO-SUCH-SKU", "title": "绝版柴烧茶杯 孤品", "price": "66.00"}])
    add(12, [("TEA-003", 1)], receiver=NOWHERE)
    half = add(13, [("TEA-001", 1), ("TEA-010", 2)])
    later(half, 3600, shop.ship, half.tid, "ZTO", None, [half.lines[0].oid])


def _ordinary_order(shop, index):
    """Orders spread over three days: the older half shipped, the oldest finished."""
    rng = random.Random(f"{index}:{shop.name}")
    hours = 0.5 + index * 2.7
    lines = [(code, rng.choice((1, 1, 2, 3))) for code in rng.sample(NEW_ORDERS, rng.choice((1, 1, 2, 3)))]
    order = shop.add_trade(
        lines,
        created=shop.clock.now() - timedelta(hours=hours),
        stock=False,
        discount=rng.choice(("0", "0", "5.00", "12.34")),
        postage=rng.choice(("0", "8.00")),
    )
    if hours > 30:
        with shop.clock.at(order.created + timedelta(hours=9)):
            shop.ship(order.tid, rng.choice(("SF", "ZTO", "YTO")))
    if hours > 60:
        with shop.clock.at(order.created + timedelta(hours=40)):
            shop.finish(order.tid)
