"""Real processes at the same thing at the same time, each with a connection of its own.

A runner is an Odoo process that waits for work. All runners of a race begin together, see the database as it was
before any of them began, and keep their transactions open until all did their part or wait for a lock: what can go
wrong at once does. A runner whose transaction could not be serialized repeats it, as Odoo and its job runner do.
"""

import itertools
import json
import subprocess
import tempfile
import time
from pathlib import Path

from hankou.odoo import end
from hankou.say import die_with_parent

PATIENCE = 60
_RUNNER = """
import contextlib, json, pathlib, random, time, traceback
from psycopg2 import errors
from odoo.addons.queue_job.exception import RetryableJobError
from odoo.exceptions import ConcurrencyError

folder, number = pathlib.Path({folder!r}), {number}
LOST = (errors.SerializationFailure, errors.DeadlockDetected, errors.LockNotAvailable)
AGAIN = (RetryableJobError, ConcurrencyError, *LOST)


def meet(place, runners, patience):
    (place.parent / (place.name + "." + str(number))).touch()
    limit = time.monotonic() + patience
    while len(list(place.parent.glob(place.name + ".*"))) < runners and time.monotonic() < limit:
        time.sleep(0.005)


def attempt(work, lane, runners, first):
    env.cr.execute("SELECT 1")  # from here on the transaction sees nothing that others commit
    if first:
        meet(lane / "seen", runners, {patience})
    result = work()
    env.flush_all()
    if first:
        meet(lane / "done", runners, 1.5)
    env.cr.commit()
    return result


def run(lane, task):
    names = {{"env": env, "number": number}}
    with contextlib.ExitStack() as names["stack"]:
        exec(task["source"], names)
        env.cr.commit()
        env.transaction.reset()
        meet(lane / "start", task["runners"], {patience})
        for again in range(50):
            try:
                return {{"result": attempt(names["work"], lane, task["runners"], not again), "repeated": again}}
            except AGAIN:
                env.cr.rollback()
                env.transaction.reset()
                time.sleep(random.uniform(0, 0.2 * task["runners"]))
    raise AssertionError("never came to an end")


def tasks():
    count = 0
    while not (folder / "stop").exists():
        lane = folder / str(count)
        if (lane / "task.json").exists():
            count += 1
            yield lane, json.loads((lane / "task.json").read_text())
        time.sleep(0.02)


(folder / ("ready." + str(number))).touch()
for lane, task in tasks():
    if number < task["runners"]:
        try:
            outcome = run(lane, task)
        except Exception:
            env.cr.rollback()
            env.transaction.reset()
            outcome = {{"error": traceback.format_exc()}}
        (lane / ("draft" + str(number))).write_text(json.dumps(outcome, default=str))
        (lane / ("draft" + str(number))).rename(lane / ("outcome" + str(number)))
"""


class Runners:
    """A pool of processes on one database.

    :param instance: :class:`hankou.odoo.Instance`
    """

    def __init__(self, instance, count):
        self._home = tempfile.TemporaryDirectory()
        self._folder = Path(self._home.name)
        self._lanes = itertools.count()
        self._log = open(self._folder / "log", "w")  # noqa: SIM115 - as long as the processes write to it
        self._processes = [self._start(instance, number) for number in range(count)]
        self._wait(lambda: len(list(self._folder.glob("ready.*"))) == count, "ready")

    def _start(self, instance, number):
        source = self._folder / f"runner{number}.py"
        source.write_text(_RUNNER.format(folder=str(self._folder), number=number, patience=PATIENCE))
        options = ["--no-http", "--log-level=critical", "--shell-interface=python"]
        with open(source, encoding="utf-8") as stream:
            return subprocess.Popen(
                [*instance.command("shell"), *options],
                stdin=stream,
                stdout=self._log,
                stderr=self._log,
                env=instance.environment(),
                start_new_session=True,
                preexec_fn=die_with_parent,
            )

    def race(self, source, runners):
        """Let ``runners`` processes do ``work()`` at once.

        :param source: Python that defines ``work``; it knows ``env``, ``number`` (0, 1, …) and ``stack``, an ExitStack
            that ends with the race
        :return: ``[(what work returned, how often it had to be repeated)]``
        """
        lane = self._folder / str(next(self._lanes))
        lane.mkdir()
        draft = lane / "draft"
        draft.write_text(json.dumps({"source": source, "runners": runners}))
        draft.rename(lane / "task.json")
        self._wait(lambda: len(list(lane.glob("outcome*"))) == runners, source)
        outcomes = [json.loads((lane / f"outcome{number}").read_text()) for number in range(runners)]
        for outcome in outcomes:
            assert "error" not in outcome, outcome["error"]
        return [(outcome["result"], outcome["repeated"]) for outcome in outcomes]

    def ask(self, source):
        """What one process's ``work()`` returns, with nobody beside it."""
        [(result, _repeated)] = self.race(source, 1)
        return result

    def _wait(self, done, what):
        limit = time.monotonic() + 3 * PATIENCE
        while not done():
            alive = all(process.poll() is None for process in self._processes)
            assert alive and time.monotonic() < limit, f"{what}:\n{(self._folder / 'log').read_text()[-3000:]}"
            time.sleep(0.02)

    def stop(self):
        (self._folder / "stop").touch()
        for process in self._processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                end(process)
        self._log.close()
        self._home.cleanup()
