"""Sync never stops in silence: a shop whose network is cut is told within its limit, once, and it clears by itself."""

import time
from datetime import datetime, timedelta

from tests.support.merchant import eventually

LIMIT = 1  # minutes


def beat(merchant):
    """What the scheduler does once a minute, and what it queues."""
    merchant.tick()
    [cron] = merchant.search("ir.cron", [("cron_name", "like", "Merchant: watch the sync")], context={"lang": "en_US"})
    merchant.call("ir.cron", "method_direct_trigger", [cron["id"]])


def alarms(merchant, shop):
    fields = ["kind", "closed_at", "sentence", "opened_at"]
    return merchant.search("merchant.sync.alarm", [("shop_id", "=", shop.id)], fields, context={"lang": "zh_CN"})


def test_a_cut_network_is_told_once_within_its_limit_and_clears_by_itself(merchant, marketplace):
    with merchant.shop_on(marketplace) as shop:
        merchant.call("merchant.shop", "write", [shop.id], {"pull_interval": 1, "quiet_limit": LIMIT})
        shop.pull()
        marketplace.faults.set("network_down")
        cut = time.monotonic()
        while not (found := alarms(merchant, shop)):
            waited = time.monotonic() - cut
            assert waited < 60 * LIMIT + 30, "nobody was told in time"
            time.sleep(2)
            beat(merchant)
        beat(merchant)
        [alarm] = alarms(merchant, shop)
        last = merchant.read("merchant.shop", shop.id, "last_pull_at")["last_pull_at"]
        silence = datetime.fromisoformat(alarm["opened_at"]) - datetime.fromisoformat(last)
        assert timedelta(minutes=LIMIT) <= silence <= timedelta(minutes=LIMIT, seconds=30), "not told in its time"
        assert (alarm["kind"], alarm["closed_at"]) == ("quiet", False)
        assert "没有成功拉单" in found[0]["sentence"]
        told = [("res_model", "=", "merchant.sync.alarm"), ("res_id", "=", alarm["id"])]
        assert len(merchant.search("merchant.notification", told)) == 1
        troubles = merchant.search("merchant.sync.trouble", [("shop_id", "=", shop.id)], ["kind"])
        assert {trouble["kind"] for trouble in troubles} == {"unreachable"}
        marketplace.faults.clear()
        merchant.call("merchant.shop", "action_pull", [shop.id])
        shop.settle()
        eventually(lambda: beat(merchant) or alarms(merchant, shop)[0]["closed_at"], what="the end of the alarm")
        assert len(merchant.search("merchant.notification", told)) == 2, "once that it began, once that it is over"
