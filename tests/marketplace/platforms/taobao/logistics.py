"""Shipping: the classic calls, the package call, and the carriers."""

import re

from ...shop import Refusal
from . import render
from .wire import TopError, business, invalid, missing, pick

WAYBILL = re.compile(r"[A-Za-z0-9-]{6,30}")
# What the engine refuses, in the suffixes the platform uses.
SUFFIX = {
    "not_found": ("ORDER_NOT_FOUND_ERROR", "订单不存在或不属于该店铺"),
    "already_shipped": ("AT0112", "该订单或子订单已发货，不能重复发货"),
    "not_shippable": ("AT0011", "订单状态不允许发货"),
    "refund_open": ("AT0011", "子订单正在退款，不允许发货"),
    "cod_needs_booking": ("AT0011", "货到付款订单请使用在线下单发货"),
    "waybill_used": ("CD07", "运单号已被使用"),
}


def offline(call):
    return _send(call, "offline", call.args.need("out_sid"))


def online(call):
    """Ships at once with a waybill; without one the carrier is booked and ``confirm`` ships."""
    out_sid = call.args.text("out_sid")
    if out_sid:
        return _send(call, "online", out_sid)
    order, carrier = _order(call, "online"), _carrier(call)
    _refuse_busy(call, "online")
    order.booked_carrier, call.effect = carrier, True
    return {"shipping": {"is_success": True}}


def confirm(call):
    order = _order(call, "online")
    if not order.booked_carrier:
        raise _refused("online", Refusal("not_shippable"))
    return _send(call, "online", call.args.need("out_sid"), order.booked_carrier)


def resend(call):
    """Another carrier or waybill for what has been shipped."""
    order, out_sid, carrier = _order(call, "offline"), call.args.need("out_sid"), _carrier(call)
    try:
        call.shop.reship(order.tid, carrier, out_sid, _split(call), method=call.method)
    except Refusal as refusal:
        raise _refused("offline", refusal) from refusal
    call.effect = True
    return {"shipping": {"is_success": True}}


def packages(call):
    """By package and quantity: all packages are accepted or none is. The answer's shape is the classic calls'."""
    order = _order(call, "offline")
    mode = call.args.number("consign_type", 0, 0, 3)
    parcels = [_parcel(order, parcel, mode) for parcel in call.args.json("consign_pkgs", list)]
    if not parcels:
        raise missing("consign_pkgs")
    _refuse_busy(call, "offline")
    _check_pieces(order, parcels, mode)
    for _carrier_code, out_sid, quantities in parcels:
        _check(call, "offline", order, out_sid, list(quantities), again=mode == 3)
    for carrier, out_sid, quantities in parcels:
        _ship(call, "offline", order, carrier, out_sid, list(quantities), quantities, again=mode == 3)
    return {"shipping": {"is_success": True}}


def companies(call):
    """The carriers; the check on waybills is the rehearsal's own, looser than the real ones."""
    fields = call.args.fields()
    found = [
        {"id": number, "code": code, "name": name, "reg_mail_no": WAYBILL.pattern}
        for number, (code, name) in enumerate(render.CARRIERS.items(), 100)
    ]
    return {"logistics_companies": {"logistics_company": [pick(company, fields) for company in found]}}


# -- steps ----------------------------------------------------------------------------------------------------------


def _send(call, way, out_sid, carrier=None):
    order, carrier = _order(call, way), carrier or _carrier(call)
    oids = _split(call)
    _refuse_busy(call, way)
    _ship(call, way, order, carrier, out_sid, oids)
    return {"shipping": {"is_success": True}}


def _check(call, way, order, out_sid, oids, again=False):
    if not WAYBILL.fullmatch(out_sid):
        raise business(f"isv.logistics-{way}-service-error:CD06", "运单号不符合规则")
    try:
        call.shop.check_shipment(order, out_sid, oids, way == "online", again)
    except Refusal as refusal:
        raise _refused(way, refusal) from refusal


def _ship(call, way, order, carrier, out_sid, oids, quantities=None, again=False):
    _check(call, way, order, out_sid, oids, again)
    try:
        call.shop.ship(order.tid, carrier, out_sid, oids, quantities, call.method, way == "online", again)
    except Refusal as refusal:
        raise _refused(way, refusal) from refusal
    call.effect = True


def _order(call, way):
    try:
        return call.shop.get(call.args.number("tid"))
    except Refusal as refusal:
        raise _refused(way, refusal) from refusal


def _carrier(call):
    code = call.args.need("company_code")
    if code not in render.CARRIERS:  # the notes give no suffix for it: an invalid argument
        raise invalid("company_code", f"物流公司代码不存在：{code}")
    return code


def _split(call):
    """The oids of a part, or None for the whole order; naming lines and not splitting contradict each other."""
    oids, split = call.args.numbers("sub_tid"), call.args.flag("is_split")
    if split and not oids:
        raise missing("sub_tid")
    if oids and not split:
        raise invalid("is_split", "传了sub_tid时is_split必须为1")
    return oids or None


def _parcel(order, parcel, mode):
    """``(carrier, waybill, {oid: pieces})`` of one entry in ``consign_pkgs``."""
    lines = {line.oid: line for line in order.lines}
    try:
        carrier, out_sid = parcel["company_code"], parcel["out_sid"]
        wanted = {int(good["sub_tid"]): good.get("num") for good in parcel["goods"]}
    except (KeyError, TypeError, ValueError):
        raise invalid("consign_pkgs") from None
    if carrier not in render.CARRIERS or not wanted.keys() <= lines.keys():
        raise invalid("consign_pkgs")
    rest = {oid: lines[oid].quantity if mode == 3 else lines[oid].quantity - lines[oid].shipped for oid in wanted}
    return (
        carrier,
        str(out_sid),
        {oid: int(number) if number and mode in (1, 3) else rest[oid] for oid, number in wanted.items()},
    )


def _check_pieces(order, parcels, mode):
    for line in order.lines if mode != 3 else ():
        asked = sum(quantities.get(line.oid, 0) for _carrier, _out_sid, quantities in parcels)
        if asked and line.shipped == line.quantity:
            raise _refused("offline", Refusal("already_shipped"))
        if asked > line.quantity - line.shipped:
            raise invalid("consign_pkgs", f"{line.oid} 发货数量超出未发数量")


def _refuse_busy(call, way):
    if call.fires("send_busy"):
        raise business(f"isv.logistics-{way}-service-error:B150", "系统繁忙，请稍后再试")


def _refused(way, refusal):
    if refusal.reason not in SUFFIX:
        return TopError(41, "Invalid arguments", "isv.invalid-parameter", str(refusal))
    suffix, message = SUFFIX[refusal.reason]
    return business(f"isv.logistics-{way}-service-error:{suffix}", message)


METHODS = {
    "taobao.logistics.offline.send": offline,
    "taobao.logistics.online.send": online,
    "taobao.logistics.online.confirm": confirm,
    "taobao.logistics.consign.resend": resend,
    "alibaba.ascp.logistics.offline.send": packages,
    "taobao.logistics.companies.get": companies,
}
