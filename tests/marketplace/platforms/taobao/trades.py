"""Reading trades, and the seller's memo."""

from datetime import timedelta

from ...shop import Refusal
from . import render
from .paging import cut, disturb
from .wire import business, invalid, pick, rows

DEFAULT_TYPES = ("guarantee_trade", "auto_delivery", "ec", "cod", "step")
KEPT = timedelta(days=92)
LONGEST_WINDOW = timedelta(days=1)
GROUPS = {
    "ALL_WAIT_PAY": ("WAIT_BUYER_PAY", "TRADE_NO_CREATE_PAY"),
    "ALL_CLOSED": ("TRADE_CLOSED", "TRADE_CLOSED_BY_TAOBAO"),
}


def sold(call):
    """By creation time, newest created first."""
    start, end = call.args.moment("start_created"), call.args.moment("end_created")
    _check_window(start, end, "end_created", None)
    return _list(call, lambda order: order.created, start, end)


def increment(call):
    """By modification time, newest modified first."""
    start, end = call.args.moment("start_modified", True), call.args.moment("end_modified", True)
    _check_window(start, end, "end_modified", LONGEST_WINDOW)
    return _list(call, lambda order: order.modified, start, end)


def increment_by_arrival(call):
    """By the time lists began to show the change."""
    start, end = call.args.moment("start_create", True), call.args.moment("end_create", True)
    _check_window(start, end, "end_create", LONGEST_WINDOW)
    return _list(call, lambda order: order.arrived, start, end, arrival=True)


def full(call):
    return _one(call, detail=True)


def light(call):
    return _one(call, detail=False)


def update_memo(call):
    order = find(call)
    memo, flag = call.args.text("memo"), call.args.text("flag")
    if memo and len(memo.encode()) > 1000:
        raise invalid("memo", "memo 最长1000字节")
    if call.args.flag("reset"):
        memo = ""
    call.shop.change_remark(order.tid, memo=memo, flag=flag and call.args.number("flag", 0, 0, 5))
    call.effect = True
    return {"trade": {"tid": order.tid, "modified": render.time(order.modified)}}


def find(call):
    """The trade named by ``tid``; lists hide late ones, reading by id does not."""
    try:
        return call.shop.get(call.args.number("tid"))
    except Refusal:
        raise business("isv.trade-not-exist", "订单不存在") from None


def _one(call, detail):
    fields, order = call.args.fields(), find(call)
    return {"trade": _record(order, fields, detail)}


def _list(call, stamp, start, end, arrival=False):
    fields = call.args.fields()
    items = [order for order in call.shop.trades.values() if _wanted(call, order, stamp(order), start, end)]
    items.sort(key=lambda order: (stamp(order), order.tid), reverse=True)
    ids = [order.tid for order in items]
    page = cut(call, ids)
    found = [_record(call.shop.get(tid), fields, False, arrival) for tid in page.ids]
    disturb(call, ids, page)
    return {**rows("trades", "trade", found), **page.counts}


def _record(order, fields, detail, arrival=False):
    asked = set(fields)
    if not asked.issuperset(render.RECEIVER_KEYS):
        asked.discard("oaid")
    extra = {"async_modified": render.time(order.arrived)} if arrival else {}
    return {**pick(render.trade(order, detail), asked), **extra}


def _wanted(call, order, stamp, start, end):
    if order.arrived > call.now or order.created < call.now - KEPT:
        return False
    if (start and stamp < start) or (end and stamp > end):
        return False
    word = call.args.text("status")
    return _of_type(call, order) and (not word or render.status(order) in GROUPS.get(word, (word,)))


def _of_type(call, order):
    """``fixed`` is how an ordinary (guarantee) trade calls itself."""
    types = {kind.strip() for kind in call.args.text("type", ",".join(DEFAULT_TYPES)).split(",")}
    return order.kind in types or (order.kind == "fixed" and "guarantee_trade" in types)


def _check_window(start, end, name, longest):
    if start and end and start > end:
        raise invalid(name, f"{name} 早于开始时间")
    if longest and end - start > longest:
        raise invalid(name, "查询时间跨度不能超过1天")


METHODS = {
    "taobao.trades.sold.get": sold,
    "taobao.trades.sold.increment.get": increment,
    "taobao.trades.sold.incrementv.get": increment_by_arrival,
    "taobao.trade.fullinfo.get": full,
    "taobao.trade.get": light,
    "taobao.trade.memo.update": update_memo,
}
