"""``POST /router/rest``: the checks in front of every method, and the platform's bad days."""

import itertools
import json
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace

from ...clock import FORMAT, wall
from ...server import Response
from ...shop import Refusal
from . import auth, goods, logistics, messages, refunds, trades
from .wire import Args, TopError, business, invalid, response_key, sign, simplified, stringified, xml_error

METHODS = {
    **trades.METHODS,
    **refunds.METHODS,
    **logistics.METHODS,
    **goods.METHODS,
    **messages.METHODS,
    **auth.METHODS,
}
NO_SESSION = {*messages.APP_METHODS, *auth.APP_METHODS}
TOLERANCE = timedelta(minutes=10)
ISP_CODES = (
    "isp.top-remote-connection-timeout",
    "isp.top-remote-service-unavailable",
    "isp.top-remote-unknown-error",
    "isp.remote-connection-error",
    "isp.unknown-error",
)


@dataclass
class Call:
    """One call on its way through the gateway. ``shop`` is None until, or unless, a session names it."""

    market: object
    state: object
    method: str
    params: dict
    shops: list
    shop: object = None
    effect: bool = False
    args: Args = field(init=False)

    def __post_init__(self):
        self.args = Args(self.params)

    @property
    def now(self):
        return self.market.clock.now()

    def fires(self, fault):
        return self.market.faults.fires(fault, self.shop.name if self.shop else None, self.method)


class Taobao:
    """The platform: its gateway and OAuth pages. ``state`` holds what only Taobao's own methods know."""

    def __init__(self, market):
        self._market = market
        self._numbers = itertools.count(1)
        self.reset()

    def reset(self):
        self._state = SimpleNamespace(mailboxes={}, banned={}, isp=itertools.cycle(ISP_CODES))

    def routes(self):
        return {"/router/rest": self._gateway, "/authorize": self._authorize, "/token": self._token}

    def shops(self, app_key):
        """The shops that authorised the application; all share its secret."""
        with self._market.lock:
            return [
                shop for shop in self._market.shops.values() if shop.platform == "taobao" and shop.app_key == app_key
            ]

    # -- the gateway ----------------------------------------------------------------------------------------------

    def _gateway(self, request):
        started = time.perf_counter()
        params = request.form() if request.verb == "POST" else request.arguments()
        call = Call(
            self._market, self._state, params.get("method", "").strip(), params, self.shops(params.get("app_key", ""))
        )
        call.shop = next((shop for shop in call.shops if shop.session == params.get("session")), None)
        response, outcome = self._broken_before(call) or self._respond(call, request.verb)
        if not response.broken and response.status == 200:
            response, outcome = self._broken_after(call, response, outcome)
        self._market.log(
            call.shop.name if call.shop else "",
            call.method if call.method in METHODS else "?",
            outcome,
            (time.perf_counter() - started) * 1000,
        )
        return response

    def _respond(self, call, verb):
        request_id = f"rehearsal{next(self._numbers):08d}"
        try:
            with self._market.lock:
                body = self._perform(call, verb)
        except TopError as error:
            if call.params.get("format") != "json":
                return Response(xml_error(error, request_id), content_type="text/xml;charset=utf-8"), str(error)
            return self._json(error.body(request_id)), str(error)
        body = {**body, "request_id": request_id}
        if call.params.get("simplify") == "true":
            body = {name: simplified(value) for name, value in body.items()}
        if call.fires("string_ids"):
            body = stringified(body)
        return self._json({response_key(call.method): body}), "ok"

    def _perform(self, call, verb):
        self._check(call, verb)
        self._misbehave(call)
        try:
            body = METHODS[call.method](call)
        except Refusal as refusal:
            raise business("isv.invalid-parameter", str(refusal)) from refusal
        if call.effect and (fault := call.fires("isp_after_effect")):
            raise self._isp(fault)
        return body

    @staticmethod
    def _json(value):
        return Response(
            json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(),
            content_type="text/javascript;charset=utf-8",
        )

    # -- checks, in the order of their codes where nothing else is known --------------------------------------

    def _check(self, call, verb):
        if verb != "POST":
            raise TopError(9, "Http Action Not Allowed")
        if call.params.get("format") != "json":
            raise TopError(23, "Invalid Format", "isv.invalid-format", "演练平台只返回JSON，请传 format=json")
        self._check_method(call)
        self._check_application(call)
        self._check_time(call)
        self._check_sign(call)
        if call.method not in NO_SESSION:
            self._check_session(call)

    def _check_method(self, call):
        if not call.method:
            raise TopError(21, "Missing Method")
        if call.method not in METHODS:
            raise TopError(22, "Invalid Method", "isv.method-not-exist", f"不存在的方法名 {call.method}")

    def _check_application(self, call):
        if not call.args.text("app_key"):
            raise TopError(28, "Missing App Key")
        if not call.shops:
            raise TopError(29, "Invalid App Key", "isv.appkey-not-exists")
        if not call.args.text("v"):
            raise TopError(32, "Missing Version")
        if call.params["v"] != "2.0":
            raise TopError(33, "Invalid Version")

    def _check_time(self, call):
        if not call.args.text("timestamp"):
            raise TopError(30, "Missing Timestamp")
        skew = call.fires("clock_skew")
        now = wall() + timedelta(seconds=skew.options["seconds"] if skew else 0)
        try:
            sent = datetime.strptime(call.params["timestamp"], FORMAT)
        except ValueError:
            raise TopError(31, "Invalid Timestamp", "isv.invalid-timestamp", "时间戳格式错误") from None
        if abs(now - sent) > TOLERANCE:
            raise TopError(31, "Invalid Timestamp", "isv.invalid-timestamp", f"时间戳超出范围，服务器时间 {now}")

    def _check_sign(self, call):
        if not call.args.text("sign"):
            raise TopError(24, "Missing Signature")
        method = call.args.need("sign_method")
        if method not in ("md5", "hmac", "hmac-sha256"):
            raise invalid("sign_method")
        if sign(call.shops[0].app_secret, call.params, method) != call.params["sign"]:
            raise TopError(25, "Invalid Signature", "isv.invalid-signature", "签名错误")

    def _check_session(self, call):
        if not call.args.text("session"):
            raise TopError(26, "Missing Session")
        if not call.shop or call.shop.session_ends <= wall() or call.fires("session_expired"):
            raise TopError(27, "Invalid session", "session-expired", "SessionKey非法")

    # -- misbehaviour ------------------------------------------------------------------------------------------

    def _broken_before(self, call):
        if call.fires("network_down"):
            return Response(broken="drop"), "network_down"
        if fault := call.fires("http_error"):
            return Response(b"<html>Service Unavailable</html>", fault.options["status"], "text/html"), "http_error"
        if fault := call.fires("slow"):
            time.sleep(fault.options["seconds"])
        return None

    def _broken_after(self, call, response, outcome):
        if call.effect and call.fires("answer_lost"):
            return Response(broken="drop"), f"{outcome}, answer_lost"
        if call.fires("cut"):
            return Response(response.body, content_type=response.content_type, broken="cut"), f"{outcome}, cut"
        if call.fires("malformed"):
            return Response(response.body[:-2] + b',,"', content_type=response.content_type), f"{outcome}, malformed"
        return response, outcome

    def _misbehave(self, call):
        key = call.params["app_key"]
        left = self._state.banned.get(key, 0) - time.monotonic()
        if left <= 0 and (fault := call.fires("throttle")):
            left = fault.options["seconds"]
            if fault.options["hold"]:
                self._state.banned[key] = time.monotonic() + left
        if left > 0:
            raise TopError(
                7,
                "App Call Limited",
                "accesscontrol.limited-by-api-access-count",
                f"This ban will last for {max(1, round(left))} more seconds",
            )
        if fault := call.fires("isp_error"):
            raise self._isp(fault)

    def _isp(self, fault):
        return business(fault.options["sub_code"] or next(self._state.isp), "API调用远程连接超时")

    # -- OAuth ------------------------------------------------------------------------------------------------

    def _authorize(self, request):
        """The seller agrees at once: back to ``redirect_uri`` with ``code`` and ``state``."""
        return auth.authorize(self, request)

    def _token(self, request):
        return auth.token(self, request)
