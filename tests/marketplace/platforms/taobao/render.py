"""The shop's trades and refunds in Taobao's words."""

from ... import trade as t
from ...clock import FORMAT, epoch_ms
from ...money import yuan

STATUS = {
    t.UNPAID: "WAIT_BUYER_PAY",
    t.FROZEN: "PAID_FORBID_CONSIGN",
    t.PAID: "WAIT_SELLER_SEND_GOODS",
    t.PART_SHIPPED: "SELLER_CONSIGNED_PART",
    t.SHIPPED: "WAIT_BUYER_CONFIRM_GOODS",
    t.SIGNED: "TRADE_BUYER_SIGNED",
    t.FINISHED: "TRADE_FINISHED",
    t.CLOSED: "TRADE_CLOSED",
    t.CANCELLED: "TRADE_CLOSED_BY_TAOBAO",
}
REFUND_STATUS = {
    t.ASKED: "WAIT_SELLER_AGREE",
    t.GOODS_DUE: "WAIT_BUYER_RETURN_GOODS",
    t.GOODS_SENT: "WAIT_SELLER_CONFIRM_GOODS",
    t.REFUSED: "SELLER_REFUSE_BUYER",
    t.WITHDRAWN: "CLOSED",
    t.DONE: "SUCCESS",
}
STEP = {
    t.DEPOSIT_DUE: "FRONT_NOPAID_FINAL_NOPAID",
    t.FINAL_DUE: "FRONT_PAID_FINAL_NOPAID",
    t.FINAL_PAID: "FRONT_PAID_FINAL_PAID",
    t.FORFEITED: "FRONT_PAID_FRONT_FORFEITED",
}
CARRIERS = {
    "SF": "顺丰速运",
    "ZTO": "中通快递",
    "YTO": "圆通速递",
    "STO": "申通快递",
    "YUNDA": "韵达快递",
    "EMS": "EMS",
    "POSTB": "邮政快递包裹",
    "POST": "邮政平邮",
    "HTKY": "百世快递",
    "TTKDEX": "天天快递",
    "ZJS": "宅急送",
    "UC": "优速快递",
    "GTO": "国通快递",
    "SURE": "速尔快递",
    "DBKD": "德邦快递",
    "JD": "京东快递",
    "2608021499_235": "安能物流",
    "CN7000001003751": "跨越速运",
    "5000000007756": "邮政标准快递",
    "JTSD": "极兔速递",
}
RECEIVER_KEYS = ("receiver_name", "receiver_address", "created", "receiver_mobile", "receiver_phone")


def time(value):
    return value.strftime(FORMAT) if value else None


def status(order):
    return order.raw_status or STATUS[order.state]


def trade(order, detail=True):
    """All fields of a trade; ``None`` means the platform leaves the field out. A list shows less than a detail."""
    single = order.lines[0] if len(order.lines) == 1 else None
    who = order.receiver.masked()
    record = {
        "tid": order.tid,
        "type": order.kind,
        "status": status(order),
        "payment": yuan(order.payment),
        "total_fee": yuan(order.total),
        "discount_fee": yuan(order.discount),
        "adjust_fee": yuan(single.adjust if single else 0),
        "post_fee": yuan(order.postage),
        "received_payment": yuan(_received(order)),
        "available_confirm_fee": yuan(_in_escrow(order)),
        "num": single.quantity if single else 0,
        "created": time(order.created),
        "pay_time": time(order.paid_at),
        "modified": time(order.modified),
        "consign_time": time(order.shipped_at),
        "end_time": time(order.ended_at),
        "buyer_nick": order.buyer[:1] + "**",
        "buyer_open_uid": f"AAH{abs(hash_text(order.buyer)):x}",
        "has_buyer_message": bool(order.message),
        "seller_flag": order.flag,
        "shipping_type": "express",
        "receiver_name": who.name,
        "receiver_state": who.state,
        "receiver_city": who.city or None,
        "receiver_district": who.district,
        "receiver_town": who.town or None,
        "receiver_address": who.address,
        "receiver_zip": who.zip or None,
        "receiver_mobile": who.mobile,
        "oaid": order.oaid,
        "is_part_consign": order.state == t.PART_SHIPPED or len(order.waybills) > 1,
        "cod_fee": yuan(order.cod_fee) if order.cod else None,
        "buyer_cod_fee": yuan(order.cod_fee) if order.cod else None,
        "step_trade_status": STEP.get(order.step),
        "step_paid_fee": _step_paid(order),
        "orders": {"order": [_line(order, line) for line in order.lines]},
    }
    return {**record, **_detail(order)} if detail else record


def _detail(order):
    promotions = (
        [
            {
                "id": order.tid,
                "promotion_name": "店铺优惠",
                "promotion_desc": "店铺优惠",
                "promotion_id": "shop-1",
                "discount_fee": yuan(order.discount),
            }
        ]
        if order.discount
        else []
    )
    promotions += [
        {
            "id": line.oid,
            "promotion_name": "限时折扣",
            "promotion_desc": "限时折扣",
            "promotion_id": "item-1",
            "discount_fee": yuan(line.discount),
        }
        for line in order.lines
        if line.discount and line.gift_of is None
    ]
    return {
        "promotion_details": {"promotion_detail": promotions} if promotions else None,
        "buyer_message": order.message or None,
        "seller_memo": order.memo or None,
    }


def _line(order, line):
    gifts = [str(other.oid) for other in order.lines if other.gift_of == line.oid]
    refund = line.refund
    return {
        name: value
        for name, value in {
            "oid": line.oid,
            "num_iid": line.item_id,
            "sku_id": str(line.sku_id) if line.sku_id else None,
            "outer_iid": line.code,
            "outer_sku_id": line.sku_code or None,
            "title": line.title,
            "sku_properties_name": line.properties or None,
            "num": line.quantity,
            "price": yuan(line.price),
            "adjust_fee": yuan(line.adjust),
            "discount_fee": yuan(line.discount),
            "total_fee": yuan(line.total),
            "part_mjz_discount": yuan(line.share),
            "divide_order_fee": yuan(line.revenue),
            "payment": yuan(_line_payment(order, line)),
            "status": order.raw_status or STATUS[line.state],
            "refund_status": REFUND_STATUS[refund.state] if refund else "NO_REFUND",
            "refund_id": str(refund.refund_id) if refund else None,
            "consign_time": time(line.shipped_at),
            "end_time": time(line.ended_at),
            "logistics_company": CARRIERS.get(line.carrier, line.carrier) or None,
            "invoice_no": line.waybill or None,
            "is_free_gift": True if line.gift_of else None,
            "has_gift": True if gifts else None,
            "gift_mids": ",".join(gifts) or (line.gift_of and str(line.gift_of)),
        }.items()
        if value is not None
    }


def _line_payment(order, line):
    """Before the order's discount with several lines, the trade's payment with one, nothing when refunded."""
    if line.state == t.CLOSED and line.refund and line.refund.state == t.DONE:
        return 0
    return order.payment if len(order.lines) == 1 else line.total


def refunded(order):
    """Fen given back so far."""
    return sum(line.refunded for line in order.lines)


def _received(order):
    return order.payment - refunded(order) if order.state == t.FINISHED else 0


def _in_escrow(order):
    held = order.paid_at and order.state not in t.OVER
    return order.payment - refunded(order) if held else 0


def _step_paid(order):
    if not order.step:
        return None
    return yuan({t.DEPOSIT_DUE: 0, t.FINAL_PAID: order.payment}.get(order.step, order.deposit))


def hash_text(text):
    """A stable number for a text: Python's own ``hash`` differs between runs."""
    return int.from_bytes(text.encode(), "big") % (2**61 - 1)


def refund(shop, record):
    """All fields of a refund."""
    order = shop.trades[record.tid]
    line = next(line for line in order.lines if line.oid == record.oid)
    return {
        "refund_id": str(record.refund_id),
        "tid": record.tid,
        "oid": record.oid,
        "num_iid": line.item_id,
        "sku": f"{line.sku_id}|{line.properties}" if line.sku_id else None,
        "outer_id": line.sku_code or line.code,
        "title": line.title,
        "num": record.quantity,
        "price": yuan(line.price),
        "total_fee": yuan(line.revenue),
        "refund_fee": yuan(record.amount),
        "payment": yuan(max(0, line.revenue - record.amount)),
        "status": REFUND_STATUS[record.state],
        "order_status": STATUS[line.state],
        "good_status": _good_status(line, record),
        "has_good_return": record.goods_return,
        "reason": record.reason,
        "desc": record.reason,
        "company_name": record.carrier or None,
        "sid": record.waybill or None,
        "refund_phase": "aftersale" if record.aftersale else "onsale",
        "refund_version": epoch_ms(record.modified),
        "dispute_type": "REFUND_AND_RETURN" if record.goods_return else "REFUND",
        "cs_status": 1,
        "advance_status": 0,
        "buyer_nick": order.buyer[:1] + "**",
        "created": time(record.created),
        "modified": time(record.modified),
    }


def _good_status(line, record):
    if record.waybill:
        return "BUYER_RETURNED_GOODS"
    return "BUYER_RECEIVED" if record.aftersale else "BUYER_NOT_RECEIVED"
