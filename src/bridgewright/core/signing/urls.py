"""Which URL a provider may have signed: the configured one, in a small closed set of variants.

Behind proxies nobody can know for sure how the URL was written that a provider was given. What is
tried is what real deployments get wrong, and nothing that a stranger could steer: the public URL of
the source (else the URL as our face saw it), with its default port or without, with a slash at its
end or without, with the query as it came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from bridgewright.core.model.inbound import Delivery

UrlRule = Callable[[str], "Callable[[Delivery], Iterable[bytes]]"]
"""Makes of a source's public URL (empty when none is configured) the URLs of a delivery."""

_DEFAULT_PORTS = {"https": 443, "http": 80}


def as_seen(public_url: str) -> Callable[[Delivery], Iterable[bytes]]:
    """The one URL: for schemes that sign none, where it is never asked for."""
    return lambda delivery: (as_bytes(_whole(public_url, delivery)),)


def variants(public_url: str) -> Callable[[Delivery], Iterable[bytes]]:
    """The URLs that may have been signed, the likeliest first; none where nobody knows one."""

    def likely(delivery: Delivery) -> Iterator[bytes]:
        url = _whole(public_url, delivery)
        if url:
            yield as_bytes(url)  # nearly always this one: the others are made when it was not
            yield from (as_bytes(other) for other in written(url)[1:])

    return likely


def _whole(public_url: str, delivery: Delivery) -> str:
    if not public_url:
        return delivery.url
    query = delivery.query.decode("utf-8", "surrogateescape")
    return f"{public_url}?{query}" if query else public_url


def as_bytes(url: str) -> bytes:
    """A URL as it is signed: a query byte for byte as it came, whatever it holds."""
    try:
        return url.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a half of a pair that no request brings, but a caller may
        return url.encode("utf-8", "surrogatepass")


def written(url: str) -> tuple[str, ...]:
    """The ways in which `url` is written: port and slash, each with and without."""
    if not url:
        return ()
    place, mark, query = url.partition("?")
    try:
        parts = urlsplit(place)
        port = parts.port
    except ValueError:  # no URL at all
        return (url,)
    host = parts.netloc.rpartition("@")[2]
    default = _DEFAULT_PORTS.get(parts.scheme)
    bare = host.removesuffix(f":{default}") if port == default else host
    hosts = (
        [host]
        if default is None or (port is not None and port != default)
        else [
            bare,
            f"{bare}:{default}",
        ]
    )
    path = parts.path
    paths = [path, path[:-1] if path.endswith("/") else path + "/"]
    found = [f"{parts.scheme}://{host}{path}{mark}{query}" for path in paths for host in hosts]
    return tuple(dict.fromkeys((url, *found)))
