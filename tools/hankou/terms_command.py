"""``scripts/terms ADDON ...``: refresh an addon's translation template and its Chinese file, translations kept."""

from . import postgres, setup, test_databases
from .paths import ADDONS, suite_addons
from .say import Failure, note, step

_EXPORT = """
import io, pathlib, polib
from odoo.tools.translate import trans_export
for language, path in {files!r}:
    # not straight into the file: sentences of the code are read from it while they are exported
    content, target = io.BytesIO(), pathlib.Path(path)
    trans_export(language, [{addon!r}], content, "po", env)
    file = polib.pofile(content.getvalue().decode())
    # Odoo leaves out names like “ABC”, whose Chinese is the English
    known = {{entry.msgid: entry.msgstr for entry in polib.pofile(path)}} if language and target.exists() else {{}}
    for entry in file.untranslated_entries():
        entry.msgstr = known.get(entry.msgid, "")
    file.save(path)
"""


def command(arguments):
    unknown = sorted(set(arguments) - set(suite_addons()))
    if unknown or not arguments:
        raise Failure(
            f"Name addons of the suite (there is no {', '.join(unknown) or 'name given'}): {', '.join(suite_addons())}."
        )
    setup.ensure(test=True)
    with postgres.using("test", unsafe=True) as server:
        for addon in arguments:
            _refresh(server, addon)


def _refresh(server, addon):
    folder = ADDONS / addon / "i18n"
    folder.mkdir(exist_ok=True)
    with step(f"Terms of {addon}"):
        instance = test_databases.alone(server, addon)
        try:
            instance.install([addon])
            export(instance, addon, [(None, folder / f"{addon}.pot"), ("zh_CN", folder / "zh_CN.po")])
        finally:
            instance.drop()
    note(f"  {folder.relative_to(ADDONS.parent)}: fill in what is empty in zh_CN.po")


def export(instance, addon, files):
    """Write the terms of an installed addon.

    :param files: ``[(language or None for the template, path)]``
    """
    pairs = [(language, str(path)) for language, path in files]
    instance.shell(_EXPORT.format(files=pairs, addon=addon), what=f"Exporting the terms of {addon}")
