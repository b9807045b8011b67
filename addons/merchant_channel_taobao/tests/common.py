import json
from datetime import datetime, timedelta, timezone
from unittest.mock import patch

from odoo import fields

from odoo.addons.merchant_channel.tests.common import MerchantCase
from odoo.addons.queue_job.tests.common import trap_jobs

CHINA = timezone(timedelta(hours=8))
POST = "odoo.addons.merchant_channel.models.merchant_shop.post"
SECRET, TOKEN = "s3cr3t-of-the-app", "t0ken-of-the-shop"


def wall_clock(**back):
    """A moment in the near past as the platform writes it."""
    return (datetime.now(CHINA) - timedelta(**back)).strftime("%Y-%m-%d %H:%M:%S")


def error(code, sub_code="", message="refused"):
    return {"error_response": {"code": code, "msg": message, "sub_code": sub_code, "request_id": "r1"}}


SESSION_OVER = error(27, "session-expired", "Invalid session")
WRONG_SIGNATURE = error(25, "", "Invalid signature")
BUSY = error(10, "", "Service temporarily unavailable")


def trade(tid, **changes):
    """Two tees for 175.00 and a cap for 29.90, postage 8.00, paid, with a masked address."""
    line = {"status": "WAIT_SELLER_SEND_GOODS", "refund_status": "NO_REFUND", "num": 1, "num_iid": 61}
    return {
        "tid": tid,
        "type": "fixed",
        "status": "WAIT_SELLER_SEND_GOODS",
        "payment": "212.90",
        "post_fee": "8.00",
        "created": wall_clock(minutes=30),
        "pay_time": wall_clock(minutes=29),
        "modified": wall_clock(minutes=10),
        "buyer_nick": "柠**",
        "buyer_open_uid": "AAHk5d",
        "shipping_type": "express",
        "receiver_name": "李**",
        "receiver_state": "浙江省",
        "receiver_city": "杭州市",
        "receiver_district": "余杭区",
        "receiver_town": "仓前街道",
        "receiver_address": "仓***号",
        "receiver_mobile": "*******1234",
        "oaid": "1oX9oaid",
        "orders": {
            "order": [
                {
                    **line,
                    "oid": tid * 10 + 1,
                    "sku_id": "491",
                    "outer_sku_id": "HKT-TEA",
                    "title": "Tea",
                    "num": 2,
                    "price": "100.00",
                    "discount_fee": "25.00",
                    "total_fee": "175.00",
                    "payment": "175.00",
                    "divide_order_fee": "175.00",
                },
                {
                    **line,
                    "oid": tid * 10 + 2,
                    "sku_id": "492",
                    "outer_sku_id": "HKT-CUP",
                    "title": "Cup",
                    "price": "29.90",
                    "total_fee": "29.90",
                    "payment": "29.90",
                    "divide_order_fee": "29.90",
                },
            ]
        },
        **changes,
    }


class Gateway:
    """Taobao's gateway as far as a shop calls it.

    ``answers[method]`` replaces an answer by a reply, an error to raise or a list of these in turn.
    """

    def __init__(self):
        self.trades, self.answers, self.calls = {}, {}, []

    def add(self, *trades):
        self.trades.update((str(trade["tid"]), trade) for trade in trades)

    def __call__(self, url, form, timeout=30):
        method = form["method"].removeprefix("taobao.")
        self.calls.append((method, form))
        answer = self.answers.get(method)
        if isinstance(answer, list):
            answer = answer.pop(0) if answer else None
        if answer is None:
            answer = getattr(self, "_" + method.replace(".", "_"))(form)
        if isinstance(answer, Exception):
            raise answer
        reply = answer if "error_response" in answer else {method.replace(".", "_") + "_response": answer}
        return 200, json.dumps(reply).encode()

    def count(self, method):
        return sum(1 for called, _form in self.calls if called == method)

    def _trades_sold_get(self, form):
        return {"total_results": len(self.trades)}

    def _trades_sold_increment_get(self, form):
        listed = [
            {"tid": each["tid"], "modified": each["modified"]}
            for each in self.trades.values()
            if form["start_modified"] <= each["modified"] <= form["end_modified"]
        ]
        if form.get("use_has_next") != "true":
            return {"total_results": len(listed)}
        return {"trades": {"trade": listed}, "has_next": False}

    def _trade_fullinfo_get(self, form):
        found = self.trades.get(str(form["tid"]))
        return {"trade": found} if found else error(15, "isv.trade-not-exist")

    def _logistics_offline_send(self, form):
        """Ships: from now on the trade carries the waybill."""
        found = self.trades[str(form["tid"])]
        wanted = form.get("sub_tid", "").split(",")
        for line in found["orders"]["order"]:
            if wanted == [""] or str(line["oid"]) in wanted:
                line.update(status="WAIT_BUYER_CONFIRM_GOODS", invoice_no=form["out_sid"])
        if all(line["status"] == "WAIT_BUYER_CONFIRM_GOODS" for line in found["orders"]["order"]):
            found["status"] = "WAIT_BUYER_CONFIRM_GOODS"
        return {"shipping": {"is_success": True}}

    def _items_onsale_get(self, form):
        items = [{"num_iid": 61, "title": "Tea", "outer_id": "", "price": "100.00", "num": 9}]
        return {"total_results": 1, "items": {"item": items}}

    def _items_inventory_get(self, form):
        return {"total_results": 0, "items": {"item": []}}

    def _item_skus_get(self, form):
        sku = {
            "sku_id": 491,
            "num_iid": 61,
            "outer_id": "HKT-TEA",
            "quantity": 9,
            "price": "100.00",
            "status": "normal",
        }
        return {"skus": {"sku": [{**sku, "properties_name": "颜色:红"}]}}


class TaobaoCase(MerchantCase):
    """A shop on Taobao whose transport ends in a function."""

    def setUp(self):
        super().setUp()
        self.gateway = Gateway()
        self.startPatcher(patch(POST, self.gateway))
        self.taobao = self._new_shop(
            "Tmall Tea",
            platform="taobao",
            app_key="12345678",
            app_secret=SECRET,
            session=TOKEN,
            pull_from=fields.Datetime.now() - timedelta(minutes=25),
            state="ready",
        )

    def _pull(self):
        """One pull and the processing that it queues."""
        with trap_jobs(), self.enter_registry_test_mode():
            self.taobao._pull()
        with trap_jobs():
            self.taobao._process_inbox()

    def _notify(self):
        with self.enter_registry_test_mode():
            self.taobao._send_notices()
