"""A real outside warehouse that behaves badly: every delivery is shipped exactly once, and what differs is found."""

import time
from collections import Counter

import pytest

from tests.conftest import PREPARE_COMPANY
from tests.support.merchant import BUSY, GOODS, Merchant, eventually
from tests.support.outside_warehouse import APP_KEY, APP_SECRET, OutsideWarehouse

DELIVERIES, TAKEN_BACK, PIECES = 60, 4, 500
TROUBLES = {"error": 0.15, "cut": 0.15, "slow": 0.1, "refuse": 0.1}
SOLD = GOODS[:5]
# What lies otherwise on the shelves than in our books.
PLANTED = {SOLD[0]: -3, SOLD[3]: 2}


class Company(Merchant):
    """A company whose only warehouse is kept by an outside one."""

    def open(self, outside):
        self.call("ir.config_parameter", "set_param", "merchant_wms.hosts", outside.place)
        [self.warehouse] = self.search("stock.warehouse", [], ["id", "lot_stock_id", "out_type_id"], limit=1)
        self.products = dict(zip(SOLD, self.new_products(*SOLD), strict=True))
        shelf = self.warehouse["lot_stock_id"][0]
        ids = self.call(
            "stock.quant",
            "create",
            [
                {"product_id": product, "location_id": shelf, "inventory_quantity": PIECES}
                for product in self.products.values()
            ],
            context={"inventory_mode": True},
        )
        self.call("stock.quant", "action_apply_inventory", ids)
        [carrier] = self.search("delivery.carrier", [], limit=1)
        values = {"name": "云仓", "url": outside.url, "app_key": APP_KEY, "app_secret": APP_SECRET}
        values["warehouse_ids"] = [(4, self.warehouse["id"])]
        values["carrier_ids"] = [(0, 0, {"code": "SF", "carrier_id": carrier["id"]})]
        self.wms = self.call("merchant.wms", "create", values)
        shown = self.call("merchant.wms", "action_webhook_secret", [self.wms])["context"]
        outside.secret = shown["default_secret"]
        outside.address = f"{self.odoo.url}/merchant/wms/{shown['default_url'].rpartition('/')[2]}"
        assert self.call("merchant.wms", "action_test", [self.wms])["params"]["type"] == "success"
        return self

    def deliver(self, number):
        """Deliveries of one to three products, made ready in one transaction."""
        [kind] = self.call(
            "stock.picking.type", "read", [self.warehouse["out_type_id"][0]], ["default_location_src_id"]
        )
        [customers] = self.search("stock.location", [("usage", "=", "customer")], limit=1)
        places = {"location_id": kind["default_location_src_id"][0], "location_dest_id": customers["id"]}
        codes = list(self.products.values())
        vals_list = [
            {
                "picking_type_id": kind["id"],
                **places,
                "move_ids": [
                    (0, 0, {"product_id": product, "product_uom_qty": 1 + each % 2, **places})
                    for product in codes[each % 3 : each % 3 + 1 + each % 3]
                ],
            }
            for each in range(number)
        ]
        ids = self.call("stock.picking", "create", vals_list)
        self.call("stock.picking", "action_confirm", ids)
        self.call("stock.picking", "action_assign", ids)
        return ids

    def settle(self):
        """Wait until no job of the outside warehouse is left."""
        busy = [("channel", "=", "root.merchant_wms"), ("state", "in", BUSY)]
        eventually(lambda: not self.call("queue.job", "search_count", busy), 120, "the end of the jobs")

    def told(self, *states):
        domain = [("wms_id", "=", self.wms), *([("state", "in", states)] if states else [])]
        return self.search("merchant.wms.delivery", domain, ["state", "key", "picking_id", "reason", "attempts"])

    def push_on(self):
        """What time and a person do: whatever waits or was refused is tried again."""
        self.settle()
        self.call("merchant.wms", "action_resume", [self.wms])
        self.call("merchant.wms.delivery", "action_retry", [row["id"] for row in self.told("waiting", "parked")])
        self.settle()


@pytest.fixture(scope="module")
def company(new_odoo):
    return Company(new_odoo("outside", PREPARE_COMPANY).start())


def test_sixty_deliveries_through_a_warehouse_that_misbehaves_leave_exactly_once(company):
    on_shelves = {code: PIECES + PLANTED.get(code, 0) for code in SOLD}
    with OutsideWarehouse(on_shelves, TROUBLES) as outside:
        company.open(outside)
        ids = [each for _batch in range(4) for each in company.deliver((DELIVERIES + TAKEN_BACK) // 4)]
        back, wanted = ids[:TAKEN_BACK], ids[TAKEN_BACK:]
        company.settle()
        company.call("stock.picking", "action_cancel", back)
        begun = time.monotonic()
        while company.told("waiting", "sending", "parked"):
            assert time.monotonic() - begun < 300, company.told("waiting", "sending", "parked")
            company.push_on()
        assert {row["state"] for row in company.told()} == {"sent", "cancelled"}
        said = outside.tell(outside.pack(), badly=True)
        company.settle()
        outside.tell([outside.snapshot()])
        company.settle()
        judge(company, outside, back, wanted, said)
    print("\nanswers", dict(outside.answers), "said", dict(outside.seen), "results", dict(said))


def judge(company, outside, back, wanted, said):
    assert not outside.forged
    assert outside.answers["error"] and outside.answers["cut"] and outside.answers["refused"], "it did misbehave"
    assert said == {"new": 2 * DELIVERIES, "known": 2 * DELIVERIES}
    pickings = company.call(
        "stock.picking", "read", wanted + back, ["state", "carrier_tracking_ref", "backorder_ids", "move_ids"]
    )
    states = {row["id"]: row for row in pickings}
    assert {states[each]["state"] for each in wanted} == {"done"}
    assert {states[each]["state"] for each in back} == {"cancel"}
    keys = {row["picking_id"][0]: row["key"] for row in company.told()}
    assert {states[each]["carrier_tracking_ref"] for each in wanted} == {
        outside.orders[keys[each]]["tracking"] for each in wanted
    }
    assert outside.packed == Counter({keys[each]: 1 for each in wanted}), "each packed once, none that was taken back"
    assert not company.search("merchant.wms.message", [("state", "in", ("new", "held"))], ["reason"])
    products = {product: code for code, product in company.products.items()}
    rows = company.search("merchant.wms.stock", [("difference", "!=", 0)], ["product_id", "difference", "state"])
    assert {products[row["product_id"][0]]: row["difference"] for row in rows} == PLANTED
    compared = company.search("merchant.wms.stock", [], ["product_id", "ours", "theirs"])
    assert {products[row["product_id"][0]]: row["theirs"] for row in compared} == dict(outside.stock)
