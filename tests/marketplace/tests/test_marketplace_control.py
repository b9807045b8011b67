import json
import tempfile
import unittest
from collections import Counter
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from tests.marketplace import Marketplace
from tests.marketplace.scenarios import DEMO_SHOP
from tests.marketplace.tests.caller import Caller, MarketTest, request

JSON = {"Content-Type": "application/json"}


class ControlTest(MarketTest):
    def _post(self, action, headers=(), **arguments):
        address = urlsplit(self.market.url).netloc
        status, _kind, body = request(
            address, "POST", f"/control/{action}", json.dumps(arguments), {**JSON, **dict(headers)}
        )
        return status, json.loads(body)

    def _get(self, path, headers=()):
        return request(urlsplit(self.market.url).netloc, "GET", path, None, headers)

    def _state(self):
        return json.loads(self._get("/control/state")[2])

    def test_a_trade_can_be_steered(self):
        tid = self._post("add_trade", lines=[["TEA-001", 2]], paid=False)[1]["tid"]
        self.assertEqual(self._post("pay", tid=tid), (200, {"ok": True}))
        self.assertEqual(self._post("pay", tid=tid)[0], 409)
        self._post("ask_refund", tid=tid)
        self._post("turn_refund", tid=tid, step="refuse")
        self._post("change_address", tid=tid)
        self._post("ship", tid=tid)
        self._post("finish", tid=tid)
        (shop,) = self._state()["shops"]
        self.assertEqual(shop["gateway"], "/router/rest")
        self.assertEqual((shop["counts"], shop["trades"][0]["payment"]), ({"finished": 1}, "336.00"))
        self.assertEqual(shop["shipments"], [])

    def test_a_trade_with_a_named_receiver(self):
        who = {
            "name": "王芳",
            "mobile": "10000000001",
            "state": "湖北省",
            "city": "武汉市",
            "district": "江汉区",
            "address": "江汉路1号",
        }
        tid = self._post("add_trade", lines=["TEA-001"], receiver=who)[1]["tid"]
        self.assertEqual(self.market.trade(tid).receiver.name, "王芳")

    def test_close_cancels_or_refunds(self):
        unpaid = self.market.add_trade(["TEA-001"], paid=False)
        paid = self.market.add_trade(["TEA-001", "TEA-002"])
        self.market.ask_refund(paid.tid, goods_return=True)
        for order in (unpaid, paid):
            self.assertEqual(self._post("close", tid=str(order.tid))[0], 200)
        self.assertEqual((unpaid.state, paid.state), ("cancelled", "closed"))

    def test_faults_clock_speed_and_reset(self):
        self._post("fault", name="throttle", probability=0.5, seconds=9)
        active = next(fault["active"] for fault in self._state()["faults"] if fault["name"] == "throttle")
        self.assertEqual((active[0]["probability"], active[0]["options"]["seconds"]), (0.5, 9))
        self._post("clear_faults")
        self.assertFalse(any(fault["active"] for fault in self._state()["faults"]))
        self._post("clock", now="2026-02-01 10:00:00", frozen=True, advance=60)
        self.assertEqual(self._state()["now"], "2026-02-01 10:01:00")
        self.assertEqual(len(self._post("orders", count=7)[1]["tids"]), 7)
        self._post("reset", scenario="empty")
        self.assertEqual(self._state()["shops"][0]["counts"], {})

    def test_mistakes_are_explained(self):
        for action, arguments in (
            ("fault", {"name": "flood"}),
            ("pay", {}),
            ("pay", {"tid": "x"}),
            ("add_trade", {"lines": [["TEA-001", 1]], "postage": 1.5}),
        ):
            status, body = self._post(action, **arguments)
            self.assertEqual(status, 400, action)
            self.assertTrue(body["error"])
        self.assertEqual(self._post("pay", tid="4711")[0], 409)

    def test_another_sites_page_is_refused(self):
        address = urlsplit(self.market.url).netloc
        for headers in (
            {"Origin": "http://evil.example"},
            {"Origin": "null"},
            {"Host": "evil.example"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Content-Type": "text/plain"},
            {"Content-Type": "application/x-www-form-urlencoded"},
        ):
            with self.subTest(headers):
                self.assertEqual(self._post("orders", headers, count=1)[0], 403)
        self.assertEqual(self._get("/control/state", {"Host": "evil.example"})[0], 403)
        self.assertEqual(self._get("/control/state", {"Origin": "http://localhost:1"})[0], 403)
        self.assertEqual(self._get("/control/orders")[0], 405)
        self.assertEqual(self.market.shop().counts(), {})
        self.assertEqual(self._post("orders", {"Origin": f"http://{address}"}, count=1)[0], 200)

    def test_the_page_and_its_files(self):
        for path, word in (("/", "演练平台"), ("/page.css", "@media"), ("/page.js", "control")):
            status, _kind, body = self._get(path)
            self.assertEqual(status, 200)
            self.assertIn(word, body.decode())
        self.assertEqual(self._get("/", {"Host": "evil.example"})[0], 403)
        self.assertEqual(self._get("/nothing")[0], 404)

    def test_state_shows_no_secret(self):
        Caller(self.market)("taobao.time.get")
        body = self._get("/control/state")[2].decode()
        for secret in (DEMO_SHOP["app_secret"], DEMO_SHOP["session"]):
            self.assertNotIn(secret, body)


class ScenarioTest(unittest.TestCase):
    def test_a_later_run_has_other_order_ids_where_a_database_remembers_the_earlier(self):
        with Marketplace() as first, Marketplace() as again, Marketplace(fresh_ids=True) as later:
            ids = [market.add_trade(["TEA-001"]).tid for market in (first, again, later)]
        self.assertEqual(ids[0], ids[1])
        self.assertLess(ids[1], ids[2])

    def test_the_demo_has_every_case(self):
        with Marketplace(scenario="demo") as market:
            self.assertEqual(
                set(market.shop().counts()),
                {"unpaid", "frozen", "paid", "part_shipped", "shipped", "finished", "closed", "cancelled"},
            )
            codes = {line.code for order in market.shop().trades.values() for line in order.lines}
            self.assertIn("NO-SUCH-SKU", codes)
            self.assertEqual(market.shipments, [])
            self.assertEqual(market.quantities()["TEA-POT-RED"], 30)
            rows = Caller(market).body("taobao.trades.sold.get", fields="tid,payment,orders", page_size=100)
            self.assertGreaterEqual(rows["total_results"], 40)

    def test_the_demo_repeats_by_seed(self):
        def goods(seed):
            market = Marketplace(scenario="demo", seed=seed)
            market.stop()
            return [(order.tid, order.payment, order.receiver) for order in market.shop().trades.values()]

        self.assertEqual(goods(3), goods(3))
        self.assertNotEqual(goods(3), goods(4))

    def test_live_orders_come_in(self):
        with Marketplace(scenario="empty", speed=60_000) as market:
            Caller(market)("taobao.time.get")
            Caller(market)("taobao.time.get")
            self.assertGreater(sum(Counter(market.shop().counts()).values()), 0)

    def test_a_file_of_trades_is_played_by_the_clock(self):
        trades = [
            {
                "created": "2026-03-02 10:00:00",
                "paid": "2026-03-02 10:01:00",
                "lines": [["TEA-001", 1], ["TEA-002", 1]],
                "discount": "10.00",
                "refunds": [{"asked": "2026-03-02 11:00:00", "line": 1, "agreed": "2026-03-02 11:30:00"}],
            },
            {
                "created": "2026-03-02 10:30:00",
                "lines": [{"code": "X", "price": "5.00"}],
                "closed": "2026-03-03 10:30:00",
            },
        ]
        with Marketplace() as market:
            market.clock.freeze("2026-03-02 09:00:00")
            market.play(trades)
            shop, seen = market.shop(), []
            for _hour in range(3):
                market.advance(hours=1)
                seen.append(shop.counts())
            market.advance(timedelta(days=1).total_seconds())
            seen.append(shop.counts())
            self.assertEqual(
                seen, [{"unpaid": 1}, {"unpaid": 1, "paid": 1}, {"unpaid": 1, "paid": 1}, {"paid": 1, "cancelled": 1}]
            )
            order = next(iter(shop.trades.values()))
            self.assertEqual((str(order.modified), order.lines[1].state), ("2026-03-02 11:30:00", "closed"))

    def test_a_scenario_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "two.json")
            path.write_text(
                json.dumps(
                    {
                        "shops": [
                            {"name": "一店", "app_key": "1", "app_secret": "s", "session": "a"},
                            {
                                "name": "二店",
                                "app_key": "2",
                                "app_secret": "s",
                                "session": "b",
                                "listings": [{"code": "Z-1", "title": "杯", "price": "3.00", "quantity": 4}],
                            },
                        ],
                        "trades": [{"shop": "二店", "lines": ["Z-1"], "created": "2026-03-02 10:00:00"}],
                    }
                ),
                "utf-8",
            )
            with Marketplace(scenario=str(path)) as market:
                self.assertEqual((market.shop("二店").counts(), market.quantities("二店")), ({"unpaid": 1}, {"Z-1": 3}))
