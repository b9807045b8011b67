"""Chromium for browser tests: the machine's own, or the distribution's package unpacked beside the project."""

import os
import shutil
import subprocess
from pathlib import Path

from .debian import Archive, unpack
from .locks import waiting
from .paths import RUNTIME
from .say import Failure, run, step

HOME = RUNTIME / "chromium"
LAUNCHER = HOME / "bin" / "chromium"
_PACKAGES = ("chromium", "fonts-wqy-zenhei", "fonts-dejavu-core", "fontconfig-config", "libfontconfig1", "xkb-data")
_LIBRARIES = ("usr/lib/{0}", "lib/{0}", "usr/lib/{0}/nss", "usr/lib/{0}/pulseaudio")
# tests need no network, no updates and no first-run page
ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{home}/tree/usr/share/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>{home}/font-cache</cachedir>
  <alias>
    <family>sans-serif</family>
    <prefer><family>DejaVu Sans</family><family>WenQuanYi Zen Hei</family></prefer>
  </alias>
  <alias>
    <family>serif</family>
    <prefer><family>DejaVu Serif</family><family>WenQuanYi Zen Hei</family></prefer>
  </alias>
</fontconfig>
"""
_LAUNCHER = """#!/bin/sh
# Chromium from the distribution's package, with its libraries and fonts, none of them installed on this machine.
export LD_LIBRARY_PATH="{libraries}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"
export FONTCONFIG_FILE="{home}/fonts.conf"
exec "{home}/tree/usr/lib/chromium/chromium" "$@"
"""


def ensure():
    """Have a Chromium; return its path."""
    if installed := _installed():
        return installed
    with waiting("chromium", "Another command is fetching Chromium: waiting for it"):
        if not (HOME / ".complete").exists():
            with step("Chromium and a Chinese font from the distribution's archive (about 120 MB)"):
                _fetch()
    return str(LAUNCHER)


def path():
    """Where the Chromium is that :func:`ensure` has found or fetched."""
    return _installed() or str(LAUNCHER)


def _installed():
    """A Chromium of the machine, unless it is ours that the tests put first on the path."""
    places = [place for place in os.environ.get("PATH", "").split(os.pathsep) if place != str(LAUNCHER.parent)]
    return shutil.which("chromium", path=os.pathsep.join(places))


def _fetch():
    shutil.rmtree(HOME, ignore_errors=True)
    # apt is told what this machine has, so that only what is missing is downloaded
    archive = Archive("chromium", (_release(),), status="/var/lib/dpkg/status", security=True)
    debs = archive.download(_PACKAGES, with_dependencies=True)
    (HOME / "tree").mkdir(parents=True)
    unpack(debs, HOME / "tree")
    _write_launcher()
    run([str(LAUNCHER), "--version"], what="Starting Chromium for the first time")
    shutil.rmtree(archive.home / "cache", ignore_errors=True)
    (HOME / ".complete").touch()


def _write_launcher():
    machine = f"{os.uname().machine}-linux-gnu"
    libraries = ":".join(str(HOME / "tree" / folder.format(machine)) for folder in _LIBRARIES)
    (HOME / "fonts.conf").write_text(_FONTS.format(home=HOME))
    LAUNCHER.parent.mkdir()
    LAUNCHER.write_text(_LAUNCHER.format(home=HOME, libraries=libraries))
    LAUNCHER.chmod(0o755)


def _release():
    """The machine's release, e.g. bookworm: libraries of another would not fit its C library."""
    for line in Path("/etc/os-release").read_text(encoding="utf-8").splitlines():
        if line.startswith("VERSION_CODENAME="):
            return line.strip().partition("=")[2].strip('"')
    done = subprocess.run(["apt-cache", "policy"], capture_output=True, text=True, check=False).stdout
    if "n=sid" in done:
        return "sid"
    raise Failure(
        "This machine's Debian release is unknown: install Chromium yourself (the command chromium), then run again."
    )
