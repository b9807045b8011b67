"""Group robots: what is posted, and what their answers mean."""

import json
import unittest
from urllib.parse import parse_qs, urlsplit

from odoo.addons.merchant_base.core import robot

WECOM = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k"
DINGTALK = "https://oapi.dingtalk.com/robot/send?access_token=t"
FEISHU = "https://open.feishu.cn/open-apis/bot/v2/hook/h"


class TestCall(unittest.TestCase):
    def test_wecom_gets_plain_text_at_the_address_as_it_is(self):
        call = robot.call("wecom", WECOM, "", "断货", "龙井 0 件", 1763700000)
        self.assertEqual(call.url, WECOM)
        self.assertEqual(json.loads(call.body), {"msgtype": "text", "text": {"content": "断货\n龙井 0 件"}})

    def test_dingtalk_is_signed_over_time_and_secret_in_the_address(self):
        call = robot.call("dingtalk", DINGTALK, "SECabc", "t", "x", 1763700000)
        query = parse_qs(urlsplit(call.url).query)
        self.assertEqual(query["access_token"], ["t"])
        self.assertEqual(query["timestamp"], ["1763700000000"])
        # independent: printf '1763700000000\nSECabc' | openssl dgst -sha256 -hmac SECabc -binary | base64
        self.assertEqual(query["sign"], ["Cj2daz21AAfkLSumohRyLUd8obndYobg7gr6PDm8rnA="])

    def test_feishu_is_signed_in_the_body_with_the_text_as_key(self):
        body = json.loads(robot.call("feishu", FEISHU, "abc", "t", "x", 1763700000).body)
        self.assertEqual(body["timestamp"], "1763700000")
        # independent: openssl dgst -sha256 -mac HMAC -macopt hexkey:(hex of "1763700000\nabc") over nothing
        self.assertEqual(body["sign"], "pW+NRkx8Ij5U64HNiRu9RpK6N4IcgRLd0TiODhxztBo=")

    def test_without_a_secret_nothing_is_signed(self):
        self.assertEqual(robot.call("dingtalk", DINGTALK, "", "t", "x", 1).url, DINGTALK)
        self.assertNotIn("sign", json.loads(robot.call("feishu", FEISHU, "", "t", "x", 1).body))

    def test_a_link_stands_below_whatever_the_text(self):
        link = "https://shop.example/odoo/merchant.stock.alert/7"
        for kind, url in (("wecom", WECOM), ("dingtalk", DINGTALK), ("feishu", FEISHU)):
            for text in ("", "x", "库" * 20000):
                body = json.loads(robot.call(kind, url, "", "标题", text, 1, link).body)
                said = [*body.get("text", body.get("markdown", body.get("content"))).values()][-1]
                self.assertEqual(said.splitlines()[-1], f"[{link}]({link})" if kind == "dingtalk" else link)
                self.assertLessEqual(len(said.encode()), robot.LONGEST[kind] + 200)

    def test_a_long_text_is_cut_at_a_character_and_fits(self):
        for kind, url in (("wecom", WECOM), ("dingtalk", DINGTALK), ("feishu", FEISHU)):
            body = json.loads(robot.call(kind, url, "", "标题", "库" * 20000, 1).body)
            text = json.dumps(body, ensure_ascii=False)
            self.assertIn("库…", text)
            self.assertLessEqual(len(text.encode()), robot.LONGEST[kind] + 200)


class TestUnderstand(unittest.TestCase):
    def test_zero_is_taken_whatever_the_field_is_called(self):
        robot.understand("wecom", 200, b'{"errcode":0,"errmsg":"ok"}')
        robot.understand("dingtalk", 200, b'{"errcode":0,"errmsg":"ok"}')
        robot.understand("feishu", 200, b'{"code":0,"msg":"success"}')
        robot.understand("feishu", 200, b'{"StatusCode":0,"StatusMessage":"success"}')

    def test_too_often_and_broken_servers_are_asked_again(self):
        for kind, status, body, after in (
            ("wecom", 200, b'{"errcode":45009,"errmsg":"api freq out of limit"}', 60),
            ("dingtalk", 200, b'{"errcode":130101,"errmsg":"send too fast"}', 600),
            ("feishu", 200, b'{"code":11232,"msg":"frequency limited"}', 60),
            ("wecom", 500, b"", 60),
            ("feishu", 429, b"", 60),
            ("dingtalk", 200, b"<html>", 60),
            ("dingtalk", 200, b"[]", 60),
        ):
            with self.assertRaises(robot.Busy) as caught:
                robot.understand(kind, status, body)
            self.assertEqual(caught.exception.after, after)

    def test_a_wrong_key_or_signature_needs_a_person(self):
        for kind, status, body, words in (
            ("wecom", 200, b'{"errcode":93000,"errmsg":"invalid webhook url"}', "invalid webhook url (93000)"),
            ("dingtalk", 200, b'{"errcode":310000,"errmsg":"sign not match"}', "sign not match (310000)"),
            ("feishu", 200, b'{"code":19021,"msg":"sign match fail"}', "sign match fail (19021)"),
            ("wecom", 404, b"", "HTTP 404"),
        ):
            with self.assertRaises(robot.Refused) as caught:
                robot.understand(kind, status, body)
            self.assertEqual(str(caught.exception), words)


class TestAddress(unittest.TestCase):
    def test_only_the_robots_own_hosts_over_https(self):
        self.assertEqual(robot.address_problem("wecom", WECOM), "")
        for url, problem in (
            ("", "scheme"),
            ("http://qyapi.weixin.qq.com/x", "scheme"),
            ("https://169.254.169.254/latest", "host"),
            ("https://127.0.0.1:8069/", "host"),
            ("https://user@qyapi.weixin.qq.com/", "host"),
            ("https://qyapi.weixin.qq.com.evil.example/", "host"),
            ("https://qyapi.weixin.qq.com:99999/", "host"),
            ("file:///etc/passwd", "scheme"),
        ):
            self.assertEqual(robot.address_problem("wecom", url), problem, url)

    def test_the_administrator_may_allow_another_host(self):
        self.assertEqual(robot.address_problem("wecom", "http://127.0.0.1:9/x", also={"127.0.0.1:9"}), "")
        self.assertEqual(robot.address_problem("wecom", "http://127.0.0.1:8/x", also={"127.0.0.1:9"}), "scheme")
