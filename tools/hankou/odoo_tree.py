"""Odoo 19 itself: the distribution's package, or the source tree that ODOO_SOURCE names."""

import hashlib
import os
import shutil
from pathlib import Path

from .debian import Archive, unpack
from .paths import RUNTIME
from .say import Failure, step

PACKAGE = "odoo-19=19.0.0+dfsg-1"
SHA256 = "9d2f598b0555db17e291d48ed24df184c70823c053c4c5ed53c467ca7f629bbf"
# Odoo's package only links to these. Two must be older than the newest suite has them: their file names changed.
LINKED = (
    "fonts-montserrat/sid",
    "fonts-roboto-unhinted/sid",
    "fonts-ocr-b/sid",
    "fonts-glyphicons-halflings/sid",
    "libjs-jquery/sid",
    "libjs-jquery-form/sid",
    "libjs-underscore/sid",
    "fonts-font-awesome/bookworm",
    "fonts-inconsolata/bookworm",
)
TREE = RUNTIME / "odoo"
DIST = TREE / "usr" / "lib" / "python3" / "dist-packages"


def source():
    """The folder named by ODOO_SOURCE, or None."""
    named = os.environ.get("ODOO_SOURCE")
    if not named:
        return None
    tree = Path(named).resolve()
    if not (tree / "odoo" / "release.py").exists():
        raise Failure(
            f"ODOO_SOURCE is {named}, which is no Odoo source tree (no odoo/release.py): correct it or unset it."
        )
    return tree


def import_path():
    """The folder to put on Python's path."""
    return source() or DIST


def addons_paths():
    """Odoo's own addon folders."""
    tree = source()
    if tree:
        return [tree / "addons", tree / "odoo" / "addons"]
    return [DIST / "odoo" / "addons"]


def ensure():
    """Have Odoo's tree on disk; a complete one is left as it is."""
    if source() or (TREE / ".complete").exists():
        return
    with step("Odoo 19 from the distribution's archive (about 130 MB, signature verified)"):
        shutil.rmtree(TREE, ignore_errors=True)
        debs = _download()
        TREE.mkdir(parents=True)
        unpack(debs, TREE)
        _repair()
        (TREE / ".complete").write_text(PACKAGE)


def _download():
    debs = Archive("odoo", ("sid", "bookworm")).download([PACKAGE, *LINKED])
    [odoo] = [deb for deb in debs if deb.name.startswith("odoo-19_")]
    if hashlib.sha256(odoo.read_bytes()).hexdigest() != SHA256:
        odoo.unlink()
        raise Failure(
            "The downloaded Odoo package is not the one this suite was tested with: run the command again, or set "
            "ODOO_SOURCE to an Odoo 19.0 source tree."
        )
    return debs


def _repair():
    """Mend what the distribution's package leaves dangling (see docs/operations.md)."""
    for stray in ("addons", "doc", "setup"):
        shutil.rmtree(DIST / stray, ignore_errors=True)
    fonts = DIST / "odoo/addons/web/static/lib/fontawesome/fonts"
    for kind in ("woff", "woff2"):
        link = fonts / f"fontawesome-webfont.{kind}"
        link.unlink(missing_ok=True)
        link.symlink_to(Path("../" * 10 + "share/fonts-font-awesome/fonts") / link.name)
    blur = DIST / "odoo/addons/mail/static/lib/selfie_segmentation"
    blur.mkdir(parents=True, exist_ok=True)
    (blur / "selfie_segmentation.js").write_text(
        "/* not in the distribution's package: no background blur in calls */\n"
    )
