"""The marketplace's own time: naive datetimes on the GMT+8 wall clock, in whole seconds."""

import threading
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8))
FORMAT = "%Y-%m-%d %H:%M:%S"


def wall():
    """The real time in GMT+8, without an offset marker."""
    return datetime.now(CHINA).replace(tzinfo=None, microsecond=0)


def moment(value):
    """A naive GMT+8 datetime from a datetime (aware ones are converted) or from ISO-like text."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if value.tzinfo:
        value = value.astimezone(CHINA).replace(tzinfo=None)
    return value.replace(microsecond=0)


def epoch_ms(value):
    """Milliseconds since 1970 UTC of a naive GMT+8 datetime."""
    return int(value.replace(tzinfo=CHINA).timestamp() * 1000)


class Clock:
    """Simulated time. It runs along with the wall clock unless frozen, and can be moved at will."""

    def __init__(self):
        self._offset = timedelta()
        self._frozen = None
        self._here = threading.local()

    def now(self):
        override = getattr(self._here, "moment", None)
        return override or self._frozen or wall() + self._offset

    def set(self, value):
        """Continue from ``value``; a frozen clock stays frozen, there."""
        self._offset = moment(value) - wall()
        if self._frozen:
            self._frozen = moment(value)

    def advance(self, seconds=0, **span):
        """Jump ahead, e.g. ``advance(90)`` or ``advance(hours=2)``."""
        self.set(self.now() + timedelta(seconds=seconds, **span))

    def freeze(self, value=None):
        self._frozen = moment(value) if value else self.now()

    def run(self):
        """Let a frozen clock go on from where it stands."""
        stood = self.now()
        self._frozen = None
        self.set(stood)

    @contextmanager
    def at(self, value):
        """Within the block, and in this thread only, it is ``value``: how past events get their times."""
        before = getattr(self._here, "moment", None)
        self._here.moment = moment(value)
        try:
            yield
        finally:
            self._here.moment = before
