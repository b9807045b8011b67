#!/usr/bin/env python3
"""Run the pure-core tests of the addons, without Odoo and without a database.

    python3 tools/coretest.py [ADDON ...] [-k PATTERN] [-v]

Every addon under ``addons/`` becomes a bare package: a module with a ``__path__`` whose ``__init__`` never runs. So
``from odoo.addons.merchant_channel.core.order import ChannelOrder`` works on any Python >= 3.10 with nothing installed,
and ``addons/*/tests/core/test_*.py`` runs in milliseconds. A ``conftest.py`` may call :func:`register` for the same.
"""

import argparse
import importlib.util
import sys
import traceback
import unittest
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

ADDONS = Path(__file__).resolve().parent.parent / "addons"
MARK = "__bare__"


def register(addons_dir=ADDONS):
    """Make ``odoo.addons.<addon>`` importable for every addon under ``addons_dir``.

    :return: False, with nothing done, when this process has already imported the real Odoo: its own addons path rules
    """
    odoo = sys.modules.get("odoo")
    if odoo is not None and not getattr(odoo, MARK, False):
        return False
    _package("odoo")
    _package("odoo.addons")
    for path in _addons(addons_dir):
        _package(f"odoo.addons.{path.name}", path)
    return True


def _package(name, path=None):
    """Register one bare package (again: harmless) and hang it on its parent."""
    if name in sys.modules:
        return
    module = ModuleType(name)
    module.__path__ = [str(path)] if path else []
    module.__spec__ = ModuleSpec(name, None, is_package=True)
    setattr(module, MARK, True)
    sys.modules[name] = module
    parent, _dot, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, module)


def _addons(addons_dir):
    return sorted(path for path in Path(addons_dir).iterdir() if path.is_dir() and path.name.isidentifier())


def suite(addons_dir=ADDONS, addons=(), pattern=None):
    """Return the ``unittest`` suite of the named addons, of all of them by default."""
    loader = unittest.TestLoader()
    if pattern:
        loader.testNamePatterns = [pattern if "*" in pattern else f"*{pattern}*"]
    tests = unittest.TestSuite()
    for path in _addons(addons_dir):
        if not addons or path.name in addons:
            for file in sorted(path.glob("tests/core/test_*.py")):
                tests.addTest(_tests(loader, path.name, file))
    return tests


def _tests(loader, addon, file):
    """Load one file under a name of its own: two addons may both have a ``test_mapping.py``."""
    name = f"coretest_{addon}_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception:
        return _broken(file, traceback.format_exc())
    return loader.loadTestsFromModule(module)


def _broken(file, trace):
    """One failing test in place of a file that cannot be imported, so that the others still run."""

    def fail():
        raise ImportError(f"{file} cannot be imported:\n{trace}")

    return unittest.FunctionTestCase(fail, description=f"import {file.parent.parent.parent.name}/{file.name}")


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("addons", nargs="*", metavar="ADDON")
    parser.add_argument("-k", dest="pattern", help="only tests whose name holds this text (or matches it, with a *)")
    parser.add_argument("-v", dest="verbose", action="store_true")
    options = parser.parse_args(argv)
    if unknown := set(options.addons) - {path.name for path in _addons(ADDONS)}:
        parser.error(f"no such addon: {', '.join(sorted(unknown))}")
    if not register():
        parser.error("the real Odoo is loaded in this process")
    result = unittest.TextTestRunner(verbosity=1 + options.verbose).run(suite(ADDONS, options.addons, options.pattern))
    return 0 if result.wasSuccessful() and result.testsRun else 1


if __name__ == "__main__":
    sys.exit(main())
