"""The URL that a sender wrote, as far as a web server can know it: some providers sign it.

Anybody can send `X-Forwarded-Host`. What a proxy says counts only when the connection comes from a
network that was named as ours.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from bridgewright.core.model.inbound import Headers
    from bridgewright.core.model.network import Network

_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}(:\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:\d{1,5})?")
_SCHEMES = frozenset({"http", "https"})


def url_of(  # noqa: PLR0913 - what a server knows of a request
    scheme: str,
    headers: Headers,
    path: bytes,
    query: bytes,
    peer: str | None,
    trusted: tuple[Network, ...],
) -> str:
    """The whole URL of a request, empty when its host is not one.

    `path` and `query` as they came, percent-encoded; `peer` is the address of whoever is connected.
    """
    host = _text(headers.first(b"host"))
    if _is_ours(peer, trusted):
        scheme = _last(headers, b"x-forwarded-proto") or scheme
        host = _last(headers, b"x-forwarded-host") or host
        port = _last(headers, b"x-forwarded-port")
        if port.isdigit() and ":" not in host:
            host = f"{host}:{port}"
    if scheme not in _SCHEMES or not _HOST.fullmatch(host):
        return ""
    place = quote(path, safe="/%:@!$&'()*+,;=~-._")
    asked = quote(query, safe="/%:@!$&'()*+,;=~-._?")
    return f"{scheme}://{host}{place}{'?' if asked else ''}{asked}"


def _is_ours(peer: str | None, trusted: tuple[Network, ...]) -> bool:
    if peer is None or not trusted:
        return False
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:  # a path of a Unix socket, a name
        return False
    return any(address in network for network in trusted)


def _last(headers: Headers, name: bytes) -> str:
    """What the proxy that is connected to us added: the last of several."""
    values = headers.every(name)
    return _text(values[-1].rpartition(b",")[2].strip()) if values else ""


def _text(value: bytes | None) -> str:
    return "" if value is None else value.decode("latin-1")
