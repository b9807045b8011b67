"""Bad input of the stock sync, line by line: refused, or shown with a sentence in the reader's language (here Chinese);
the rest goes on, and nothing is lost."""

import hashlib
import hmac
import json
import time
import urllib.error
import urllib.request

import pytest

from tests.support.merchant import PIECES, eventually
from tests.support.running_odoo import RemoteError
from tests.support.web import Person

pytestmark = pytest.mark.usefixtures("no_faults_left")
CHINESE = {"lang": "zh_CN"}
HOME = {"name": "张三", "mobile": "13800138000", "province": "湖北省", "city": "武汉市", "address": "解放大道1号"}


class Sync:
    """A publishing shop, asked in Chinese."""

    def __init__(self, merchant, shop, market):
        self.merchant, self.shop, self.there = merchant, shop, market.shop()
        self.call, self.search = merchant.call, merchant.search
        user = merchant.new_user("老板", "merchant_base.group_owner", "stock.group_stock_manager")
        merchant.call("res.users", "write", [user], {"lang": "zh_CN"})
        self.owner = Person(merchant.odoo, "老板")

    def offer(self, code):
        domain = [("shop_id", "=", self.shop.id), ("listing_id.sku", "=", code)]
        fields = ["wanted", "sent", "state", "reason", "why", "limit_product_id", "promised"]
        found = self.search("merchant.publication", domain, fields, context=CHINESE)
        return found[0] if found else None

    def listing(self, code):
        [found] = self.search(
            "merchant.listing", [("shop_id", "=", self.shop.id), ("sku", "=", code)], ["platform_sku"]
        )
        return found

    def settled(self, code, wanted):
        """The offer, once it is so much and nothing of it is on its way."""

        def look():
            offer = self.offer(code)
            return offer if offer and offer["wanted"] == wanted and offer["state"] in ("idle", "stopped") else None

        return eventually(look, what=f"{code}: an offer of {wanted} (now {self.offer(code)})")

    def fill_up(self, code):
        """Free stock as on the first day, whatever others ordered before."""
        offer = eventually(lambda: (found := self.offer(code)) and found["state"] == "idle" and found, what=code)
        [quant] = self.search(
            "stock.quant",
            [("product_id.default_code", "=", code), ("location_id.usage", "=", "internal")],
            ["quantity"],
            order="quantity desc",
            limit=1,
        )
        pieces = quant["quantity"] + PIECES - offer["wanted"]
        as_counted = {"context": {"inventory_mode": True}}
        self.call("stock.quant", "write", [quant["id"]], {"inventory_quantity": pieces}, **as_counted)
        self.call("stock.quant", "action_apply_inventory", [quant["id"]])
        self.settled(code, PIECES)

    def told(self, code, pieces):
        """The platform has so much of it now."""
        eventually(lambda: self.there.quantities()[code] == pieces, what=f"{code}: {pieces} on the platform")

    def compared(self):
        """The comparison with the platform that is started now."""
        newest = {"order": "id desc", "limit": 1}
        domain = [("shop_id", "=", self.shop.id)]
        before = self.search("merchant.publication.check", domain, **newest)
        self.call("merchant.shop", "action_check_platform", [self.shop.id])
        fields = ["state", "error", "drift_ids"]

        def look():
            found = self.search("merchant.publication.check", domain, fields, context=CHINESE, **newest)
            return found if found and [row["id"] for row in found] != [row["id"] for row in before] else None

        [check] = eventually(look, what="the comparison")
        return check


@pytest.fixture(scope="module")
def sync(merchant, market):
    with merchant.shop_on(market, unknown_sku="hold") as shop:
        merchant.call("merchant.shop", "write", [shop.id], {"publishes": True})
        merchant.call("merchant.shop", "action_read_listings", [shop.id])
        sync = Sync(merchant, shop, market)
        for code in ("TEA-001", "TEA-002", "TEA-003", "TEA-005", "TEA-009", "TEA-POT-RED"):
            sync.fill_up(code)
        yield sync


def refused(work, *words):
    """``work`` is refused with these Chinese words."""
    with pytest.raises(RemoteError) as problem:
        work()
    assert all(word in problem.value.message for word in words), problem.value.message
    assert "Traceback" not in problem.value.message


class TestTheQuantityOnThePlatform:
    @pytest.mark.parametrize("code", ["TEA-001", "TEA-POT-RED"], ids=["of an item", "of a SKU"])
    @pytest.mark.parametrize(
        ("told", "words"),
        [
            ("abc", "“abc”,不是件数"),
            (None, "没有给出库存数"),
            ("", "没有给出库存数"),
            ("1e3", "“1e3”,不是件数"),
            (-2, "“-2”,不是件数"),
            (2.5, "“2.5”,不是件数"),
            ([], "“[]”,不是件数"),
        ],
    )
    def test_what_is_no_number_of_pieces_is_shown_told_again_and_the_rest_compared(self, sync, code, told, words):
        sync.there.garble_quantity(code, told)
        sync.there.garble_quantity("TEA-002", 7)
        check = sync.compared()
        assert check["state"] == "failed"
        assert code in check["error"]
        assert words in check["error"]
        [drift] = sync.call("merchant.publication.drift", "read", check["drift_ids"], ["platform_quantity"])
        assert drift["platform_quantity"] == 7
        eventually(lambda: sync.there.find(code)[1].garbled is ..., what="telling it again")
        sync.told(code, PIECES)
        eventually(lambda: sync.there.find("TEA-002")[1].garbled is ..., what="telling the other again")

    @pytest.mark.parametrize("told", ["5.0", 5.0, "0005", 5e0])
    def test_what_is_a_number_in_other_letters_is_that_number(self, sync, told):
        sync.there.garble_quantity("TEA-001", told)
        check = sync.compared()
        assert (check["state"], check["error"]) == ("done", False)
        [drift] = sync.call("merchant.publication.drift", "read", check["drift_ids"], ["platform_quantity"])
        assert drift["platform_quantity"] == 5
        eventually(lambda: sync.there.find("TEA-001")[1].garbled is ..., what="telling it again")

    def test_a_listing_is_read_and_matched_although_its_quantity_is_none(self, sync):
        [product] = sync.merchant.new_products("NEW-CUP")
        sync.there.add_listing("NEW-CUP", "新杯", "9.00", 3)
        sync.there.garble_quantity("NEW-CUP", "很多")
        sync.call("merchant.shop", "action_read_listings", [sync.shop.id], context=CHINESE)
        domain = [("shop_id", "=", sync.shop.id), ("sku", "=", "NEW-CUP")]
        [found] = eventually(lambda: sync.search("merchant.listing", domain, ["product_id", "quantity"]))
        assert (found["product_id"][0], found["quantity"]) == (product, 0)
        said = [("model", "=", "merchant.shop"), ("res_id", "=", sync.shop.id), ("body", "like", "NEW-CUP")]
        assert eventually(lambda: sync.search("mail.message", said), what="a note on the shop")


class TestRules:
    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"ratio": 300}, "比例须为 0 到 100 %"),
            ({"ratio": -1}, "比例须为 0 到 100 %"),
            ({"minimum": -1}, "须为 0 或以上"),
            ({"maximum": -5}, "须为 0 或以上"),
            ({"safety": -1}, "只有加减数量可以为负"),
            ({"incoming_days": 400}, "到货计入须为 0 到 365 天"),
        ],
        ids=str,
    )
    def test_a_rule_that_cannot_be_is_refused(self, sync, values, words):
        refused(lambda: sync.owner.call("merchant.publication.rule", "create", {"name": "坏", **values}), words)

    @pytest.mark.parametrize(
        ("model", "values", "words"),
        [
            ("merchant.listing", {"publication_forced": -1}, "强制数量须为 0 或以上"),
            ("merchant.shop", {"publication_weight": 0}, "权重须为 1 到 1000"),
            ("merchant.publication.quota", {"quantity": 0, "ends_at": "2099-01-01"}, "至少留一件"),
            (
                "merchant.publication.quota",
                {"starts_at": "2099-01-02", "ends_at": "2099-01-01"},
                "结束时间须晚于开始时间",
            ),
        ],
        ids=["forced -1", "weight 0", "quota of none", "quota backwards"],
    )
    def test_a_setting_that_cannot_be_is_refused(self, sync, model, values, words):
        listing = sync.listing("TEA-001")["id"]
        if model == "merchant.publication.quota":
            values = {"name": "坏", "listing_id": listing, **values}
            refused(lambda: sync.owner.call(model, "create", values), words)
        else:
            record = listing if model == "merchant.listing" else sync.shop.id
            refused(lambda: sync.owner.call(model, "write", [record], values), words)

    def test_a_negative_constant_takes_off_and_never_below_zero(self, sync):
        rule = sync.call("merchant.publication.rule", "create", {"name": "多扣", "constant": -PIECES - 100})
        listing = sync.listing("TEA-003")["id"]
        sync.call("merchant.listing", "write", [listing], {"publication_rule_id": rule})
        offer = sync.settled("TEA-003", 0)
        steps = [step["text"] for step in offer["why"]["steps"]]
        assert f"规则加减: {-PIECES - 100}" in steps
        assert "不低于零: +100" in steps
        sync.told("TEA-003", 0)
        sync.call("merchant.listing", "write", [listing], {"publication_rule_id": False})
        sync.settled("TEA-003", PIECES)
        sync.told("TEA-003", PIECES)


class TestListings:
    def test_a_listing_without_a_product_says_so_and_goes_on_when_it_is_matched(self, sync):
        sync.there.add_listing("LOST-1", "无主", "9.00", 4)
        sync.call("merchant.shop", "action_read_listings", [sync.shop.id])
        offer = sync.settled("LOST-1", 0)
        assert (offer["state"], offer["reason"]) == ("stopped", "未匹配产品:请在平台货品上选择产品,随后即同步库存。")
        assert sync.there.quantities()["LOST-1"] == 4, "what is not known is not told"
        product = sync.merchant.product_ids["TEA-009"]
        sync.call("merchant.listing", "write", [sync.listing("LOST-1")["id"]], {"product_id": product})
        sync.told("LOST-1", PIECES)

    def test_the_same_sku_twice_in_a_shop_is_refused(self, sync):
        known = sync.listing("TEA-004")["platform_sku"]
        values = {"shop_id": sync.shop.id, "sku": "TEA-004", "platform_sku": known}
        refused(lambda: sync.owner.call("merchant.listing", "create", values), "这个店铺已经有该 SKU")

    def test_two_listings_of_one_product_are_both_told_and_their_sum_is_shown(self, sync):
        product = sync.merchant.product_ids["TEA-005"]
        sync.there.add_listing("TEA-005-GIFT", "礼盒装", "9.00", 4)
        sync.call("merchant.shop", "action_read_listings", [sync.shop.id])
        sync.settled("TEA-005-GIFT", 0)
        sync.call("merchant.listing", "write", [sync.listing("TEA-005-GIFT")["id"]], {"product_id": product})
        sync.told("TEA-005-GIFT", PIECES)
        offer = sync.offer("TEA-005")
        assert offer["promised"] == 2 * PIECES
        assert offer["why"]["table"]["rows"][-1] == ["合计", "", str(2 * PIECES), ""]
        sync.call("merchant.shop", "write", [sync.shop.id], {"publication_shares": True})
        sync.told("TEA-005", PIECES // 2)
        sync.told("TEA-005-GIFT", PIECES // 2)
        sync.call("merchant.shop", "write", [sync.shop.id], {"publication_shares": False})
        sync.told("TEA-005", PIECES)


class TestKits:
    """A kit's listing beside the goods that it is made of."""

    @pytest.fixture(scope="class")
    def kit(self, sync):
        parts = sync.merchant.new_products("PART-A", "PART-B")
        [product] = sync.merchant.new_products("KIT-1")
        [place] = sync.search("stock.warehouse", [], ["lot_stock_id"], limit=1, order="id")
        quants = [
            {"product_id": part, "location_id": place["lot_stock_id"][0], "inventory_quantity": pieces}
            for part, pieces in zip(parts, (20, 9), strict=True)
        ]
        ids = sync.call("stock.quant", "create", quants, context={"inventory_mode": True})
        sync.call("stock.quant", "action_apply_inventory", ids)
        bom = self.new_bom(sync, product, (parts[0], 2), (parts[1], 1))
        sync.there.add_listing("KIT-1", "套装", "99.00", 0)
        sync.call("merchant.shop", "action_read_listings", [sync.shop.id])
        sync.told("KIT-1", 9)
        [lines] = sync.call("mrp.bom", "read", [bom], ["bom_line_ids"])
        return {"product": product, "parts": parts, "bom": bom, "lines": lines["bom_line_ids"]}

    def new_bom(self, sync, product, *parts):
        [row] = sync.call("product.product", "read", [product], ["product_tmpl_id"])
        lines = [(0, 0, {"product_id": part, "product_qty": pieces}) for part, pieces in parts]
        values = {"product_tmpl_id": row["product_tmpl_id"][0], "type": "phantom", "bom_line_ids": lines}
        return sync.call("mrp.bom", "create", values)

    def test_a_part_that_is_sold_out_is_named(self, sync, kit):
        [lid] = sync.merchant.new_products("PART-LID")
        line = sync.call("mrp.bom.line", "create", {"bom_id": kit["bom"], "product_id": lid, "product_qty": 1})
        offer = sync.settled("KIT-1", 0)
        assert offer["limit_product_id"][0] == lid
        assert any("PART-LID" in step["text"] and "受限于" in step["text"] for step in offer["why"]["steps"])
        sync.told("KIT-1", 0)
        sync.call("mrp.bom.line", "unlink", [line])
        sync.told("KIT-1", 9)

    def test_a_part_that_is_archived_still_limits_the_kit(self, sync, kit):
        sync.call("product.product", "write", [kit["parts"][1]], {"active": False})
        sync.call("mrp.bom", "write", [kit["bom"]], {"code": "x"})
        sync.settled("KIT-1", 9)
        sync.call("product.product", "write", [kit["parts"][1]], {"active": True})

    def test_a_part_of_which_none_is_needed_limits_nothing(self, sync, kit):
        sync.call("mrp.bom.line", "write", [kit["lines"][1]], {"product_qty": 0})
        sync.told("KIT-1", 10)
        sync.call("mrp.bom.line", "write", [kit["lines"][1]], {"product_qty": 1})
        sync.told("KIT-1", 9)

    def test_a_kit_of_nothing_says_so_and_its_platform_keeps_what_it_has(self, sync, kit):
        sync.call("mrp.bom.line", "write", kit["lines"], {"product_qty": 0})
        offer = sync.settled("KIT-1", 0)
        assert (offer["state"], offer["reason"]) == ("stopped", "套装没有库存管理的部件:请补全物料清单。")
        assert sync.there.quantities()["KIT-1"] == 9
        for line, pieces in zip(kit["lines"], (2, 1), strict=True):
            sync.call("mrp.bom.line", "write", [line], {"product_qty": pieces})
        sync.settled("KIT-1", 9)

    def test_a_kit_that_holds_itself_is_refused(self, sync, kit):
        refused(lambda: self.new_bom(sync, kit["parts"][0], (kit["product"], 1)), "KIT-1")
        assert sync.offer("KIT-1")["wanted"] == 9

    def test_the_rest_goes_on(self, sync, kit):
        sync.told("TEA-001", PIECES)


class TestCallsFromOutside:
    """A shop whose orders a stranger pushes: what is not genuine leaves one line in its log, in the reader's words."""

    @pytest.fixture
    def door(self, merchant):
        shop = merchant.own_shop()
        shown = merchant.call("merchant.shop", "action_webhook_secret", [shop.id])["context"]
        return Door(merchant, shop, shown["default_secret"], shown["default_url"])

    @pytest.mark.parametrize(
        ("change", "status", "code", "words"),
        [
            ({"secret": "guessed"}, 401, "signature", "签名不对"),
            ({"signature": ""}, 401, "unsigned", "没有签名"),
            ({"signature": "é" * 64}, 401, "signature", "签名不对"),
            ({"age": 600}, 401, "timestamp", "校准发送方的时钟"),
            ({"age": -600}, 401, "timestamp", "校准发送方的时钟"),
            ({"stamp": "nan"}, 401, "timestamp", "校准发送方的时钟"),
            ({"body": b'{"orders": [' + b",".join([b"{}"] * 501) + b"]}"}, 413, "too_many", "分批发送"),
            ({"body": b"{"}, 400, "json", "内容无法使用(json)"),
            ({"body": b"[" * 200_000}, 400, "json", "内容无法使用(json)"),
            ({"body": b"\xff\xfe"}, 400, "json", "内容无法使用(json)"),
            ({"body": b"{}"}, 400, "empty", "内容无法使用(empty)"),
            ({"body": b'{"order_ids": ["1"]}'}, 422, "order_ids", "内容无法使用(order_ids)"),
        ],
        ids=[
            *(
                "another secret",
                "no signature",
                "strange letters",
                "old",
                "from tomorrow",
                "no time",
                "501 orders",
            ),
            *("no json", "deep", "no text", "nothing", "ids without a platform"),
        ],
    )
    def test_what_is_not_genuine_is_refused_shown_and_the_next_call_is_taken(self, door, change, status, code, words):
        body = change.pop("body", door.order("W-1"))
        answered, answer = door.knock(body, **change)
        assert (answered, answer["error"]) == (status, code)
        assert "Traceback" not in str(answer)
        assert not door.rows()
        [trouble] = door.troubles()
        assert words in trouble["words"]
        assert door.knock(door.order("W-1"), nonce="good") == (200, door.taken("W-1", "new"))
        assert door.rows() == ["W-1"]

    def test_twenty_megabytes_are_not_even_read(self, door):
        status, answer = door.knock(b" " * (20 * 2**20))
        assert status == 413
        assert "Traceback" not in str(answer)
        assert not door.rows()
        assert door.knock(door.order("W-1"), nonce="good") == (200, door.taken("W-1", "new"))

    def test_the_same_call_again_is_refused_and_the_same_order_in_another_is_known(self, door):
        assert door.knock(door.order("W-1"))[0] == 200
        status, answer = door.knock(door.order("W-1"))
        assert (status, answer["error"]) == (409, "replay")
        assert "已经收过" in door.troubles()[0]["words"]
        assert door.knock(door.order("W-1"), nonce="another") == (200, door.taken("W-1", "known"))
        assert door.rows() == ["W-1"]


class Door:
    """A shop's address for signed calls, and what came of them."""

    def __init__(self, merchant, shop, secret, url):
        self.merchant, self.shop, self.secret, self.url = merchant, shop, secret, url
        self.url = f"{merchant.odoo.url}/merchant/{url.partition('/merchant/')[2]}"

    def order(self, ref):
        lines = [{"sku": "TEA-001", "quantity": 1, "price": "168.00"}]
        return json.dumps({"order_id": ref, "receiver": HOME, "lines": lines}).encode()

    def knock(self, body, nonce="first", secret=None, age=0, stamp=None, signature=None):
        """``(status, answer)`` of a call."""
        stamp = stamp or str(int(time.time()) - age)
        text = f"{stamp}.{nonce}.".encode() + body
        right = hmac.new((secret or self.secret).encode(), text, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Hankou-Timestamp": stamp, "X-Hankou-Nonce": nonce}
        headers["X-Hankou-Signature"] = right if signature is None else signature
        request = urllib.request.Request(self.url, body, headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refusal:
            said = refusal.read().decode()
            return refusal.code, json.loads(said) if said.startswith("{") else said

    def taken(self, ref, state):
        return {"accepted": 1, "orders": [{"order_id": ref, "state": state}]}

    def rows(self):
        found = self.merchant.search("merchant.inbox", [("shop_id", "=", self.shop.id)], ["order_ref"])
        return [row["order_ref"] for row in found]

    def troubles(self):
        domain = [("shop_id", "=", self.shop.id), ("work", "=", "webhook")]
        return self.merchant.search("merchant.sync.trouble", domain, ["words"], context=CHINESE)
