"""What a person at the terminal sees: steps with the time they took, and one sentence when something is wrong."""

import contextlib
import ctypes
import errno
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import deque

_AGAIN = "then run the command again: it goes on where it stopped."
# What a failed program printed, and the sentence for it.
_KNOWN = (
    (
        r"Unable to locate package|Version '\S+' for '\S+' was not found|no installation candidate",
        "The archive no longer has the Odoo version that this suite was tested with: set ODOO_SOURCE to an Odoo 19.0 "
        "source tree, then run the command again.",
    ),
    (r"No space left on device|enough free space", f"The disk is full: free some space, {_AGAIN}"),
    (
        r"Temporary failure (in name resolution|resolving)|Could not resolve|Failed to establish a new connection"
        r"|Network is unreachable|Could not connect to|Unable to connect to|NameResolutionError|Connection refused",
        f"The network (or the server asked) cannot be reached: connect, or correct the proxy settings, {_AGAIN}",
    ),
)


class Failure(Exception):
    """Something a person can put right; the message is one sentence that says what to do."""


def note(text):
    print(text, flush=True)


@contextlib.contextmanager
def step(text):
    """Say what is going on and, at the end, how long it took."""
    started = time.monotonic()
    note(f"• {text} …")
    try:
        yield
    except KeyboardInterrupt:
        note("  interrupted: what was finished before this step stays")
        raise
    note(f"  done in {time.monotonic() - started:.0f} s")


def run(command, *, what, progress=None, **options):
    """Run ``command`` to its end, showing now and then that it is alive; return its last lines.

    :param what: named in the failure's sentence
    :param progress: callable(line) -> text to show for that line, or None
    :raises Failure: the command failed; the lines that say why are shown before
    """
    tail = deque(maxlen=60)
    options = {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.STDOUT,
        "text": True,
        "errors": "replace",
        "preexec_fn": die_with_parent,
        **options,
    }
    with subprocess.Popen(command, **options) as process, heartbeat(), _ended(process):
        for line in process.stdout:
            tail.append(line.rstrip())
            if progress and (text := progress(line)):
                note(f"  {text}")
    if process.returncode:
        shown, sentence = _explained(what, process.returncode, list(tail))
        note("\n".join(f"    {line}" for line in shown))
        raise Failure(sentence)
    return list(tail)


def _explained(what, code, lines):
    """The lines of a failed program worth showing, and the sentence: a known cause needs its own line only."""
    for pattern, sentence in _KNOWN:
        for line in reversed(lines):
            if re.search(pattern, line):
                return [line.strip()], sentence
    return lines, f"{what} failed (exit code {code}): the lines above say why; mend it, {_AGAIN}"


def die_with_parent():
    """For ``preexec_fn``: the kernel ends this child when the command that started it dies, however it dies."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


@contextlib.contextmanager
def _ended(process):
    """End the process when the command is interrupted."""
    try:
        yield
    except BaseException:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        raise


@contextlib.contextmanager
def heartbeat(every=20):
    """Print a sign of life every ``every`` seconds, for steps that are silent for long."""
    stop = threading.Event()
    started = time.monotonic()

    def beat():
        while not stop.wait(every):
            note(f"  … {time.monotonic() - started:.0f} s")

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def need_space(path, gigabytes):
    """Make the folder ``path``.

    :raises Failure: fewer than ``gigabytes`` are free there
    """
    path.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(path).free / 2**30
    if free < gigabytes:
        raise Failure(
            f"The disk of {path} has {free:.1f} GB left and this step needs {gigabytes} GB: free some space, or set "
            "HANKOU_RUNTIME to a folder on another disk, then run the command again."
        )


def main(function):
    """Run a command's ``function``; turn its failures into one sentence and an exit code."""
    # Ctrl-C too: a shell script that starts this in the background would have it ignored
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupted)
    try:
        sys.exit(function() or 0)
    except Failure as problem:
        sys.exit(f"\n✗ {problem}")
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as problem:
        sys.exit(_os_sentence(problem))


def _os_sentence(problem):
    if problem.errno == errno.ENOSPC:
        return f"\n✗ The disk is full ({problem.filename or os.getcwd()}): free some space, {_AGAIN}"
    if problem.errno in (errno.EACCES, errno.EROFS):
        return (
            f"\n✗ {problem.filename} is closed to this user: run the command as the owner of the folder, or set "
            "HANKOU_RUNTIME to a folder of your own."
        )
    raise problem


def _interrupted(_number, _frame):
    raise KeyboardInterrupt
