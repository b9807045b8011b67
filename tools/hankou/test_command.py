"""``scripts/test``: set up what is missing, run the chosen tests through pytest, end with one line that counts them."""

import json
import os
import signal
import subprocess
import tempfile
from collections import Counter
from pathlib import Path

from . import chromium, lint, odoo_tree, postgres, setup, test_databases, upstream
from .locks import waiting
from .odoo import CONFIG
from .paths import ADDONS, PYTHON, ROOT, RUNTIME
from .say import Failure, die_with_parent, note
from .test_parts import PARTS, choose

USAGE = """scripts/test [PART|PATH ...] [-k EXPR] [--slow] [--fresh] [pytest options]

  no argument    everything but the upstream comparison
  core           pure cores, contract, marketplace: no Odoo, no database, seconds
  odoo           the addons' Odoo tests, on a clone of a prepared database
  e2e            tests against running servers (API clients, browser); browser: only those of tests/browser
  matrix         each addon installed alone, its translation complete
  lint           ruff and pylint-odoo
  upstream       Odoo's own tests with and without the suite, compared
  PATH           e.g. addons/merchant_channel or tests/test_setup.py

  -k EXPR        only tests that match (pytest's option; others are passed on too, a value joined with =)
  --slow         also the tests marked slow
  --fresh        make the prepared database anew"""
_WITH_VALUE = {"-k", "-m", "-W", "-o", "-n", "-p"}


def command(arguments):
    if {"-h", "--help"} & set(arguments):
        print(USAGE)
        return 0
    words, options = _split(arguments)
    fresh = "--fresh" in options
    options = [option for option in options if option != "--fresh"]
    if words[:1] == ["upstream"]:
        return upstream.compare(words[1:], fresh)
    if words == ["lint"]:
        return lint.check()
    return _summary(_run(choose(words), options, fresh))


def _split(arguments):
    """``(parts and paths, pytest options)``"""
    words, options = [], []
    rest = iter(arguments)
    for argument in rest:
        if argument in _WITH_VALUE:
            options += [argument, next(rest, "")]
        elif argument.startswith("-"):
            options.append(argument)
        else:
            words.append(argument)
    return words, options


def _run(chosen, options, fresh):
    """``[(counts, exit code)]`` of the chosen parts; core goes first and needs nothing but Python."""
    # its own key: rotating the keys of this folder's databases must not make the prepared test database unreadable
    os.environ.setdefault("MERCHANT_SECRET_KEYS", "a key that protects nothing but throw-away test data")
    setup.ensure_python()
    results = []
    if targets := chosen.pop("core", None):
        results.append(_pytest("core", targets, options))
    if chosen and not _stop(results, options):
        setup.ensure(test=True)
        chromium.ensure()
        with postgres.using("test", unsafe=True) as server:
            results += _with_database(server, chosen, options, fresh, results)
    return results


def _with_database(server, chosen, options, fresh, before):
    results = []
    with waiting("test-template", "Another test run prepares the database: waiting for it"):
        test_databases.drop_abandoned(server)
        if set(chosen) & {"odoo", "e2e"}:
            test_databases.prepare_template(server, fresh)
    try:
        for part, targets in chosen.items():
            if _stop(before + results, options):
                break
            results.append(_odoo(server, targets, options) if part == "odoo" else _pytest(part, targets, options))
    finally:
        test_databases.drop_own(server)
    return results


def _stop(results, options):
    return bool({"-x", "--exitfirst"} & set(options)) and any(code for _counts, code in results)


def _odoo(server, targets, options):
    """The addons' tests inside an Odoo process on a clone of the prepared database."""
    with test_databases.clone(server, "odoo") as instance:
        folders = ",".join(str(path) for path in [*odoo_tree.addons_paths(), ADDONS])
        odoo_options = ["-p", "pytest_odoo", "--import-mode=prepend", "--odoo-http", f"--odoo-config={CONFIG}"]
        odoo_options += [f"--odoo-database={instance.database}", f"--odoo-addons-path={folders}"]
        # no job runner and no cron beside the tests: they call what they test
        extra = [
            f"data-dir={instance.data}",
            "load=base,rpc,web",
            "max-cron-threads=0",
            f"db-filter=^{instance.database}$",
        ]
        odoo_options += [f"--odoo-extra={option}" for option in extra]
        return _pytest("odoo", targets, odoo_options + options, instance.environment())


def _pytest(part, targets, options, environment=None):
    """Run one part; return ``(counts, exit code)``."""
    note(f"\n── {part}: {PARTS[part]} ──")
    with tempfile.TemporaryDirectory() as folder:
        counts = Path(folder) / "counts.json"
        environment = {
            **(environment or os.environ),
            "HANKOU_TEST_COUNTS": str(counts),
            "HANKOU_TEST_RUN": str(os.getpid()),
        }
        environment["PATH"] = f"{RUNTIME / 'chromium' / 'bin'}:{environment['PATH']}"
        code = _to_its_end([str(PYTHON), "-m", "pytest", *options, *targets], environment)
        found = json.loads(counts.read_text()) if counts.exists() else {"failed": 1}
    # pytest's 5: nothing matched, which is another part's business
    return Counter(found), 0 if code == 5 else code


def _to_its_end(arguments, environment):
    """Run a process of its own group; an interruption is handed on, so that its fixtures end what they started."""
    with subprocess.Popen(
        arguments, cwd=ROOT, env=environment, start_new_session=True, preexec_fn=die_with_parent
    ) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()
            raise


def _summary(results):
    total = sum((counts for counts, _code in results), Counter())
    note(f"\nhankou: {total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped")
    if not total["passed"] + total["failed"]:
        raise Failure("No test ran: correct the name, the path or -k.")
    return 1 if total["failed"] or any(code for _counts, code in results) else 0
