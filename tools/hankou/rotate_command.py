"""``scripts/rotate-secrets``: a new key for what is encrypted, every value moved to it, the old key let go."""

import argparse
import os
import secrets

from . import postgres, setup
from .locks import Held
from .odoo import Instance, key_file, secret_key
from .say import Failure, note, step

_ROTATE = 'print("rotated", env["merchant.secret"]._rotate_all())'


def command(arguments):
    parser = argparse.ArgumentParser(
        prog="scripts/rotate-secrets", description="Move every encrypted value to a new key."
    )
    parser.add_argument("--database", action="append", help="only this database (may be repeated; default: every one)")
    options = parser.parse_args(arguments)
    setup.ensure()
    with postgres.using("main") as server:
        databases = options.database or _with_secrets(server)
        if os.environ.get("MERCHANT_SECRET_KEYS"):
            return _to_the_first_named_key(server, databases)
        if options.database and set(_with_secrets(server)) - set(databases):
            raise Failure(
                "Other databases of this folder use the same key: leave --database away, so that all are rotated."
            )
        return _to_a_new_key(server, databases)


def _to_a_new_key(server, databases):
    """The file holds both keys while values move; whatever interrupts this, running it again finishes it."""
    locks = [Held(f"start-{name}") for name in databases]
    if not all(lock.take() for lock in locks):
        raise Failure(
            "Hankou runs, and its server would go on with the old key: end it with Ctrl-C, then run this again."
        )
    held = secret_key().split(",")
    if len(held) == 1:
        held.insert(0, secrets.token_urlsafe(32))
        key_file().write_text(",".join(held))
    _rotate(server, databases)
    key_file().write_text(held[0])
    note(f"The old key is gone from {key_file()}; keep it only as long as you keep backups made with it.")
    return 0


def _to_the_first_named_key(server, databases):
    if "," not in os.environ["MERCHANT_SECRET_KEYS"]:
        raise Failure(
            "MERCHANT_SECRET_KEYS names one key: put a new one before it, separated by a comma, restart the servers "
            "with both, then run this command again."
        )
    _rotate(server, databases)
    note("Every value is under the first key: take the others out of MERCHANT_SECRET_KEYS and restart the servers.")
    return 0


def _rotate(server, databases):
    for name in databases:
        instance = Instance(server, name)
        if not instance.exists():
            raise Failure(f"There is no database {name}: correct --database.")
        with step(f"Database {name}: moving secrets to the new key"):
            note(f"  {instance.shell(_ROTATE, what='Rotation').strip()} values")


def _with_secrets(server):
    """The databases of this server that have the suite."""
    names = postgres.psql(server, "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'")
    return [name for name in names if not name.startswith("test_") and _has_suite(server, name)]


def _has_suite(server, database):
    if not postgres.psql(server, "SELECT to_regclass('ir_module_module')", database)[0]:
        return False
    sql = "SELECT 1 FROM ir_module_module WHERE name = 'merchant_base' AND state = 'installed'"
    return bool(postgres.psql(server, sql, database))
