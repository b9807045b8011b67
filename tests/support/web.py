"""The browser's side of a test."""

import contextlib

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


def login(page, url, user="admin", password=None):
    """Sign in and wait for the web client."""
    page.goto(f"{url}/web/login")
    page.fill("input[name=login]", user)
    page.fill("input[name=password]", password or user)
    page.click("form.oe_login_form button[type=submit]")
    page.wait_for_selector(".o_web_client .o_navbar, .o_web_client .o_main_navbar", timeout=60_000)
