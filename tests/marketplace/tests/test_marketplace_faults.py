import http.client
import json
import time
import unittest
from urllib.parse import urlsplit

from tests.marketplace import FAULTS
from tests.marketplace.faults import Faults
from tests.marketplace.tests.caller import MarketTest

SEND = "taobao.logistics.offline.send"


class SwitchTest(unittest.TestCase):
    def test_a_count_runs_out(self):
        faults = Faults()
        faults.set("throttle", times=2)
        self.assertEqual([bool(faults.fires("throttle")) for _try in range(4)], [True, True, False, False])
        self.assertEqual(faults.fired["throttle"], 2)

    def test_a_probability_repeats_by_seed(self):
        def run(seed):
            faults = Faults(seed)
            faults.set("cut", probability=0.3)
            return [faults.fires("cut") is not None for _try in range(200)]

        self.assertEqual(run(5), run(5))
        self.assertNotEqual(run(5), run(6))
        self.assertTrue(30 < sum(run(5)) < 90)

    def test_it_can_be_narrowed_and_cleared(self):
        faults = Faults()
        faults.set("cut", shop="A", method="m")
        self.assertIsNone(faults.fires("cut", "A", "n"))
        self.assertIsNone(faults.fires("cut", "B", "m"))
        self.assertIsNotNone(faults.fires("cut", "A", "m"))
        faults.clear("cut")
        self.assertIsNone(faults.fires("cut", "A", "m"))

    def test_a_wrong_option_is_refused(self):
        with self.assertRaises(TypeError):
            Faults().set("cut", seconds=1)


class FaultTest(MarketTest):
    def setUp(self):
        super().setUp()
        self.orders = [self.market.add_trade(["TEA-001"]) for _order in range(5)]

    def _send(self, number=0):
        return self.call.error(SEND, tid=self.orders[number].tid, company_code="SF", out_sid=f"SF000000000{number}")

    def _rows(self, **params):
        return [row["tid"] for row in self.call.window(self.market, fields="tid", **params)["trades"]["trade"]]

    def test_throttle_says_how_long(self):
        self.market.faults.set("throttle", times=1, seconds=3)
        error = self.call("taobao.trades.sold.get", fields="tid")["error_response"]
        self.assertEqual((error["code"], error["sub_code"]), (7, "accesscontrol.limited-by-api-access-count"))
        self.assertIn("This ban will last for 3 more seconds", error["sub_msg"])
        self.assertIsNone(self.call.error("taobao.trades.sold.get", fields="tid"))

    def test_a_held_throttle_lasts(self):
        self.market.faults.set("throttle", times=1, seconds=0.2, hold=True)
        self.assertEqual([self.call.error("taobao.trades.sold.get", fields="tid")[0] for _try in range(3)], [7] * 3)
        time.sleep(0.25)
        self.assertIsNone(self.call.error("taobao.trades.sold.get", fields="tid"))

    def test_service_errors_before_and_after_the_effect(self):
        self.market.faults.set("isp_error", times=1)
        self.assertTrue(self._send()[1].startswith("isp."))
        self.assertEqual(len(self.market.shipments), 0)
        self.market.faults.set("isp_after_effect", times=1)
        self.assertTrue(self._send()[1].startswith("isp."))
        self.assertEqual(len(self.market.shipments), 1)

    def test_http_error_and_malformed_body(self):
        self.market.faults.set("http_error", times=1, status=502)
        self.assertEqual(self.call.raw("taobao.time.get")[0], 502)
        self.market.faults.set("malformed", times=1)
        with self.assertRaises(ValueError):
            json.loads(self.call.raw("taobao.time.get")[2])

    def test_slow(self):
        self.market.faults.set("slow", times=1, seconds=0.15)
        started = time.perf_counter()
        self.call("taobao.time.get")
        self.assertGreater(time.perf_counter() - started, 0.14)

    def test_cut_within_the_body(self):
        self.market.faults.set("cut", times=1)
        with self.assertRaises(http.client.IncompleteRead):
            self._rows()
        self.assertEqual(len(self._rows()), 5)

    def test_network_down(self):
        self.market.faults.set("network_down", shop="汉口茶具旗舰店")
        for _try in range(2):
            with self.assertRaises((ConnectionError, http.client.HTTPException)):
                self._rows()
        self.market.faults.clear()
        self.assertEqual(len(self._rows()), 5)

    def test_an_answer_lost_after_the_effect(self):
        self.market.faults.set("answer_lost")
        self.assertEqual(len(self._rows()), 5)  # reading has no effect to lose
        with self.assertRaises((ConnectionError, http.client.HTTPException)):
            self._send()
        self.assertEqual([sent.tid for sent in self.market.shipments], [self.orders[0].tid])
        self.assertEqual(self._send()[1], "isv.logistics-offline-service-error:AT0112")

    def test_busy_shipping(self):
        self.market.faults.set("send_busy", times=1)
        self.assertEqual(self._send(), (15, "isv.logistics-offline-service-error:B150"))
        self.assertIsNone(self._send())

    def test_duplicates_within_and_across_pages(self):
        plain = self._rows()
        self.market.faults.set("duplicate_rows", times=1)
        self.assertEqual(self._rows(page_size=2), [*plain[:2], plain[0]])
        self.market.faults.set("duplicate_across_pages", times=1)
        self.assertEqual(self._rows(page_size=2, page_no=2), plain[1:4])

    def test_reordered_pages_lose_nothing(self):
        plain = self._rows()
        self.market.faults.set("reorder")
        mixed = [tid for page in (1, 2, 3) for tid in self._rows(page_size=2, page_no=page)]
        self.assertNotEqual(mixed, plain)
        self.assertEqual(sorted(mixed), sorted(plain))

    def test_an_order_changes_between_two_pages(self):
        plain = self._rows()
        self.market.clock.advance(5)
        self.market.faults.set("change_between_pages", times=1)
        first = self._rows(page_size=2)
        second = self._rows(page_size=2)
        self.assertEqual(first, plain[:2])
        self.assertNotIn(second[0], first)

    def test_session_and_clock(self):
        self.market.faults.set("session_expired", times=1)
        self.assertEqual(self.call.error("taobao.trades.sold.get", fields="tid")[0], 27)
        self.market.faults.set("clock_skew", times=1, seconds=-700)
        self.assertEqual(self.call.error("taobao.time.get")[0], 31)
        self.assertIsNone(self.call.error("taobao.time.get"))

    def test_ids_as_text(self):
        self.market.faults.set("string_ids", times=1)
        self.assertEqual({type(tid) for tid in self._rows()}, {str})

    def test_a_stopped_marketplace_does_not_answer_old_connections(self):
        connection = http.client.HTTPConnection(urlsplit(self.market.url).netloc, timeout=5)
        connection.request("GET", "/page.css")
        connection.getresponse().read()
        self.market.stop()
        connection.auto_open = 0
        with self.assertRaises((OSError, http.client.HTTPException)):
            connection.request("GET", "/page.css")
            connection.getresponse()

    def test_each_fault_is_named_in_both_languages(self):
        self.assertTrue(all(zh and en for zh, en, _options in FAULTS.values()))
