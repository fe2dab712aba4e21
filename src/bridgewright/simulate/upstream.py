"""A server behind ours: which one it may be, and how one request and its answer pass, byte for byte."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx2

from bridgewright.core.errors import ConfigurationError

if TYPE_CHECKING:
    from bridgewright.simulate.wire import Heard

HOP_BY_HOP = frozenset(
    "connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer"
    " transfer-encoding upgrade".split()
)
"""Fields of one connection and not of the message (RFC 9110 section 7.6.1)."""
_FRAMING = HOP_BY_HOP | {"content-length", "expect"}


@dataclass(frozen=True, slots=True)
class Upstream:
    """The server behind a forwarder: the base URL of its API, http or https.

    ConfigurationError for what is no such URL, and for a server that is not on this machine unless
    `live` says that requests are meant to go there. With `live` the environment's proxies are used.
    """

    url: str
    live: bool = False

    def __post_init__(self) -> None:
        """Refuse what is not a base URL, and what is elsewhere without being meant."""
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
            raise ConfigurationError(
                "an upstream is the base URL of an HTTP server",
                remedy="Write it like https://api.example.com, without query",
            )
        if parts.username or parts.password:
            raise ConfigurationError(
                "an upstream holds no credentials",
                remedy="Have the client send them, and name them in `secrets`",
            )
        if not self.live and not _on_loopback(parts.hostname):
            raise ConfigurationError(
                f"the upstream {parts.hostname} is not on this machine",
                remedy="Pass live=True if requests are really meant to go there",
            )

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    def target(self, target: str) -> bytes:
        """A request's target as the upstream gets it, its bytes unchanged, below the base URL's path;
        what comes in absolute form loses its own host."""
        if not target.startswith("/"):
            parts = urlsplit(target)
            target = (parts.path or "/") + ("?" + parts.query) * bool(parts.query)
        return (urlsplit(self.url).path.rstrip("/") + target).encode("latin-1")


def _on_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def request_to(
    upstream: Upstream,
    heard: Heard,
    timeout_s: float,
    *,
    unpacked: bool = False,
    keeps_host: bool = False,
) -> httpx2.Request:
    """What is sent on. The target goes beside the URL, which would be put into a normal form.

    `unpacked` asks the upstream not to compress; `keeps_host` leaves `host` as the caller wrote it, for
    a server that makes URLs of it which are to lead here.
    """
    named = {
        name.strip().lower()
        for key, value in heard.headers
        if key == "connection"
        for name in value.split(",")
    }
    dropped = _FRAMING | named
    dropped |= (frozenset() if keeps_host else {"host"}) | (
        {"accept-encoding"} if unpacked else set()
    )
    headers = [
        (name.encode("latin-1"), value.encode("latin-1"))
        for name, value in heard.headers
        if name not in dropped
    ]
    if unpacked:
        headers.append((b"accept-encoding", b"identity"))
    sized = heard.body or heard.header("content-length") is not None
    return httpx2.Request(
        heard.method,
        upstream.origin,
        headers=headers,
        content=heard.body if sized else None,
        extensions={
            "target": upstream.target(heard.target),
            "timeout": httpx2.Timeout(timeout_s).as_dict(),
        },
    )


def fields_of(response: httpx2.Response) -> tuple[tuple[str, str], ...]:
    """The header fields of an answer that are the message's, and not the connection's."""
    fields = [
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers.raw
    ]
    named = {
        each.strip().lower()
        for name, value in fields
        if name.lower() == "connection"
        for each in value.split(",")
    }
    dropped = HOP_BY_HOP | named
    return tuple((name, value) for name, value in fields if name.lower() not in dropped)


def why(error: Exception) -> str:
    """What went wrong, without what was on the wire: a parser quotes what it could not read."""
    told = isinstance(error, httpx2.NetworkError) and str(error)
    return f"{type(error).__name__}: {error}" if told else type(error).__name__
