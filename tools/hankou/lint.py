"""``scripts/test lint``: ruff over everything, pylint-odoo over the addons; nothing is fetched."""

import subprocess

from . import setup
from .paths import ADDONS, PYTHON, ROOT, suite_addons
from .say import note


def check():
    setup.ensure(test=True)
    checks = [["ruff", "check", "."], ["ruff", "format", "--check", "addons", "tools", "scripts"]]
    checks.append(["pylint", "--rcfile=.pylintrc", *(str(ADDONS / name) for name in suite_addons())])
    failed = [tool[0] for tool in checks if not _passes(tool)]
    note(f"lint: {', '.join(failed)} found something to mend" if failed else "lint: clean")
    return 1 if failed else 0


def _passes(tool):
    note(f"• {' '.join(tool[:3])}")
    return subprocess.run([str(PYTHON), "-m", *tool], cwd=ROOT, check=False).returncode == 0
