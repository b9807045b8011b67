import http.client
import json
import unittest
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from tests.marketplace.platforms.taobao import sign
from tests.marketplace.tests.caller import Caller, MarketTest, beijing, request

VECTOR = {
    "app_key": "12345678",
    "fields": "num_iid,title,nick,price,num",
    "format": "json",
    "method": "taobao.item.seller.get",
    "num_iid": "11223344",
    "session": "test",
    "sign_method": "md5",
    "timestamp": "2016-01-01 12:00:00",
    "v": "2.0",
}


class SignatureTest(unittest.TestCase):
    def test_the_published_vector(self):
        self.assertEqual(sign("helloworld", VECTOR, "md5"), "66987CB115214E59E6EC978214934FB8")

    def test_the_keyed_digests(self):
        keyed = {
            "hmac": "D56D7858309C31B6251083A874D48273",
            "hmac-sha256": "04DB15AD0774D5CFCE2C837DE43E3FCEA9011ED74F3038FB6AB5F3C4CEA119E8",
        }
        for method, expected in keyed.items():
            self.assertEqual(sign("helloworld", {**VECTOR, "sign_method": method}, method), expected)

    def test_blank_values_and_the_sign_itself_stay_out(self):
        padded = {**VECTOR, "sign": "X", "status": "", "type": "  "}
        self.assertEqual(sign("helloworld", padded, "md5"), "66987CB115214E59E6EC978214934FB8")


class GatewayTest(MarketTest):
    def test_each_public_parameter_has_its_code(self):
        cases = [
            ({"app_key": None}, 28),
            ({"app_key": "99"}, 29),
            ({"v": None}, 32),
            ({"v": "1.0"}, 33),
            ({"timestamp": None}, 30),
            ({"timestamp": "yesterday"}, 31),
            ({"sign": ""}, 24),
            ({"sign": "00"}, 25),
            ({"session": None}, 26),
            ({"session": "other"}, 27),
            ({"sign_method": "rot13"}, 41),
        ]
        for change, code in cases:
            with self.subTest(change):
                self.assertEqual(self.call.error("taobao.trades.sold.get", fields="tid", **change)[0], code)
        self.assertEqual(self.call.error("")[0], 21)
        self.assertEqual(self.call.error("taobao.no.such")[0], 22)

    def test_missing_and_invalid_arguments(self):
        self.assertEqual(self.call.error("taobao.trades.sold.get"), (40, "isv.missing-parameter:fields"))
        for wrong in ({"page_size": 101}, {"page_size": 0}, {"page_no": "x"}, {"start_created": "2026-1-1T0"}):
            with self.subTest(wrong):
                self.assertEqual(self.call.error("taobao.trades.sold.get", fields="tid", **wrong)[0], 41)

    def test_the_clock_may_be_ten_minutes_off(self):
        for shift, code in ((-590, None), (590, None), (-620, 31), (620, 31)):
            error = self.call.error("taobao.time.get", timestamp=beijing(shift))
            self.assertEqual(error and error[0], code, shift)

    def test_the_simulated_clock_does_not_move_the_tolerance(self):
        self.market.clock.set("2026-01-01 00:00:00")
        self.assertIsNone(self.call.error("taobao.time.get"))

    def test_get_is_refused(self):
        self.assertIn(b'"code":9', self.call.raw("taobao.time.get", verb="GET")[2])

    def test_without_format_the_answer_is_an_xml_error(self):
        status, kind, body = self.call.raw("taobao.time.get", format=None)
        self.assertEqual((status, kind), (200, "text/xml;charset=utf-8"))
        self.assertIn(b"<error_response><code>23</code>", body)

    def test_another_secret_does_not_sign(self):
        self.assertEqual(Caller(self.market, secret="guess").error("taobao.time.get")[0], 25)

    def test_an_expired_session_answers_27_until_renewed(self):
        self.market.shop().expire_session()
        self.assertEqual(self.call.error("taobao.trades.sold.get", fields="tid")[0], 27)
        self.market.shop().restore_session()
        self.assertIsNone(self.call.error("taobao.trades.sold.get", fields="tid"))

    def test_shops_of_one_application_are_told_apart_by_session(self):
        other = self.market.add_shop("二店", "12345678", "hankou-rehearsal-secret", "second")
        other.add_trade([{"code": "X", "price": "1.00"}])
        mine = self.call.body("taobao.trades.sold.get", fields="tid")
        self.assertEqual(mine["total_results"], 0)
        self.assertEqual(
            Caller(self.market, session="second").body("taobao.trades.sold.get", fields="tid")["total_results"], 1
        )

    def test_the_log_holds_no_secret(self):
        self.call("taobao.time.get")
        seen = str(list(self.market.calls))
        self.assertIn("taobao.time.get", seen)
        self.assertNotIn("hankou-rehearsal", seen)


class AuthorisationTest(MarketTest):
    def _authorize(self):
        connection = http.client.HTTPConnection(urlsplit(self.market.url).netloc)
        connection.request(
            "GET",
            "/authorize?response_type=code&client_id=12345678&state=S1&view=web"
            "&redirect_uri=http%3A%2F%2Flocalhost%2Fback%3Fdb%3D1",
        )
        answer = connection.getresponse()
        target = urlsplit(answer.getheader("Location"))
        connection.close()
        return answer.status, parse_qs(target.query)

    def test_a_code_becomes_a_session_once(self):
        status, query = self._authorize()
        self.assertEqual((status, query["state"], query["db"]), (302, ["S1"], ["1"]))
        form = (
            "grant_type=authorization_code&client_id=12345678&client_secret=hankou-rehearsal-secret"
            f"&code={query['code'][0]}"
        )
        address = urlsplit(self.market.url).netloc
        status, _kind, body = request(address, "POST", "/token", form)
        self.assertEqual(status, 200)
        self.assertIn(self.market.shop().session.encode(), body)
        self.assertEqual(request(address, "POST", "/token", form)[0], 400)

    def test_the_token_methods_answer_json_within_json(self):
        code = self._authorize()[1]["code"][0]
        body = self.call.body("taobao.top.auth.token.create", code=code, session=None)
        token = json.loads(body["token_result"])
        self.assertEqual(token["access_token"], self.market.shop().session)
        self.assertTrue(token["taobao_user_nick"].startswith("%E6"))
        renewed = self.call.body("taobao.top.auth.token.refresh", refresh_token=token["refresh_token"], session=None)
        self.assertNotEqual(json.loads(renewed["token_result"])["access_token"], token["access_token"])
        self.assertEqual(self.call.error("taobao.top.auth.token.refresh", refresh_token="old", session=None)[0], 41)


class MessageTest(MarketTest):
    def _consume(self):
        found = self.call.body("taobao.tmc.messages.consume", group_name="default", session=None)
        return found.get("messages", {}).get("tmc_message", [])

    def test_messages_come_until_confirmed(self):
        self.assertTrue(self.call.body("taobao.tmc.user.permit", topics="taobao_trade_TradeBuyerPay")["is_success"])
        order = self.market.add_trade(["TEA-001"])
        (first,) = self._consume()
        self.assertEqual(first["topic"], "taobao_trade_TradeBuyerPay")
        self.assertIn(str(order.tid), first["content"])
        self.assertEqual(self._consume(), [])
        self.market.clock.advance(601)
        self.assertEqual(self._consume(), [first])
        self.call("taobao.tmc.messages.confirm", s_message_ids=first["id"], session=None)
        self.market.clock.advance(601)
        self.assertEqual(self._consume(), [])


class ReceiverTest(MarketTest):
    def test_receivers_are_masked_and_decryption_is_counted(self):
        order = self.market.add_trade(["TEA-001"])
        row = self.call.window(self.market)["trades"]["trade"][0]
        self.assertEqual(row["receiver_name"], order.receiver.name[0] + "**")
        self.assertNotIn(order.receiver.address, str(row))
        query = [{"tid": str(order.tid), "oaid": row["oaid"], "scene": "1001"}]
        clear = self.call.body("taobao.top.oaid.decrypt", query_list=json.dumps(query))["receiver_list"]["receiver"][0]
        self.assertEqual((clear["matched"], clear["name"]), (True, order.receiver.name))
        self.market.change_address(order.tid)
        stale = self.call.body("taobao.top.oaid.decrypt", query_list=json.dumps(query))["receiver_list"]["receiver"][0]
        self.assertFalse(stale["matched"])
        self.assertEqual(self.market.shop().decryptions, 2)

    def test_the_handle_needs_the_receiver_fields(self):
        self.market.add_trade(["TEA-001"])
        row = self.call.window(self.market, fields="tid,oaid,receiver_name")["trades"]["trade"][0]
        self.assertNotIn("oaid", row)

    def test_the_window_is_a_day_at_most(self):
        start = self.market.clock.now() - timedelta(days=1, seconds=1)
        error = self.call.window(self.market, start_modified=start)
        self.assertEqual((error["code"], error["sub_code"]), (41, "isv.invalid-parameter:end_modified"))
