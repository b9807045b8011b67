"""Locks between commands that run at the same time; the kernel lets go of them when a command ends, however it ends."""

import contextlib
import fcntl
import json
import os

from .paths import RUNTIME
from .say import note

LOCKS = RUNTIME / "locks"


@contextlib.contextmanager
def waiting(name, text):
    """Hold the lock ``name``; say ``text`` when another command holds it and wait for it."""
    with _opened(name) as file:
        if not _taken(file, fcntl.LOCK_EX):
            note(f"• {text} …")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Held:
    """A lock that says who holds it."""

    def __init__(self, name):
        self._path = LOCKS / name
        self._file = None

    def take(self):
        """True, or False when another command holds it."""
        LOCKS.mkdir(parents=True, exist_ok=True)
        self._file = open(self._path, "a+", encoding="utf-8")  # noqa: SIM115 (held until the process ends)
        return _taken(self._file, fcntl.LOCK_EX)

    def write(self, **facts):
        self._file.seek(0)
        self._file.truncate()
        json.dump({"pid": os.getpid(), **facts}, self._file)
        self._file.flush()

    def read(self):
        """What the holder wrote; empty when it had no time to."""
        with contextlib.suppress(OSError, ValueError):
            return json.loads(self._path.read_text())
        return {}


@contextlib.contextmanager
def shared(name, last):
    """Use something together with other commands; the last one to leave calls ``last()``."""
    with _opened(name) as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        try:
            yield file
        finally:
            if _taken(file, fcntl.LOCK_EX):
                last()


@contextlib.contextmanager
def _opened(name):
    LOCKS.mkdir(parents=True, exist_ok=True)
    with open(LOCKS / name, "a+", encoding="utf-8") as file:
        yield file


def _taken(file, kind):
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
