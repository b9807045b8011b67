"""The virtual environment, from lock files with hashes."""

import hashlib
import importlib.util
import os
import shutil
import sys

from . import odoo_tree
from .paths import PYTHON, ROOT, RUNTIME, VENV
from .say import Failure, need_space, run, step

LOCKS = ROOT / "requirements"


def ensure(test=False):
    """Have every locked package installed; an environment that matches the locks is left as it is."""
    if not _complete("test") and (test or not _complete("base")):
        kind = "test" if test else "base"
        with step("Python packages from the lock file"):
            _install(_locks(kind))
            _stamp(kind).write_text(_mark(kind))
    _put_odoo_on_the_path()


def _locks(kind):
    return [LOCKS / f"{kind}.lock", LOCKS / "oca.lock"]


def _stamp(kind):
    return VENV / f".complete-{kind}"


def _mark(kind):
    """What the environment was made from: the locks and the Python it stands on."""
    parts = [lock.read_bytes() for lock in _locks(kind)] + [(VENV / "pyvenv.cfg").read_bytes()]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def _complete(kind):
    return PYTHON.exists() and _stamp(kind).exists() and _stamp(kind).read_text() == _mark(kind)


def _install(locks):
    need_space(RUNTIME, 2)
    if not PYTHON.exists() or not (VENV / "bin" / "pip").exists():
        _make()
    for lock in locks:
        # the locks are closed sets: no dependency may come in unseen
        run(
            [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
            + ["-r", str(lock)],
            what="Installing the locked Python packages",
            progress=lambda line: line.strip()[:100] if line.startswith("Installing collected") else None,
            env={**os.environ, "PIP_ROOT_USER_ACTION": "ignore"},
        )


def _make():
    if not importlib.util.find_spec("ensurepip"):
        raise Failure(
            "This Python cannot make virtual environments: install the package python3-venv "
            "(apt-get install python3-venv), then run the command again."
        )
    shutil.rmtree(VENV, ignore_errors=True)
    run([sys.executable, "-m", "venv", str(VENV)], what="Making a virtual environment")


def _put_odoo_on_the_path():
    [site] = VENV.glob("lib/python3*/site-packages")
    path, wanted = site / "odoo.pth", f"{odoo_tree.import_path()}\n"
    if not path.exists() or path.read_text() != wanted:
        path.write_text(wanted)
