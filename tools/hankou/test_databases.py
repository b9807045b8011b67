"""Throw-away databases: one prepared template, cloned for each run, the clones dropped at its end."""

import contextlib
import hashlib
import os
import re

from . import odoo_tree
from .locks import waiting
from .odoo import Instance
from .paths import dependencies, suite_addons, with_dependencies
from .postgres import psql

_CLONE = re.compile(r"test_(\d+)_\w+(-new)?")


def template(server):
    """The database with every addon, or with those that HANKOU_SUITE names."""
    only = os.environ.get("HANKOU_SUITE")
    return Instance(server, "test_template" + (f"_{only.replace(',', '_')[:30]}" if only else ""))


def prepare_template(server, fresh=False):
    """Have the template as the source is now."""
    if fresh:
        template(server).drop()
    only = os.environ.get("HANKOU_SUITE")
    template(server).prepare(only.split(",") if only else suite_addons())


@contextlib.contextmanager
def clone(server, purpose):
    """A copy of the template for one use."""
    instance = template(server).clone_to(own_name(purpose))
    try:
        yield instance
    finally:
        instance.drop()


def alone(server, addon):
    """A fresh database for one addon: what it leans on outside the suite is installed, nothing else.

    Addons that lean on the same share a prepared database, kept from run to run.
    """
    needed = sorted({name for each in with_dependencies([addon]) for name in dependencies(each)} - set(suite_addons()))
    mark = hashlib.sha256(repr((odoo_tree.PACKAGE, os.environ.get("ODOO_SOURCE"), needed)).encode()).hexdigest()[:8]
    prepared = Instance(server, f"test_for_{mark}")
    with waiting(f"test-for-{mark}", f"{', '.join(needed)}: being installed, waiting"):
        prepared.prepare(needed)
    return prepared.clone_to(own_name(f"alone_{addon}"))


def own_name(purpose):
    """A database name of this run; what an interrupted run leaves is recognised by it."""
    return f"test_{os.environ.get('HANKOU_TEST_RUN') or os.getpid()}_{purpose}"


def drop_own(server):
    _drop(server, lambda run: run == os.getpid())


def drop_abandoned(server):
    """Drop what runs left behind that are gone."""
    _drop(server, lambda run: not os.path.exists(f"/proc/{run}"))


def _drop(server, whose):
    for name in psql(server, "SELECT datname FROM pg_database"):
        match = _CLONE.fullmatch(name)
        if match and whose(int(match[1])):
            Instance(server, name).drop()
