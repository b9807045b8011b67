"""A minimal caller for these tests: signs and posts, nothing else."""

import hashlib
import http.client
import json
import unittest
from datetime import datetime, timedelta, timezone
from urllib.parse import urlencode, urlsplit

from tests.marketplace import Marketplace
from tests.marketplace.scenarios import DEMO_SHOP

FIELDS = (
    "tid,status,type,payment,total_fee,discount_fee,post_fee,adjust_fee,num,created,modified,pay_time,"
    "receiver_name,receiver_address,receiver_mobile,receiver_phone,oaid,orders"
)


def beijing(shift=0):
    now = datetime.now(timezone(timedelta(hours=8))) + timedelta(seconds=shift)
    return now.strftime("%Y-%m-%d %H:%M:%S")


class Caller:
    """``caller(method, **params)`` gives the parsed answer; a parameter set to None is left out."""

    def __init__(self, market, secret=DEMO_SHOP["app_secret"], **public):
        self._address, self._secret = urlsplit(market.url).netloc, secret
        self._public = {"app_key": DEMO_SHOP["app_key"], "session": DEMO_SHOP["session"], **public}

    def raw(self, api, verb="POST", **params):
        """``(HTTP status, content type, body bytes)``."""
        fields = {
            "method": api,
            "timestamp": beijing(),
            "format": "json",
            "v": "2.0",
            "sign_method": "md5",
            **self._public,
            **params,
        }
        fields = {name: str(value) for name, value in fields.items() if value is not None}
        text = "".join(f"{name}{fields[name]}" for name in sorted(fields))
        fields.setdefault("sign", hashlib.md5(f"{self._secret}{text}{self._secret}".encode()).hexdigest().upper())
        form = urlencode({name: value for name, value in fields.items() if value})
        return request(self._address, verb, "/router/rest", form)

    def __call__(self, api, **params):
        return json.loads(self.raw(api, **params)[2])

    def body(self, api, **params):
        """What is inside the response envelope."""
        answer = self(api, **params)
        return next(iter(answer.values()))

    def error(self, api, **params):
        """``(code, sub_code)`` of the refusal, or None."""
        error = self(api, **params).get("error_response")
        return error and (error["code"], error.get("sub_code"))

    def window(self, market, **params):
        """The increment list over the last day of the market's clock."""
        now = market.clock.now()
        window = {"start_modified": now - timedelta(days=1), "end_modified": now, "fields": FIELDS}
        return self.body("taobao.trades.sold.increment.get", **{**window, **params})


def request(address, verb, path, body=None, headers=()):
    connection = http.client.HTTPConnection(address, timeout=10)
    kind = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    try:
        connection.request(
            verb,
            f"{path}?{body}" if verb == "GET" and body else path,
            body if verb == "POST" else None,
            {**kind, **dict(headers)},
        )
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Type"), answer.read()
    finally:
        connection.close()


class MarketTest(unittest.TestCase):
    """A fresh marketplace with one empty shop, and a caller who knows its keys."""

    def setUp(self):
        self.market = Marketplace().start()
        self.addCleanup(self.market.stop)
        self.call = Caller(self.market)
