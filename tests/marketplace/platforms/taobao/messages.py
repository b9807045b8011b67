"""Push messages, fetched by polling. A message that is not confirmed comes again."""

import json
from dataclasses import dataclass, field

from ...money import yuan
from . import render
from .wire import rows

REDELIVERY = 600  # seconds of the simulated clock after which an unconfirmed message is handed out again
TOPICS = {
    "trade_created": "taobao_trade_TradeCreate",
    "trade_paid": "taobao_trade_TradeBuyerPay",
    "trade_shipped": "taobao_trade_TradeSellerShip",
    "trade_part_shipped": "taobao_trade_TradePartlySellerShip",
    "trade_finished": "taobao_trade_TradeSuccess",
    "trade_closed": "taobao_trade_TradeClose",
    "trade_changed": "taobao_trade_TradeChanged",
    "memo_changed": "taobao_trade_TradeMemoModified",
    "address_changed": "taobao_trade_TradeLogisticsAddressChanged",
    "refund_asked": "taobao_refund_RefundCreated",
    "refund_done": "taobao_refund_RefundSuccess",
    "refund_closed": "taobao_refund_RefundClosed",
    "refund_agreed": "taobao_refund_RefundSellerAgreeAgreement",
    "refund_refused": "taobao_refund_RefundSellerRefuseAgreement",
    "refund_goods_sent": "taobao_refund_RefundBuyerReturnGoods",
}


@dataclass
class Mailbox:
    """A shop's subscription: ``read`` counts the shop's events taken over, ``waiting`` maps id to message."""

    topics: set = field(default_factory=set)
    read: int = 0
    waiting: dict = field(default_factory=dict)
    handed: dict = field(default_factory=dict)


def permit(call):
    """Subscribe the shop; the list of topics replaces the one before."""
    box = call.state.mailboxes.get(call.shop.name)
    if not box:
        box = call.state.mailboxes[call.shop.name] = Mailbox(read=len(call.shop.events))
    _collect(call.shop, box)
    box.topics = {name.strip() for name in call.args.text("topics", "").split(",") if name.strip()} or set(
        TOPICS.values()
    )
    call.effect = True
    return {"is_success": True}


def consume(call):
    """Up to ``quantity`` messages of all the application's shops that were not handed out lately."""
    quantity = call.args.number("quantity", 100, 10, 200)
    ready = [
        (box, message)
        for shop, box in _boxes(call)
        for message in box.waiting.values()
        if message["id"] not in box.handed or (call.now - box.handed[message["id"]]).total_seconds() >= REDELIVERY
    ]
    ready = ready[:quantity]
    for box, message in ready:
        box.handed[message["id"]] = call.now
    found = [message for _box, message in ready]
    if found and call.fires("duplicate_rows"):
        found.append(found[0])
    if call.fires("reorder"):
        found.reverse()
    return rows("messages", "tmc_message", found)  # the notes do not name the inner key: believed


def confirm(call):
    call.args.need("s_message_ids")
    for number in call.args.numbers("s_message_ids", 200):
        for _shop, box in _boxes(call):
            box.waiting.pop(number, None)
    call.effect = True
    return {"is_success": True}


def _boxes(call):
    """``(shop, mailbox)`` of the application's subscribed shops, filled with the latest events."""
    found = [(shop, call.state.mailboxes[shop.name]) for shop in call.shops if shop.name in call.state.mailboxes]
    for shop, box in found:
        _collect(shop, box)
    return found


def _collect(shop, box):
    for event in shop.events[box.read :]:
        if TOPICS.get(event.kind) in box.topics:
            message = _message(shop, event)
            box.waiting[message["id"]] = message
    box.read = len(shop.events)


def _message(shop, event):
    order = shop.trades[event.tid]
    content = {
        "tid": event.tid,
        "oid": event.oid or order.lines[0].oid,
        "status": render.status(order),
        "payment": yuan(order.payment),
        "buyer_nick": order.buyer[:1] + "**",
        "seller_nick": shop.name,
        "type": order.kind,
    }
    return {
        "id": shop.user_id * 1_000_000 + event.number,
        "topic": TOPICS[event.kind],
        "user_id": shop.user_id,
        "user_nick": shop.name,
        "pub_time": render.time(event.at),
        "content": json.dumps(content, ensure_ascii=False),
    }


METHODS = {
    "taobao.tmc.user.permit": permit,
    "taobao.tmc.messages.consume": consume,
    "taobao.tmc.messages.confirm": confirm,
}
APP_METHODS = ("taobao.tmc.messages.consume", "taobao.tmc.messages.confirm")
