"""What goes wrong outside leaves a sentence on the record that carries it; the rest goes on, and nothing is lost."""

import random
import re
import string

import pytest

from tests.marketplace import Receiver
from tests.support.merchant import KEYS
from tests.support.running_odoo import RemoteError

pytestmark = pytest.mark.usefixtures("no_faults_left")
PLACE = {"province": "湖北省", "city": "武汉市", "district": "江汉区", "address": "解放大道1号"}
HOME = {"name": "张三", "mobile": "13800138000", **PLACE}
NOWHERE = Receiver("外星人", "10000000000", "火星省", "奥林匹斯市", "环形山区", "一号坑道7号")


@pytest.fixture(scope="module")
def shop(merchant, market):
    with merchant.shop_on(market) as shop:
        yield shop


@pytest.fixture(scope="module")
def own(merchant):
    """A shop whose orders a script pushes."""
    return merchant.own_shop()


def payload(ref, *lines, **changes):
    lines = list(lines) or [{"sku": "TEA-001", "quantity": 1, "price": "168.00"}]
    return {"order_id": ref, "receiver": HOME, "lines": lines, **changes}


class TestAShopThatCannotConnect:
    """The wizard says what is wrong and makes no shop."""

    def connect(self, merchant, market, lang="en_US", **values):
        values = {"name": "不通", "platform": "taobao", "gateway": f"{market.url}/router/rest", **KEYS, **values}
        context = {"lang": lang}
        with pytest.raises(RemoteError) as trouble:
            wizard = merchant.call("merchant.shop.wizard", "create", values, context=context)
            merchant.call("merchant.shop.wizard", "action_create", [wizard], context=context)
        assert not merchant.search("merchant.shop", [("name", "=", "不通")])
        return trouble.value.message

    def test_a_wrong_secret(self, merchant, market):
        said = self.connect(merchant, market, app_secret="another")
        assert "check app key, app secret" in said
        assert "签名错误" in said
        assert "another" not in said
        assert KEYS["session"] not in said

    def test_a_wrong_session(self, merchant, market):
        said = self.connect(merchant, market, session="over")
        assert "authorise the shop again" in said

    def test_a_clock_that_is_eleven_minutes_off(self, merchant, market):
        market.faults.set("clock_skew", seconds=660)
        assert "clock" in self.connect(merchant, market)
        assert "校准服务器时间" in self.connect(merchant, market, lang="zh_CN")

    def test_an_address_where_nobody_answers(self, merchant, market):
        said = self.connect(merchant, market, gateway="http://127.0.0.1:9/router/rest")
        assert "check the address and the network" in said


class TestAShopThatFallsSilent:
    """Each trouble shows on the shop, nothing is lost, and the shop goes on by itself or by one click."""

    def pulled_after(self, market, shop):
        """An order that came meanwhile is in once the trouble is over."""
        trade = market.add_trade()
        shop.pull()
        assert shop.order(trade.tid)["state"] == "sale"
        assert shop.state() == ("ready", "")

    def test_an_expired_session_stops_the_shop_until_it_is_authorised(self, market, shop, merchant):
        missed = market.add_trade()
        market.shop().expire_session()
        shop.pull()
        state, said = shop.state()
        assert state == "expired"
        assert "session" in said.lower()
        with pytest.raises(RemoteError, match="authorise it again"):
            merchant.call("merchant.shop", "action_pull", [shop.id], context={"lang": "en_US"})
        market.shop().restore_session()
        merchant.call("merchant.shop", "action_test", [shop.id])
        shop.pull()
        assert shop.order(missed.tid)
        assert shop.state() == ("ready", "")

    def test_a_wrong_clock_is_named_and_tried_again(self, market, shop):
        market.faults.set("clock_skew", seconds=660)
        shop.pull()
        state, said = shop.state()
        assert state in ("waiting", "error")
        assert "31" in said
        market.faults.clear()
        self.pulled_after(market, shop)

    @pytest.mark.parametrize(
        ("fault", "options", "words"),
        [
            ("http_error", {"status": 502}, "502"),
            ("malformed", {}, "残缺"),
            ("cut", {}, "没有应答|残缺"),
            ("network_down", {}, "没有应答"),
            ("throttle", {"seconds": 60}, "7"),
        ],
    )
    def test_what_passes_by_itself_is_waited_for(self, market, shop, fault, options, words):
        market.faults.set(fault, **options)
        shop.pull()
        state, said = shop.state()
        assert state == "waiting"
        assert re.search(words, said), said
        market.faults.clear()
        self.pulled_after(market, shop)

    def test_nothing_is_lost_in_the_worst_of_nights(self, market, shop, merchant):
        trades = [market.add_trade(postage="8.00") for _number in range(130)]
        for name, chance in (("http_error", 0.03), ("malformed", 0.03), ("cut", 0.03), ("isp_error", 0.03)):
            market.faults.set(name, chance)
        for name in ("duplicate_rows", "duplicate_across_pages", "reorder"):
            market.faults.set(name, 0.8)
        market.faults.set("throttle", 0.02, seconds=1)
        market.faults.set("change_between_pages", times=2)
        for _attempt in range(3):
            shop.pull()
        assert sum(market.faults.fired.values()) > 10, market.faults.fired
        market.faults.clear()
        shop.pull()
        expected = {str(trade.tid): float(trade.payment / 100) for trade in trades}
        domain = [("merchant_shop_id", "=", shop.id), ("platform_order_ref", "in", list(expected))]
        found = merchant.search("sale.order", domain, ["platform_order_ref", "amount_total"])
        assert {row["platform_order_ref"]: row["amount_total"] for row in found} == pytest.approx(expected)
        assert len(found) == len(expected)
        inbox = merchant.search("merchant.inbox", [("shop_id", "=", shop.id), ("state", "=", "new")])
        assert not inbox


class TestAnOrderThatCannotBeRight:
    """It waits with its reason; the order beside it goes on."""

    def held(self, market, shop, trade, code):
        beside = market.add_trade()
        shop.pull()
        row = shop.inbox(trade.tid)
        assert (row["state"], row["reason_code"], row["sale_order_id"]) == ("held", code, False)
        assert shop.order(beside.tid)["state"] == "sale"
        return shop.reason(trade.tid), shop.reason(trade.tid, "zh_CN")

    def test_an_unknown_sku_waits_and_goes_on_when_it_is_matched(self, market, shop, merchant):
        trade = market.add_trade([{"code": "NO-SUCH-SKU", "title": "柴烧茶杯", "price": "66.00"}])
        english, chinese = self.held(market, shop, trade, "unknown_sku")
        assert english.startswith("No product is matched to NO-SUCH-SKU. Match it under Listings;")
        assert "NO-SUCH-SKU" in chinese
        assert "匹配" in chinese
        [listing] = merchant.search("merchant.listing", [("shop_id", "=", shop.id), ("sku", "=", "NO-SUCH-SKU")])
        merchant.call("merchant.listing", "write", [listing["id"]], {"product_id": merchant.product_ids["TEA-010"]})
        shop.settle()
        assert shop.order(trade.tid)["amount_total"] == 66.0

    def test_amounts_that_do_not_add_up_are_never_adjusted(self, market, shop):
        trade = market.add_trade(["TEA-001"], drift="0.03")
        english, chinese = self.held(market, shop, trade, "amount_mismatch")
        for said in (english, chinese):
            assert all(figure in said for figure in ("168.00", "168.03", "0.03"))
        assert "Nothing was adjusted" in english

    def test_a_fen_of_the_platforms_own_rounding_is_shown_and_booked(self, market, shop):
        trade = market.add_trade(["TEA-001"], drift="0.02")
        shop.pull()
        order = shop.order(trade.tid, "platform_rounding")
        assert (order["amount_total"], abs(order["platform_rounding"])) == (168.02, 0.02)

    def test_an_unknown_province(self, market, shop):
        trade = market.add_trade(receiver=NOWHERE)
        english, chinese = self.held(market, shop, trade, "unknown_province")
        assert "“火星省” is no province of China: correct it at its source" in english
        assert "火星省" in chinese
        assert "省" in chinese.replace("火星省", "")

    def test_a_state_that_no_version_knows(self, market, shop):
        trade = market.add_trade()
        market.act("force_status", trade.tid, raw_status="ON_THE_MOON")
        english, _chinese = self.held(market, shop, trade, "unknown_status")
        assert "ON_THE_MOON" in english

    @pytest.mark.parametrize("quantity", [0, -2])
    def test_no_or_negative_pieces(self, own, quantity):
        bad, beside = f"Q{quantity}", f"Q{quantity}-beside"
        own.push(payload(bad, {"sku": "TEA-001", "quantity": quantity, "price": "1.00"}), payload(beside))
        assert own.inbox(bad)["reason_code"] == "bad_quantity"
        assert own.reason(bad).startswith(f"TEA-001: the quantity is {quantity}.")
        assert str(quantity) in own.reason(bad, "zh_CN")
        assert own.order(beside)["state"] == "sale"


class TestStrangeButRight:
    def test_an_emoji_name_is_kept_as_it_is(self, own, merchant):
        own.push(payload("EMOJI", receiver={**HOME, "name": "🍵茶👨‍👩‍👧‍👦痴𠮷"}))
        order = own.order("EMOJI", "partner_shipping_id")
        name = merchant.read("res.partner", order["partner_shipping_id"][0], "name")["name"]
        assert name == "🍵茶👨‍👩‍👧‍👦痴𠮷"

    def test_an_emoji_name_from_the_platform(self, market, shop):
        trade = market.add_trade(receiver=Receiver("🍵茶", "10000001234", "湖北省", "武汉市", "江汉区", "🏠1号"))
        shop.pull()
        assert shop.order(trade.tid)["state"] == "sale"

    def test_an_order_of_300_lines(self, own):
        lines = [{"sku": "TEA-006", "quantity": 1 + n % 3, "price": "29.90", "line_id": str(n)} for n in range(300)]
        own.push(payload("LONG", *lines))
        order = own.order("LONG")
        assert (order["state"], len(own.lines("LONG"))) == ("sale", 300)
        assert order["amount_total"] == pytest.approx(600 * 29.9)

    def test_five_megabytes_are_kept_but_not_read(self, own, merchant):
        noise = "".join(random.Random(5).choices(string.ascii_letters, k=5 * 2**20))
        own.push(payload("HUGE", noise=noise), payload("BESIDE-HUGE"))
        assert "5.0 MB" in own.reason("HUGE")
        assert "5.0 MB" in own.reason("HUGE", "zh_CN")
        assert own.order("BESIDE-HUGE")["state"] == "sale"

    def test_what_is_no_order_at_all_is_kept_with_a_reason(self, own, merchant):
        own.push(5, "text", None, {"order_id": "HALF", "lines": "none"}, payload("BESIDE-NONSENSE"))
        assert "lines must be a list" in own.reason("HALF")
        domain = [("shop_id", "=", own.id), ("order_ref", "=like", "?%"), ("state", "=", "held")]
        assert len(merchant.search("merchant.inbox", domain)) == 3
        assert own.order("BESIDE-NONSENSE")["state"] == "sale"
