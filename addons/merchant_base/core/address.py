"""Where the server may be told to post to: who could name any place could reach into the server's own network."""

import ipaddress
from urllib.parse import urlsplit


def problem(url, hosts=None, also=()):
    """Why ``url`` is no address to post to: ``"scheme"``, ``"host"``, or ``""`` when it is one.

    :param hosts: the only hosts there are, on the usual port; None: any that has a public name or number
    :param also: further ``host[:port]`` that the server's administrator allows (a gateway of the company's own, a
        rehearsal); only these may be plain http
    """
    try:
        parts = urlsplit(url or "")
        place, port = parts.hostname or "", parts.port
    except ValueError:
        return "host"
    if parts.username or parts.password:
        return "host"
    if (f"{place}:{port}" if port else place) in also:
        return "" if parts.scheme in ("http", "https") else "scheme"
    if parts.scheme != "https":
        return "scheme"
    if hosts is None:
        return "" if _is_public(place) else "host"
    return "" if place in hosts and port in (None, 443) else "host"


def _is_public(place):
    try:
        return ipaddress.ip_address(place).is_global
    except ValueError:
        name = place.rstrip(".")
        last = name.rpartition(".")[2]
        # a number written in another way (0x7f.1) is no name; a name without a dot is one of the own network
        return "." in name and last not in ("localhost", "local", "internal") and last[:1].isalpha()
