"""``scripts/check``: the promises that data has to keep, asked of a database."""

import argparse
import json

from . import postgres, setup
from .odoo import Instance
from .say import Failure, note

_ASK = """
import json
print("CHECK " + json.dumps(env["merchant.check"]._violations()))
"""


def command(arguments):
    parser = argparse.ArgumentParser(prog="scripts/check", description=__doc__)
    parser.add_argument("--database", default="hankou")
    options = parser.parse_args(arguments)
    setup.ensure()
    with postgres.using("main") as server:
        instance = Instance(server, options.database)
        if not instance.exists():
            raise Failure(
                f"There is no database {options.database}: scripts/start makes one, --database names another."
            )
        [line] = [line for line in instance.shell(_ASK, what="The check").splitlines() if line.startswith("CHECK ")]
    return _show(json.loads(line.removeprefix("CHECK ")))


def _show(results):
    for result in results:
        mark = "✗" if result["count"] else "✓"
        examples = f" (ids {', '.join(map(str, result['examples']))})" if result["count"] else ""
        note(f"  {mark} {result['check']}: {result['count']}{examples}")
    violations = sum(result["count"] for result in results)
    note(f"{violations} violations")
    return 1 if violations else 0
