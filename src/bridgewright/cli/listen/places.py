"""Where a listener asks and where it forwards to: what a URL must be for either."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from bridgewright.core.errors import ConfigurationError
from bridgewright.settings.forms import wrong_url


def server_at(url: str) -> str:
    """The server's URL without a slash at its end. Beyond this machine the token and every payload would
    be read on the way: there it must be https."""
    _refuse_wrong("--server", url)
    if urlsplit(url).scheme == "http" and not is_here(url):
        problem = (
            "--server leads beyond this machine by http: the token and every payload could be read"
        )
        raise ConfigurationError(problem, remedy="use its https:// URL, or a tunnel to loopback")
    if urlsplit(url).query or urlsplit(url).fragment:
        problem = "--server holds a query"
        raise ConfigurationError(problem, remedy="give it as far as its path, https://host/path")
    return url.rstrip("/")


def target_at(url: str) -> str:
    """Where events are forwarded to: this machine, and no other."""
    _refuse_wrong("--to", url)
    if not is_here(url):
        problem = "--to leads to another machine: events, payloads and all, are forwarded to this one only"
        remedy = (
            "use http://localhost:PORT/…; to hand events to a server set [sources.NAME.forward]"
        )
        raise ConfigurationError(problem, remedy=remedy)
    return url


def is_here(url: str) -> bool:
    """Whether every address of a URL's host is this machine's own loopback."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        pass
    if host != "localhost" and not host.endswith(".localhost"):  # RFC 6761, 6.3
        return False
    try:
        found = socket.getaddrinfo(host, None)
    except OSError:
        return False
    return all(ipaddress.ip_address(str(place[4][0])).is_loopback for place in found)


def _refuse_wrong(option: str, url: str) -> None:
    problem = wrong_url(url)
    if problem is not None:
        raise ConfigurationError(f"{option} {problem}", remedy="for example http://localhost:8000")
