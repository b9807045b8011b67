"""Group robots of WeCom, DingTalk and Feishu: what is posted to them and what their answers mean.

Sources: the robots' public developer pages ("group robot" / "custom bot"). All three take a JSON body over HTTPS and
answer HTTP 200 with a code inside; a robot that is asked too often refuses for a while, which is not an error.
"""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from urllib.parse import quote

from . import address

# What each robot calls "too often": (code, seconds until it listens again).
BUSY = {
    "wecom": {45009: 60, 45033: 60, -1: 30},
    "dingtalk": {130101: 600, 410100: 600, -1: 30},
    "feishu": {11232: 60, 9499: 60, 11233: 60},
}
HOSTS = {
    "wecom": {"qyapi.weixin.qq.com"},
    "dingtalk": {"oapi.dingtalk.com", "api.dingtalk.com"},
    "feishu": {"open.feishu.cn", "open.larksuite.com"},
}
# Bytes of text that each takes in one message, with room for the frame around it.
LONGEST = {"wecom": 1900, "dingtalk": 18000, "feishu": 18000}


class Busy(Exception):
    """The robot will take the same message after ``after`` seconds."""

    def __init__(self, message, after):
        super().__init__(message)
        self.after = after


class Refused(Exception):
    """The robot will not take this message: its address or its secret is wrong; a person has to act."""


@dataclass(frozen=True)
class Call:
    """One HTTP POST: address, and the body as bytes of JSON."""

    url: str
    body: bytes


def address_problem(kind, url, also=()):
    """Why ``url`` can't be a robot of that kind: ``"scheme"``, ``"host"``, or ``""`` when it can.

    :param also: further ``host[:port]`` that the server's administrator allows (a company's own gateway, a rehearsal);
        only these may be plain http
    """
    return address.problem(url, HOSTS[kind], also)


def room(kind, title, link=""):
    """Bytes of UTF-8 that the text beside this title and link may have."""
    return LONGEST[kind] - len(title.encode()) - len(link.encode()) - 10


def call(kind, url, secret, title, text, now, link=""):
    """The POST that says ``title`` and ``text`` in the group.

    :param secret: the robot's signing secret, or ``""`` (WeCom has none: the key in its address is the secret)
    :param now: seconds since 1970
    :param link: an address that stands below the text
    :rtype: Call
    """
    text = "\n".join(filter(None, (shortened(text, room(kind, title, link)), link)))
    return globals()[f"_{kind}"](url, secret, title, text, now)


def understand(kind, status, body):
    """Return when the robot took the message.

    :raises Busy: later (too often, or the service has trouble)
    :raises Refused: never, as things are
    """
    if status == 429 or status >= 500:
        raise Busy(f"HTTP {status}", 60)
    if status >= 400:
        raise Refused(f"HTTP {status}")
    try:
        answer = json.loads(body)
        code = answer.get("errcode", answer.get("code", answer.get("StatusCode")))
        code = int(code)
    except (ValueError, TypeError, AttributeError):
        raise Busy("an answer that is no JSON", 60) from None
    if not code:
        return
    words = f"{answer.get('errmsg') or answer.get('msg') or ''} ({code})".strip()
    if code in BUSY[kind]:
        raise Busy(words, BUSY[kind][code])
    raise Refused(words)


def shortened(text, size):
    """``text`` cut to at most ``size`` bytes of UTF-8 at a character, with an ellipsis when something was cut."""
    raw = text.encode()
    if len(raw) <= size:
        return text
    return raw[: max(size - 3, 0)].decode(errors="ignore") + "…"


def _wecom(url, secret, title, text, now):
    return Call(url, _json({"msgtype": "text", "text": {"content": f"{title}\n{text}".strip()}}))


def _dingtalk(url, secret, title, text, now):
    if secret:
        stamp = str(int(now * 1000))
        sign = _mac(secret.encode(), f"{stamp}\n{secret}".encode())
        url += f"{'&' if '?' in url else '?'}timestamp={stamp}&sign={quote(sign, safe='')}"
    lines = "\n\n".join(f"[{line}]({line})" if line.startswith("http") else line for line in text.splitlines())
    return Call(url, _json({"msgtype": "markdown", "markdown": {"title": title, "text": f"#### {title}\n\n{lines}"}}))


def _feishu(url, secret, title, text, now):
    body = {"msg_type": "text", "content": {"text": f"{title}\n{text}".strip()}}
    if secret:
        stamp = str(int(now))
        # this robot's own way: the text to be signed is the key, and nothing is signed with it
        body = {"timestamp": stamp, "sign": _mac(f"{stamp}\n{secret}".encode(), b""), **body}
    return Call(url, _json(body))


def _mac(key, text):
    return base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()


def _json(value):
    return json.dumps(value, ensure_ascii=False).encode()
