"""Reading refunds."""

from . import render
from .paging import cut
from .wire import business, invalid, pick, rows


def received(call):
    """Refunds of the shop, newest modified first."""
    fields = call.args.fields()
    start, end = call.args.moment("start_modified"), call.args.moment("end_modified")
    if start and end and start > end:
        raise invalid("end_modified")
    items = [refund for refund in call.shop.refunds.values() if _wanted(call, refund, start, end)]
    items.sort(key=lambda refund: (refund.modified, refund.refund_id), reverse=True)
    page = cut(call, [refund.refund_id for refund in items])
    found = [pick(render.refund(call.shop, call.shop.refunds[number]), fields) for number in page.ids]
    return {**rows("refunds", "refund", found), **page.counts}


def one(call):
    fields, refund = call.args.fields(), call.shop.refunds.get(call.args.number("refund_id"))
    if not refund:
        raise business("isv.refund-not-exist", "退款单不存在")
    return {"refund": pick(render.refund(call.shop, refund), fields)}


def _wanted(call, refund, start, end):
    word = call.args.text("status")
    return (
        (not start or refund.modified >= start)
        and (not end or refund.modified <= end)
        and (not word or render.REFUND_STATUS[refund.state] == word)
    )


METHODS = {"taobao.refunds.receive.get": received, "taobao.refund.get": one}
