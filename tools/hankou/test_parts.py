"""Which files belong to which part of the tests."""

from .paths import ADDONS, ROOT
from .say import Failure

TESTS = ROOT / "tests"
PARTS = {
    "core": "without Odoo",
    "odoo": "the addons inside Odoo",
    "e2e": "against running servers",
    "matrix": "each addon alone",
}
# what scripts/test calls parts of a part
_SHORT = {"browser": ("e2e", "tests/browser"), "api": ("e2e", "tests/api")}
_CORE = ("contract", "marketplace")
_NOT_E2E = (*_CORE, "matrix", "support")


def choose(words):
    """``{part: [what to hand to pytest]}`` for part names and paths; everything when none is given."""
    every = roots()
    if not words:
        return {part: found for part, found in every.items() if found}
    chosen = {}
    for word in words:
        for part, targets in _meant(word, every).items():
            chosen.setdefault(part, []).extend(targets)
    return {part: chosen[part] for part in PARTS if part in chosen}


def roots():
    """``{part: [folders and files]}``, relative to the project."""
    tests = sorted(path for path in TESTS.iterdir() if path.name not in _NOT_E2E)
    found = {
        "core": [*ADDONS.glob("*/tests/core"), *(TESTS / name for name in _CORE)],
        "odoo": ADDONS.glob("*/tests/test_*.py"),
        "e2e": [path for path in tests if path.match("test_*.py") or path.is_dir()],
        "matrix": [TESTS / "matrix"],
    }
    return {part: [_relative(path) for path in sorted(paths) if _has_tests(path)] for part, paths in found.items()}


def _relative(path):
    return str(path.relative_to(ROOT))


def _has_tests(path):
    return path.is_file() or any(path.rglob("test_*.py"))


def _meant(word, every):
    if word in PARTS:
        return {word: every[word]}
    if word in _SHORT:
        part, folder = _SHORT[word]
        return {part: [folder]}
    path = (ROOT / word.split("::")[0]).resolve()
    if not path.exists() or ROOT not in path.parents:
        raise Failure(f"There is no part and no path named {word}: scripts/test --help lists the parts.")
    found = {part: _inside(word, path, folders) for part, folders in every.items()}
    if not any(found.values()):
        raise Failure(f"No tests belong to {word}: name an addon, a folder of tests or a test file.")
    return {part: targets for part, targets in found.items() if targets}


def _inside(word, path, folders):
    """The word itself when it lies within one of the folders, else those folders that lie within it."""
    places = [ROOT / folder for folder in folders]
    if any(place == path or place in path.parents for place in places):
        return [word]
    return [_relative(place) for place in places if path in place.parents]
