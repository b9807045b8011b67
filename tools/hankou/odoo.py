"""Odoo's server and its databases, run from the project's virtual environment."""

import contextlib
import hashlib
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request

from . import odoo_tree
from .paths import ADDONS, PYTHON, ROOT, RUNTIME, with_dependencies
from .postgres import psql
from .say import Failure, die_with_parent, heartbeat, note, run, step

RUN = ROOT / "tools" / "run_odoo.py"
CONFIG = ROOT / "config" / "odoo.conf"
SUITE = os.environ.get("HANKOU_SUITE", "merchant_suite").split(",")
_COMPLAINT = re.compile(r"[\d-]+ [\d:,]+ \d+ (WARNING|ERROR|CRITICAL) ")
_LOADING = re.compile(r"Loading module (\S+) \((\d+)/(\d+)\)")


class Instance:
    """One database and how to run Odoo on it.

    :param server: :class:`hankou.postgres.Server`
    :param database: its name
    :param port: HTTP port
    """

    def __init__(self, server, database, port=8069):
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,50}", database):
            raise Failure(f"{database!r} is no name for a database: use letters, digits, - and _.")
        self.server, self.database, self.port = server, database, port
        self.data = RUNTIME / "data"

    # -- database ---------------------------------------------------------------------------------------------------

    def exists(self):
        # the name's characters were checked when this object was made
        return bool(psql(self.server, f"SELECT 1 FROM pg_database WHERE datname = '{self.database}'"))  # noqa: S608

    def drop(self):
        self._drop_database()
        shutil.rmtree(self.data / "filestore" / self.database, ignore_errors=True)
        self._stamp().unlink(missing_ok=True)

    def _drop_database(self):
        """Autovacuum belongs to PostgreSQL's own role: only a drop without force gets it to leave."""
        statement = f'DROP DATABASE IF EXISTS "{self.database}"'
        try:
            psql(self.server, f"{statement} WITH (FORCE)")
        except Failure:
            psql(self.server, statement)

    def clone_to(self, name):
        """A copy under another name, as PostgreSQL copies files: seconds, not minutes."""
        copy = Instance(self.server, name, self.port)
        copy.drop()
        psql(self.server, f'CREATE DATABASE "{name}" TEMPLATE "{self.database}"')
        files = self.data / "filestore" / self.database
        if files.exists():
            shutil.copytree(files, self.data / "filestore" / name, symlinks=True)
        return copy

    def rename_to(self, name):
        psql(self.server, f'ALTER DATABASE "{self.database}" RENAME TO "{name}"')
        renamed = Instance(self.server, name, self.port)
        old, new = self.data / "filestore" / self.database, self.data / "filestore" / name
        if old.exists():
            shutil.rmtree(new, ignore_errors=True)
            old.rename(new)
        return renamed

    def install(self, modules, languages="zh_CN"):
        """Install modules with translations into the database, which is created when missing.

        :return: the warnings and errors that Odoo logged meanwhile
        """
        return self._maintain(
            "-i", ",".join(modules), f"--load-language={languages}", what=f"Installing {', '.join(modules)}"
        )

    def prepare(self, modules=None, finish=None):
        """Have a database with the suite as it is in the source now.

        A new one is made under another name and renamed when complete, so that an interruption leaves nothing half
        done; an older one gets the addons updated whose files changed since.

        :param modules: what to install; the suite by default
        :param finish: Python source run by ``odoo shell`` before a new database is complete
        """
        modules = modules or SUITE
        marks = {name: _digest(ADDONS / name) for name in with_dependencies(modules)}
        if self.exists():
            self._update(modules, marks)
        else:
            with step(f"Database {self.database}: Odoo and the suite, in Chinese and English (a few minutes)"):
                self._create(modules, finish)
                self._remember(marks)

    def _create(self, modules, finish):
        draft = Instance(self.server, f"{self.database}-new", self.port)
        draft.drop()
        draft.install(modules)
        if finish:
            note("  the company, and with the demo its first day")
            with heartbeat():
                draft.shell(finish, what="Preparing the company")
        draft.rename_to(self.database)

    def _update(self, modules, marks):
        known = json.loads(self._stamp().read_text()) if self._stamp().exists() else {}
        changed, added = changes(known, marks)
        if changed or added:
            with step(f"Database {self.database}: updating {', '.join(changed + added)}"):
                # Odoo refuses to overwrite translations where nothing is updated
                options = [f"-u{','.join(changed)}", "--i18n-overwrite"] if changed else []
                options += [f"-i{','.join(modules)}"] if added else []
                self._maintain(*options, what="Updating the suite")
                self._remember(marks)

    def _remember(self, marks):
        self._stamp().write_text(json.dumps(marks))

    def notes(self):
        """The folder of what is known about databases without asking them."""
        folder = RUNTIME / "databases"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _stamp(self):
        return self.notes() / f"{self.database}.json"

    def _maintain(self, *options, what):
        started, complaints = [], []

        def progress(line):
            if _COMPLAINT.match(line):
                complaints.append(line.rstrip())
            if found := _LOADING.search(line):
                name, done, total = found.groups()
                if name not in started and (int(done) % 10 == 0 or name.startswith("merchant")):
                    started.append(name)
                    return f"{done}/{total} {name}"
            return None

        command = [*self.command(), *options, "--stop-after-init", "--no-http"]
        run(command, what=what, progress=progress, env=self.environment())
        return complaints

    # -- processes --------------------------------------------------------------------------------------------------

    def command(self, *subcommand):
        """Odoo's command line, or one of its subcommands, for this database."""
        folders = ",".join(str(path) for path in [*odoo_tree.addons_paths(), ADDONS])
        where = [f"--addons-path={folders}", f"--data-dir={self.data}", "-d", self.database]
        return [str(PYTHON), str(RUN), *subcommand, "-c", str(CONFIG), *where]

    def environment(self):
        return {
            **self.server.environment(),
            "MERCHANT_SECRET_KEYS": secret_key(),
            "ODOO_QUEUE_JOB_PORT": str(self.port),
            "PYTHONDONTWRITEBYTECODE": "",
        }

    def shell(self, source, what="A script"):
        """Run Python source with ``env`` in it and commit at its end; return what it printed."""
        done = subprocess.run(
            [*self.command("shell"), "--no-http", "--log-level=warn", "--shell-interface=python"],
            input=f"{source}\nenv.cr.commit()\n",
            text=True,
            env=self.environment(),
            capture_output=True,
            check=False,
        )
        if done.returncode or "Traceback (most recent call last)" in done.stderr:
            raise Failure(f"{what} failed:\n{done.stderr[-3000:]}")
        return done.stdout

    def serve(self, *options, log=None, environment=None):
        """Start the server; return the process (its own session, so that it can be ended with its children).

        It ends with the thread that starts it, so call this from the main thread.
        """
        command = [*self.command(), f"--db-filter=^{re.escape(self.database)}$", f"--http-port={self.port}", *options]
        return start(command, log=log, env={**self.environment(), **(environment or {})})

    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def wait_until_ready(self, process, seconds=120):
        """:raises Failure: the server ended, or did not answer in time"""
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            if process.poll() is not None:
                raise Failure(f"Odoo ended by itself (exit code {process.returncode}); its log says why.")
            if answers(f"{self.url()}/web/health") and process.poll() is None:
                return
            time.sleep(0.2)
        raise Failure(f"Odoo did not answer on {self.url()} within {seconds} s; its log says what it is doing.")


def answers(url):
    """Does a server answer there?"""
    with contextlib.suppress(urllib.error.URLError, OSError), urllib.request.urlopen(url, timeout=5):
        return True
    return False


def start(command, log=None, **options):
    """Start a server as a process of its own session, ended by the kernel should this command die."""
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log and subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=die_with_parent,
        **options,
    )


def end(process, seconds=20):
    """End a process started here, with its children."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def secret_key():
    """The keys of encrypted fields: MERCHANT_SECRET_KEYS, or one made for this folder and kept beside the databases."""
    if keys := os.environ.get("MERCHANT_SECRET_KEYS"):
        return keys
    if not key_file().exists():
        key_file().touch(mode=0o600)
        key_file().write_text(secrets.token_urlsafe(32))
    return key_file().read_text()


def key_file():
    return RUNTIME / "secret.key"


def changes(known, marks):
    """``(addons whose files differ, addons that are new)`` between two ``{addon: digest}``, each sorted."""
    changed = sorted(name for name in marks if name in known and known[name] != marks[name])
    return changed, sorted(marks.keys() - known.keys())


def _digest(folder):
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and "__pycache__" not in parts and "tests" not in parts and "readme" not in parts:
            digest.update("/".join(parts).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
