"""``scripts/test upstream``: Odoo's own tests of what we extend, without and with the suite; the difference is ours."""

import hashlib
import json
import os
import re
from pathlib import Path

from . import chromium, odoo_tree, postgres, setup
from .odoo import Instance, end, start
from .paths import ROOT, RUNTIME, dependencies, suite_addons
from .say import Failure, note, step
from .test_databases import own_name

MODULES = ("product", "sale", "stock", "sale_stock", "purchase_stock", "stock_account")
ALLOWED = ROOT / "tests" / "upstream.md"
_STARTED = re.compile(r"odoo\.addons\.(?P<module>\w+)\.tests\.(?P<file>\w+): Starting (?P<test>\w+\.\w+)")
_TROUBLE = re.compile(
    r"odoo\.addons\.(?P<module>\w+)\.tests\.(?P<file>\w+): "
    r"(?P<kind>FAIL:|ERROR:|skipped) (?:Subtest )?(?P<test>\w+\.\w+)"
)
_SETUP = re.compile(r"(?P<kind>FAIL|ERROR): (?P<what>setUpClass|setUpModule|tearDownClass) \((?P<test>[\w.]+)\)")
_FINISHED = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests")


def compare(modules, fresh=False):
    """Print every test whose result differs; 1 when one of them is not in ``tests/upstream.md``.

    :param modules: whose tests; those that the suite extends by default
    """
    modules = sorted(modules or MODULES)
    setup.ensure(test=True)
    chromium.ensure()
    with postgres.using("test", unsafe=True) as server:
        without = _cached(server, modules, fresh)
        with step(f"Odoo's tests of {', '.join(modules)} with the suite (may take half an hour)"):
            ours = _run(server, "with", modules, [*_beneath(), *suite_addons()])
    return _report(without, ours)


def _cached(server, modules, fresh):
    """The results without the suite; they change only with Odoo, so they are kept."""
    path = RUNTIME / "upstream" / f"{_mark(modules)}.json"
    if path.exists() and not fresh:
        note("• Results without the suite: kept from an earlier run")
        return json.loads(path.read_text())
    with step(f"Odoo's tests of {', '.join(modules)} without the suite (may take half an hour; kept)"):
        results = _run(server, "without", modules, _beneath())
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(results, indent=1))
    return results


def _beneath():
    """What the suite installs of others: present in both runs, so that a difference is the suite's own doing."""
    ours = suite_addons()
    return sorted({name for addon in ours for name in dependencies(addon)} - set(ours))


def _mark(modules):
    """Which Odoo, which packages and which tests."""
    release = (Path(odoo_tree.import_path()) / "odoo" / "release.py").read_bytes()
    locks = b"".join(path.read_bytes() for path in sorted((ROOT / "requirements").glob("*.lock")))
    return hashlib.sha256(release + locks + repr((odoo_tree.PACKAGE, modules, _beneath())).encode()).hexdigest()[:16]


def _run(server, name, modules, others):
    """Install, then update with tests; ``{test: "passed" | "failed" | "error" | "skipped"}``.

    Installed first, so that tests of the at-install kind, too, run on a database that has the suite's columns.
    """
    instance = Instance(server, own_name(f"upstream_{name}"), postgres.free_port(8270))
    log = RUNTIME / "logs" / f"upstream-{name}.log"
    log.parent.mkdir(exist_ok=True)
    instance.drop()
    try:
        instance.install([*modules, *others])
        run_tests(instance, modules, ",".join(f"/{module}" for module in modules), log)
    finally:
        instance.drop()
    return read_log(log.read_text(encoding="utf-8", errors="replace"), log)


def run_tests(instance, modules, tags, log):
    """Update these modules with Odoo's tests that bear these tags; what was said goes to the file ``log``."""
    options = [f"--update={','.join(modules)}", f"--test-tags={tags}", f"--http-port={instance.port}"]
    command = [*instance.command(), *options, "--stop-after-init", "--max-cron-threads=0", "--load=base,rpc,web"]
    with open(log, "w", encoding="utf-8") as output:
        process = start(command, log=output, env=_environment(instance))
        try:
            process.wait()
        finally:
            end(process)


def _environment(instance):
    path = f"{Path(chromium.path()).parent}:{os.environ['PATH']}"
    return {**instance.environment(), "PATH": path}


def read_log(text, name="the log"):
    """What became of each test, from Odoo's log.

    :raises Failure: the log breaks off before the tests' total
    """
    results = {}
    for line in text.splitlines():
        if found := _STARTED.search(line):
            results.setdefault(_key(found), "passed")
        elif found := _TROUBLE.search(line):
            results[_key(found)] = {"FAIL:": "failed", "ERROR:": "error"}.get(found["kind"], "skipped")
        elif found := _SETUP.search(line):
            place = found["test"].removeprefix("odoo.addons.").replace(".tests.", ".", 1)
            results[f"{place}.{found['what']}"] = "error"
    if not _FINISHED.search(text):
        raise Failure(f"Odoo's tests did not come to their end: {name} says why; then run the command again.")
    return results


def _key(found):
    return f"{found['module']}.{found['file']}.{found['test']}"


def _report(without, ours):
    allowed = ALLOWED.read_text(encoding="utf-8")
    unexpected = 0
    for test, before, after in differences(without, ours):
        known = f"`{test}`" in allowed
        unexpected += not known
        note(f"{'known     ' if known else 'UNEXPECTED'}  {test}: {before} without, {after} with the suite")
    note(f"upstream: {len(ours)} tests with the suite, {len(without)} without, {unexpected} unexpected differences")
    return 1 if unexpected else 0


def differences(without, ours):
    """``[(test, result without, result with)]`` where they differ; a test that did not run is ``absent``."""
    pairs = ((test, without.get(test, "absent"), ours.get(test, "absent")) for test in sorted({*without, *ours}))
    return [each for each in pairs if each[1] != each[2]]
