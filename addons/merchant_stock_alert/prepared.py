"""Statements that PostgreSQL plans once for a connection instead of with every run.

For a handful of rows planning the evaluation's statements takes longer than running them.
"""

import hashlib
import re
from itertools import count

KNOWN = "merchant_stock_alert.prepared"
TYPES = {bool: "boolean", int: "integer", str: "text"}


def execute(cr, sql):
    """Run a statement like ``cr.execute``; its plan suits few rows, whatever the values.

    Which statements the connection knows is asked of the server once in a transaction: a pooler may have put us on
    another connection.

    :param sql: ``odoo.tools.SQL`` whose text is the same for the same kind of values
    """
    code = _numbered(sql.code)
    types = ", ".join(TYPES.get(type(value), "unknown") for value in sql.params)
    name = f"merchant_{hashlib.sha256(f'{types} {code}'.encode()).hexdigest()[:40]}"
    known = _known(cr)
    if name not in known:
        # the text is a composed SQL's own, the name a digest; values come with EXECUTE, as parameters
        cr.execute(f"PREPARE {name} ({types}) AS {code}")  # pylint: disable=sql-injection
        known.add(name)
    values = tuple(_array(value) if isinstance(value, list) else value for value in sql.params)
    cr.execute(f"EXECUTE {name} ({', '.join(['%s'] * len(values))})", values)  # pylint: disable=sql-injection


def _known(cr):
    # kept for the transaction, as the setting is
    data = cr.precommit.data
    if KNOWN not in data:
        cr.execute("SET LOCAL plan_cache_mode = force_generic_plan; SELECT name FROM pg_prepared_statements")
        data[KNOWN] = {name for (name,) in cr.fetchall()}
    return data[KNOWN]


def _numbered(code):
    """“%s” becomes $1, $2 and so on, “%%” one percent sign."""
    numbers = count(1)
    return re.sub("%[s%]", lambda found: "%" if found[0] == "%%" else f"${next(numbers)}", code)


def _array(values):
    """The array as text: of empty ones and NULLs alone PostgreSQL could not tell the type."""
    return "{%s}" % ",".join("NULL" if value is None else _quoted(str(value)) for value in values)


def _quoted(text):
    return '"%s"' % text.replace("\\", "\\\\").replace('"', '\\"')
