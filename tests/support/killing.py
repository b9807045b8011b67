"""A whole installation (PostgreSQL, web workers, job runner) whose parts a test kills as a power cut would."""

import contextlib
import os
import re
import signal
import subprocess
import time

from hankou.odoo import Instance
from hankou.postgres import Cluster, psql
from hankou.say import Failure

from .running_odoo import RunningOdoo, free_port

ALIVE = re.compile(r"Worker WorkerJobRunner \((\d+)\) alive")


class Installation(RunningOdoo):
    """A server with worker processes on a PostgreSQL of its own.

    :param template: :class:`hankou.odoo.Instance`, whose database is copied
    """

    def __init__(self, template, purpose):
        self.cluster = Cluster(f"test-{purpose}", unsafe=True)
        self._copy(template, self.cluster.start(), purpose)
        super().__init__(Instance(self.cluster.start(), purpose))
        self.instance.data = template.data
        self.log.unlink(missing_ok=True)

    def _copy(self, template, server, name):
        """The template's database in the other PostgreSQL, by dump and restore."""
        programs = self.cluster.binaries
        psql(server, f'DROP DATABASE IF EXISTS "{name}"')
        psql(server, f'CREATE DATABASE "{name}"')
        dump = [programs / "pg_dump", "--format=custom", "--compress=0", "--no-owner", template.database]
        restore = [programs / "pg_restore", "--no-owner", "--dbname", name]
        with subprocess.Popen(dump, stdout=subprocess.PIPE, env=template.server.environment()) as dumping:
            subprocess.run(restore, stdin=dumping.stdout, env=server.environment(), check=True)
        assert not dumping.returncode, "the template could not be dumped"

    def start(self, *options, environment=None):
        self.instance.port = free_port()
        with open(self.log, "a", encoding="utf-8") as log:
            self._process = self.instance.serve("--workers=2", *options, log=log, environment=environment)
        self.instance.wait_until_ready(self._process)
        return self

    def stop(self):
        super().stop()
        self.cluster.remove()

    # -- killing ----------------------------------------------------------------------------------------------------

    def kill_server(self):
        """The server with all its workers; then it is started again."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self.start()

    def kill_runner(self):
        """The process that hands out the jobs; its master starts another by itself."""
        self.revive()
        before = self._runner_lines()
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(before[-1]), signal.SIGKILL)
        _until(
            lambda: self._process.poll() is not None or len(self._runner_lines()) > len(before), "another job runner"
        )

    def kill_postgres(self):
        """The database server's first process; the others notice and go.

        Odoo's first process ends when its database is away as it looks after its workers; then whoever keeps services
        running (Docker, systemd) starts it again, and so does this.
        """
        pid = int((self.cluster.data / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        _until(lambda: not _exists(pid), "the end of PostgreSQL")
        _until(self._postgres_starts, "PostgreSQL's recovery")
        time.sleep(1)
        self.revive()

    def revive(self):
        """Start the server again if it ended by itself."""
        if self._process.poll() is not None:
            self.start()

    def _postgres_starts(self):
        with contextlib.suppress(Failure):  # its other processes may still be on their way out
            self.cluster.start(preferred_port=self.instance.server.port)
            return True
        return False

    def _runner_lines(self):
        return ALIVE.findall(self.log.read_text(errors="replace")) if self.log.exists() else []


def _exists(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with contextlib.suppress(OSError), open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
        return stat.read().rpartition(")")[2].split()[0] != "Z"
    return False


def _until(look, what, seconds=60):
    limit = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < limit, f"{what} did not happen within {seconds} s"
        time.sleep(0.1)
