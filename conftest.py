"""Shared by every part of the tests: which run, how they are counted, and pure cores without Odoo."""

import json
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT / "tools"))

import coretest  # noqa: E402

_COUNTED = {
    "passed": "passed",
    "xpassed": "passed",
    "failed": "failed",
    "error": "failed",
    "skipped": "skipped",
    "xfailed": "skipped",
}


def pytest_addoption(parser):
    parser.addoption("--slow", action="store_true", help="also run the tests marked slow")


def pytest_configure(config):
    if _inside_odoo(config):
        return
    coretest.register()
    for folder in ROOT.glob("addons/*/tests/core"):
        _bare(folder)


def _inside_odoo(config):
    return config.pluginmanager.hasplugin("pytest_odoo")


def _bare(folder):
    """Let pytest name a core test by its path without importing the addon's ``__init__``, which needs Odoo."""
    parts = folder.relative_to(ROOT).parts
    for depth in range(1, len(parts) + 1):
        coretest._package(".".join(parts[:depth]), ROOT.joinpath(*parts[:depth]))


def pytest_collect_directory(path, parent):
    """Outside Odoo an addon is a plain folder, not a package to import."""
    if not _inside_odoo(parent.config) and ROOT / "addons" in path.parents:
        return pytest.Dir.from_parent(parent, path=path)
    return None


def pytest_collection_modifyitems(config, items):
    if config.getoption("--slow"):
        return
    for item in items:
        tags = getattr(getattr(item, "cls", None), "test_tags", ())
        if item.get_closest_marker("slow") or "slow" in tags:
            item.add_marker(pytest.mark.skip(reason="slow: run with --slow"))


def pytest_sessionfinish(session):
    """Leave the counts for the command that started this process."""
    path, reporter = os.environ.get("HANKOU_TEST_COUNTS"), session.config.pluginmanager.get_plugin("terminalreporter")
    if not path or not reporter:
        return
    counts = dict.fromkeys(("passed", "failed", "skipped"), 0)
    for outcome, name in _COUNTED.items():
        counts[name] += sum(
            1 for report in reporter.stats.get(outcome, ()) if getattr(report, "count_towards_summary", True)
        )
    Path(path).write_text(json.dumps(counts), encoding="utf-8")
