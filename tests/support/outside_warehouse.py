"""A small outside warehouse on this machine: takes deliveries over HTTP, packs them once, sends its results back.

It shares no code with the addon that talks to it (`docs/api.md` is the common source), and it can behave badly: answer
slowly or with an error, act and cut the line before it answers, refuse, send its results twice and out of order.
"""

import hashlib
import hmac
import http.server
import itertools
import json
import random
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections import Counter
from datetime import datetime, timedelta, timezone

APP_KEY, APP_SECRET = "hankou-01", "rehearsal-app-secret"


class OutsideWarehouse:
    """Its shelves, its orders, its door (`url`) and its voice (:meth:`tell`).

    :param stock: ``{sku: pieces}``
    :param troubles: ``{name: probability}`` of ``error``, ``cut`` (after the effect), ``slow``, ``refuse``
    """

    def __init__(self, stock, troubles=None, seed=11):
        self.stock, self.troubles = Counter(stock), troubles or {}
        self.orders = {}  # key: {"version", "lines", "state": asked | packed | back}
        self.packed = Counter()  # key: how often a parcel was packed
        self.nonces, self.forged, self.seen = set(), [], Counter()
        self.answers = Counter()
        self.address = self.secret = None  # where it sends its results, and what signs them
        self._draw, self._lock, self._numbers = random.Random(seed), threading.RLock(), itertools.count(1)
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._door())
        self.place = f"127.0.0.1:{self._server.server_port}"
        self.url = f"http://{self.place}/orders"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error):
        self._server.shutdown()
        self._server.server_close()

    # -- taking deliveries ------------------------------------------------------------------------------------------

    def _door(warehouse):
        class Door(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = warehouse.take(self.headers, body)
                if status is None:  # the line is cut: the other side never hears what became of it
                    self.close_connection = True
                    self.connection.close()
                    return
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_args):
                pass

        return Door

    def take(self, headers, body):
        """``(HTTP status or None for a cut line, answer)``"""
        with self._lock:
            if problem := self._is_forged(headers, body):
                self.forged.append(problem)
                return 401, {"result": "refused", "message": problem}
            message = json.loads(body)
            self.seen[message["type"]] += 1
            trouble = self._trouble() if message["type"] != "ping" else None
        if trouble == "slow":
            time.sleep(0.7)
        if trouble == "error":
            self.answers["error"] += 1
            return 500, {}
        with self._lock:
            answer = self._act(message, refuse=trouble == "refuse")
        self.answers["cut" if trouble == "cut" else answer["result"]] += 1
        return (None, None) if trouble == "cut" else (200, answer)

    def _is_forged(self, headers, body):
        stamp, nonce = headers.get("X-Hankou-Timestamp", ""), headers.get("X-Hankou-Nonce", "")
        wanted = hmac.new(APP_SECRET.encode(), f"{stamp}.{nonce}.".encode() + body, hashlib.sha256).hexdigest()
        if headers.get("X-Hankou-App") != APP_KEY or not hmac.compare_digest(
            wanted, headers.get("X-Hankou-Signature", "")
        ):
            return "signature"
        if abs(time.time() - float(stamp)) > 300:
            return "timestamp"
        if nonce in self.nonces:
            return "nonce"
        self.nonces.add(nonce)
        return ""

    def _trouble(self):
        draw = self._draw.random()
        for name, probability in self.troubles.items():
            if draw < probability:
                return name
            draw -= probability
        return None

    def _act(self, message, refuse=False):
        """What is asked under a key is done for its highest version only."""
        if message["type"] == "ping":
            return {"result": "ok"}
        known = self.orders.get(message["key"])
        if known and known["state"] == "packed" and message["version"] > known["version"]:
            return {"result": "refused", "code": "PACKED", "message": "已打包"}
        if known and message["version"] <= known["version"]:
            return {"result": "ok", "ref": known["ref"]}
        if refuse:
            return {"result": "refused", "code": "BUSY", "message": "暂不接单"}
        ref = known["ref"] if known else f"OW{next(self._numbers):05}"
        state = "back" if message["type"] == "cancel" else "asked"
        lines = {line["sku"]: float(line["quantity"]) for line in message.get("lines", [])}
        self.orders[message["key"]] = {"version": message["version"], "lines": lines, "state": state, "ref": ref}
        return {"result": "ok", "ref": ref}

    # -- packing and telling ----------------------------------------------------------------------------------------

    def pack(self):
        """Pack everything that is asked for; return the messages about it, in the order of what happened."""
        messages = []
        with self._lock:
            for key, order in self.orders.items():
                if order["state"] != "asked":
                    continue
                order["state"] = "packed"
                self.packed[key] += 1
                self.stock.subtract(order["lines"])
                order["tracking"] = f"SF{next(self._numbers):08}"
                lines = [{"sku": sku, "quantity": quantity} for sku, quantity in order["lines"].items()]
                about = {"key": key, "carrier": "SF", "tracking": order["tracking"], "lines": lines}
                messages += [self._message("accepted", key=key), self._message("shipped", **about)]
        return messages

    def snapshot(self):
        """A message with everything on the shelves."""
        lines = [{"sku": sku, "quantity": pieces} for sku, pieces in sorted(self.stock.items())]
        return self._message("stock", full=True, lines=lines)

    def _message(self, kind, **facts):
        number = next(self._numbers)
        moment = datetime.now(timezone.utc) + timedelta(milliseconds=number)
        return {"id": f"r{number}", "type": kind, "at": moment.isoformat(), **facts}

    def tell(self, messages, badly=False):
        """Send messages; ``badly``: twice, one by one or together, and in any order. Return the answers' states."""
        if badly:
            messages = [*messages, *messages]
            self._draw.shuffle(messages)
        states = Counter()
        while messages:
            size = self._draw.randint(1, 9) if badly else 100
            states.update(each["state"] for each in self._call({"messages": messages[:size]})["messages"])
            messages = messages[size:]
        return states

    def _call(self, value):
        body, stamp, nonce = json.dumps(value).encode(), str(int(time.time())), uuid.uuid4().hex
        sign = hmac.new(self.secret.encode(), f"{stamp}.{nonce}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-Hankou-Timestamp": stamp,
            "X-Hankou-Nonce": nonce,
            "X-Hankou-Signature": sign,
        }
        with urllib.request.urlopen(urllib.request.Request(self.address, body, headers), timeout=120) as answer:
            return json.load(answer)
