"""Each addon installs alone, with what it names in its manifest and nothing else, and speaks Chinese completely."""

import re
from concurrent.futures import ThreadPoolExecutor

import polib
import pytest

from hankou import terms_command, test_databases
from hankou.paths import ADDONS, suite_addons

AT_ONCE = 2
_PLACEHOLDER = re.compile(r"%\(\w+\)[sdifr]|%[sdifr]|\{\w+\}")


class Alone:
    """What became of one addon in a database of its own."""

    def __init__(self, server, addon, folder):
        instance = test_databases.alone(server, addon)
        try:
            self.complaints = instance.install([addon])
            template = folder / f"{addon}.pot"
            terms_command.export(instance, addon, [(None, template)])
            self.terms = [entry for entry in polib.pofile(str(template)) if not entry.obsolete]
        finally:
            instance.drop()


@pytest.fixture(scope="session")
def alone(request, database_server, tmp_path_factory):
    """``alone(addon)``: installs those that are asked for in this run, two at a time."""
    folder = tmp_path_factory.mktemp("terms")
    wanted = sorted({item.callspec.params["addon"] for item in request.session.items if "alone" in item.fixturenames})
    with ThreadPoolExecutor(AT_ONCE) as pool:
        futures = {addon: pool.submit(Alone, database_server, addon, folder) for addon in wanted}
        yield lambda addon: futures[addon].result()
        for future in futures.values():
            future.cancel()


@pytest.mark.parametrize("addon", suite_addons())
def test_it_installs_without_complaint(alone, addon):
    assert alone(addon).complaints == []


@pytest.mark.parametrize("addon", suite_addons())
def test_every_term_has_its_chinese(alone, addon):
    terms = alone(addon).terms
    path = ADDONS / addon / "i18n" / "zh_CN.po"
    if not terms:
        return
    assert path.exists(), f"{path} is missing: scripts/terms {addon} makes it"
    chinese = {entry.msgid: entry for entry in polib.pofile(str(path)) if entry.translated()}
    missing = [entry.msgid for entry in terms if entry.msgid not in chinese]
    assert missing == []


@pytest.mark.parametrize("addon", suite_addons())
def test_translations_keep_their_placeholders(addon):
    for path in (ADDONS / addon / "i18n").glob("*.po"):
        for entry in polib.pofile(str(path)).translated_entries():
            wanted, found = (sorted(_PLACEHOLDER.findall(text)) for text in (entry.msgid, entry.msgstr))
            assert wanted == found, f"{path.name}: {entry.msgid!r}"
