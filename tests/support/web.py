"""The browser's side of a test."""

import contextlib
import json
import urllib.request

from .running_odoo import RemoteError

# Headless Chromium says this of a page that is left while it still loads; it is no fault of the page.
_HARMLESS = ("net::ERR_ABORTED", "Failed to load resource: net::ERR_NETWORK_CHANGED")


class Console:
    """What went wrong on a page: errors on its console and uncaught exceptions."""

    def __init__(self, page):
        self.errors = []
        page.on("console", self._message)
        page.on("pageerror", lambda error: self.errors.append(f"uncaught: {error}"))

    def _message(self, message):
        if message.type == "error" and not any(text in message.text for text in _HARMLESS):
            self.errors.append(f"{message.text} ({message.location.get('url', '')})")

    @contextlib.contextmanager
    def expected(self, *texts):
        """Errors within this block that hold one of the texts are part of the test."""
        before = len(self.errors)
        yield
        self.errors[before:] = [error for error in self.errors[before:] if not any(text in error for text in texts)]


class Person:
    """Somebody at the web client, without a browser: his errors come in his own language.

    :param odoo: :class:`RunningOdoo`
    """

    def __init__(self, odoo, user, password=None):
        self.odoo = odoo
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        values = {"db": odoo.database, "login": user, "password": password or user}
        self.context = self._post("/web/session/authenticate", values)["user_context"]

    def call(self, model, method, *positional, **named):
        """As :meth:`RunningOdoo.call`."""
        values = {"model": model, "method": method, "args": positional}
        return self._post("/web/dataset/call_kw", {**values, "kwargs": {"context": self.context, **named}})

    def _post(self, path, params):
        question = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "call", "params": params}).encode()
        request = urllib.request.Request(self.odoo.url + path, question, {"Content-Type": "application/json"})
        with self._opener.open(request, timeout=180) as stream:
            answer = json.load(stream)
        if error := answer.get("error"):
            raise RemoteError(error["data"]["name"], error["data"]["message"])
        return answer.get("result")


def login(page, url, user="admin", password=None):
    """Sign in and wait for the web client."""
    page.goto(f"{url}/web/login")
    page.fill("input[name=login]", user)
    page.fill("input[name=password]", password or user)
    page.click("form.oe_login_form button[type=submit]")
    page.wait_for_selector(".o_web_client .o_navbar, .o_web_client .o_main_navbar", timeout=60_000)
