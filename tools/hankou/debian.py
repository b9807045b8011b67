"""Packages from the distribution's own archive, unpacked beside the project: nothing of the system is changed.

apt keeps the chain of trust (keyring, signed index, hash of each package); only its sources and its state are ours.
The mirror is the one that the machine already uses.
"""

import os
import shutil
import subprocess

from .paths import RUNTIME
from .say import Failure, need_space, run

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_ELSEWHERE = "use a Debian machine, set ODOO_SOURCE to an Odoo 19.0 source tree, or run docker-compose.yml"


class Archive:
    """A private view of the archive.

    :param suites: e.g. ``("sid", "bookworm")``
    :param status: a dpkg status file, usually the machine's own, so that what it has already is not downloaded; without
        one nothing counts as installed
    :param security: also the release's security updates, where the machine uses them
    """

    def __init__(self, name, suites, status=None, security=False):
        self.home = RUNTIME / "apt" / name
        self.suites = suites
        self.status = status or self.home / "status"
        self.security = security

    def download(self, packages, *, with_dependencies=False):
        """Fetch packages, each verified, into a folder; return the paths of the .deb files."""
        folder = self.home / "cache" / "archives"
        self._prepare()
        if with_dependencies:
            self._apt("install", "--yes", "--download-only", "--no-install-recommends", *packages)
        else:
            self._apt("download", *packages, cwd=folder)
        return sorted(folder.glob("*.deb"))

    def _prepare(self):
        need_space(RUNTIME, 2)
        for part in ("state/lists/partial", "cache/archives/partial", "etc/empty"):
            (self.home / part).mkdir(parents=True, exist_ok=True)
        (self.home / "status").write_text("")
        (self.home / "etc" / "sources.list").write_text(
            "".join(f"deb [signed-by={KEYRING}] {source}\n" for source in self._sources())
        )
        self._config().write_text(self._settings())
        self._apt("update")

    def _sources(self):
        mirrors = _mirrors()
        ordinary = [uri for uri in mirrors if "security" not in uri]
        if not ordinary:
            raise Failure(
                "apt knows no archive yet: run `apt-get update` once (it needs the network), then this command again."
            )
        sources = [f"{ordinary[0]} {suite} main" for suite in self.suites]
        if self.security:
            sources += [f"{uri} {suite}-security main" for uri in mirrors if "security" in uri for suite in self.suites]
        return sources

    def _config(self):
        return self.home / "apt.conf"

    def _settings(self):
        home = self.home
        lines = [
            f'Dir::Etc::sourcelist "{home}/etc/sources.list";',
            f'Dir::Etc::sourceparts "{home}/etc/empty";',
            f'Dir::Etc::preferencesparts "{home}/etc/empty";',
            f'Dir::State "{home}/state";',
            f'Dir::State::status "{self.status}";',
            f'Dir::Cache "{home}/cache";',
            'Acquire::Languages "none";',
            'Debug::NoLocking "true";',
            # an index that cannot be fetched is an error: else the packages seem to have left the archive
            'APT::Update::Error-Mode "any";',
        ]
        if os.geteuid() == 0:
            lines.append('APT::Sandbox::User "root";')
        return "\n".join(lines) + "\n"

    def _apt(self, *arguments, cwd=None):
        environment = {**os.environ, "APT_CONFIG": str(self._config()), "LC_ALL": "C.UTF-8"}
        run(["apt-get", "-qq", *arguments], what="Asking the distribution's archive", env=environment, cwd=cwd)


def _mirrors():
    """The archives that this machine's own apt uses, each once."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise Failure(f"apt is missing on this machine: {_ELSEWHERE}.")
    if not os.access(KEYRING, os.R_OK):
        raise Failure(
            "The package debian-archive-keyring is missing, so the archive cannot be verified: install it "
            f"(apt-get install debian-archive-keyring), or {_ELSEWHERE}."
        )
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
    found = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
    return list(dict.fromkeys(found))


def unpack(debs, folder):
    for deb in debs:
        run(["dpkg-deb", "-x", str(deb), str(folder)], what=f"Unpacking {deb.name}")
