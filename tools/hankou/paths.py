"""Where things are. Everything that is made on a machine lies below RUNTIME, which git ignores."""

import ast
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ADDONS = ROOT / "addons"
RUNTIME = Path(os.environ.get("HANKOU_RUNTIME") or ROOT / ".runtime").resolve()
VENV = RUNTIME / "venv"
PYTHON = VENV / "bin" / "python"


def suite_addons():
    """Names of the suite's addons, sorted."""
    return sorted(path.parent.name for path in ADDONS.glob("*/__manifest__.py"))


def dependencies(addon):
    """The modules that one addon of the suite names in its manifest."""
    return ast.literal_eval((ADDONS / addon / "__manifest__.py").read_text(encoding="utf-8")).get("depends", [])


def with_dependencies(modules):
    """The addons of the suite among the modules and what they lean on, sorted."""
    ours, found, waiting = set(suite_addons()), set(), list(modules)
    while waiting:
        name = waiting.pop()
        if name in ours and name not in found:
            found.add(name)
            waiting += dependencies(name)
    return sorted(found)
