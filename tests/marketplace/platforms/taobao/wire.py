"""The envelope: signature, errors, argument parsing, reply shapes."""

import hashlib
import hmac
import json
from datetime import datetime
from xml.sax.saxutils import escape

from ...clock import FORMAT


class TopError(Exception):
    """An ``error_response``."""

    def __init__(self, code, message, sub_code=None, sub_message=None):
        super().__init__(f"{code} {sub_code or message}")
        self.code, self.message, self.sub_code, self.sub_message = code, message, sub_code, sub_message

    def body(self, request_id):
        fields = {
            "code": self.code,
            "msg": self.message,
            "sub_code": self.sub_code,
            "sub_msg": self.sub_message,
            "request_id": request_id,
        }
        return {"error_response": {name: value for name, value in fields.items() if value is not None}}


def missing(name):
    return TopError(40, "Missing required arguments", f"isv.missing-parameter:{name}", f"缺少必要的参数：{name}")


def invalid(name, why=""):
    return TopError(41, "Invalid arguments", f"isv.invalid-parameter:{name}", why or f"参数{name}不合法")


def business(sub_code, sub_message):
    return TopError(15, "Remote service error", sub_code, sub_message)


def sign(secret, params, method):
    """Upper-case hex signature of the parameters; ``sign`` itself and blank ones stay out."""
    text = "".join(
        name + params[name] for name in sorted(params) if name != "sign" and name.strip() and params[name].strip()
    )
    if method == "md5":
        return hashlib.md5(f"{secret}{text}{secret}".encode()).hexdigest().upper()
    digest = {"hmac": "md5", "hmac-sha256": "sha256"}[method]
    return hmac.new(secret.encode(), text.encode(), digest).hexdigest().upper()


class Args:
    """A call's parameters, parsed on demand; what is missing or wrong answers 40 or 41."""

    def __init__(self, params):
        self._params = params

    def text(self, name, default=None):
        return self._params.get(name, "").strip() or default

    def need(self, name):
        if (value := self.text(name)) is None:
            raise missing(name)
        return value

    def number(self, name, default=None, low=None, high=None):
        """An integer within the bounds; ``default`` None makes it required."""
        text = self.need(name) if default is None else self.text(name, str(default))
        try:
            value = int(text)
        except ValueError:
            raise invalid(name) from None
        if (low is not None and value < low) or (high is not None and value > high):
            raise invalid(name, f"{name} 取值范围 {low}-{high}")
        return value

    def flag(self, name):
        return self.text(name, "false").lower() in ("true", "1")

    def moment(self, name, required=False):
        text = self.need(name) if required else self.text(name)
        try:
            return text and datetime.strptime(text, FORMAT)
        except ValueError:
            raise invalid(name, f"{name} 格式应为 yyyy-MM-dd HH:mm:ss") from None

    def fields(self):
        return [name.strip() for name in self.need("fields").split(",") if name.strip()]

    def numbers(self, name, most=None):
        """A comma list of integers; empty when the parameter is."""
        try:
            values = [int(part) for part in self.text(name, "").split(",") if part.strip()]
        except ValueError:
            raise invalid(name) from None
        if most and len(values) > most:
            raise invalid(name, f"{name} 最多 {most} 个")
        return values

    def json(self, name, kind, default=None):
        """A parameter holding JSON text of the given type."""
        if default is not None and self.text(name) is None:
            return default
        try:
            value = json.loads(self.need(name))
        except ValueError:
            value = None
        if not isinstance(value, kind):
            raise invalid(name)
        return value


def pick(record, fields):
    """The requested fields that have a value; ``orders.oid`` asks for parts of the rows in ``orders``."""
    result = {name: value for name, value in record.items() if name in fields and value is not None}
    for outer in {name.partition(".")[0] for name in fields if "." in name} - result.keys():
        wrapper = record.get(outer)
        if wrapper:
            inner = [name.partition(".")[2] for name in fields if name.startswith(f"{outer}.")]
            result[outer] = {one: [pick(row, inner) for row in rows] for one, rows in wrapper.items()}
    return result


def rows(name, singular, items):
    """``{"trades": {"trade": [...]}}``, or nothing at all for an empty list."""
    return {name: {singular: items}} if items else {}


def simplified(value):
    """Without the singular wrapper around arrays."""
    if isinstance(value, list):
        return [simplified(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and isinstance(only := next(iter(value.values())), list):
        return simplified(only)
    return {name: simplified(item) for name, item in value.items()}


def stringified(value):
    """With ids as text, as some replies of the platform have them."""
    ids = ("tid", "oid", "num_iid", "id")
    if isinstance(value, list):
        return [stringified(item) for item in value]
    if isinstance(value, dict):
        return {
            name: str(item) if name in ids and isinstance(item, int) else stringified(item)
            for name, item in value.items()
        }
    return value


def response_key(method):
    return method.removeprefix("taobao.").replace(".", "_") + "_response"


def xml_error(error, request_id):
    """What a caller gets who forgot ``format=json``: readable enough to see the mistake."""
    inner = "".join(
        f"<{name}>{escape(str(value))}</{name}>" for name, value in error.body(request_id)["error_response"].items()
    )
    return f'<?xml version="1.0" encoding="utf-8" ?><error_response>{inner}</error_response>'.encode()
