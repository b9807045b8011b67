"""A real Odoo server on a database of its own, and ways to talk to it."""

import contextlib
import itertools
import json
import socket
import urllib.error
import urllib.request

from hankou.odoo import end
from hankou.paths import RUNTIME

LOGS = RUNTIME / "logs"
QUIET = "--log-handler=odoo.addons.rpc.controllers:ERROR"  # each call would say that JSON-RPC is to be replaced


class RemoteError(Exception):
    """Odoo answered with an error; ``name`` is the exception's class there."""

    def __init__(self, name, message):
        super().__init__(f"{name}: {message}")
        self.name, self.message = name, message


class RunningOdoo:
    """A server that is started, stopped, killed and asked by a test.

    :param instance: :class:`hankou.odoo.Instance`
    """

    def __init__(self, instance):
        self.instance = instance
        self.database = instance.database
        LOGS.mkdir(parents=True, exist_ok=True)
        self.log = LOGS / f"{instance.database}.log"
        self._process = None
        self._numbers = itertools.count(1)
        self._users = {}

    @property
    def url(self):
        return self.instance.url()

    def start(self, *options, environment=None):
        """Start and wait until it answers; the job runner runs with it."""
        self.instance.port = free_port()
        with open(self.log, "a", encoding="utf-8") as log:
            self._process = self.instance.serve("--workers=0", QUIET, *options, log=log, environment=environment)
        self.instance.wait_until_ready(self._process)
        return self

    def stop(self):
        if self._process:
            end(self._process)

    def kill(self):
        """As a power cut: no time to say goodbye."""
        self._process.kill()
        self._process.wait()

    def shell(self, source):
        """Run Python with ``env`` in a process beside the server, commit, and return what it printed."""
        return self.instance.shell(source)

    def call(self, model, method, *positional, user="admin", password="admin", **named):
        """Call a public method as a user, by JSON-RPC.

        :raises RemoteError: Odoo answered with an error
        """
        if (user, password) not in self._users:  # checking a password costs Odoo a third of a second
            number = self._jsonrpc("common", "authenticate", self.database, user, password, {})
            if not number:
                raise RemoteError("AccessDenied", f"{user} may not sign in")
            self._users[user, password] = number
        number = self._users[user, password]
        return self._jsonrpc("object", "execute_kw", self.database, number, password, model, method, positional, named)

    def _jsonrpc(self, service, method, *arguments):
        question = {"jsonrpc": "2.0", "id": next(self._numbers), "method": "call"}
        question["params"] = {"service": service, "method": method, "args": arguments}
        answer = self._post("/jsonrpc", question)
        if error := answer.get("error"):
            raise RemoteError(error["data"]["name"], error["data"]["message"])
        return answer.get("result")

    def json2(self, model, method, key, **named):
        """``POST /json/2/<model>/<method>`` with an API key.

        :raises RemoteError: Odoo answered with an error
        """
        headers = {"Authorization": f"Bearer {key}", "X-Odoo-Database": self.database}
        return self._post(f"/json/2/{model}/{method}", named, headers)

    def _post(self, path, body, headers=None):
        headers = {"Content-Type": "application/json", **(headers or {})}
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=180) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as problem:
            with contextlib.suppress(ValueError, KeyError):
                error = json.load(problem)
                raise RemoteError(error["name"], error["message"]) from None
            raise

    def log_tail(self, lines=60):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
