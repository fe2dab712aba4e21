"""What of a request goes on the wire: framing is ours, everything else is whoever's asked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bridgewright.adapters.transports.content import ACCEPTED
from bridgewright.adapters.transports.under_way import under_way
from bridgewright.core.errors import TransportError
from bridgewright.core.model.call import Phase, Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.core.model.call import Body, Pairs, Request

_FRAMING = frozenset({"host", "content-length", "transfer-encoding", "connection"})
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch
"""Names of fields and methods (RFC 9110, 5.6.2)."""
_NO_URL = re.compile(r"[^!-~]").search
"""What would end the request's line, or make another of it."""
_NO_VALUE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]").search
"""Control characters (RFC 9110, 5.5). Some parsers end a field at them."""
_NO_BODY = frozenset({"GET", "HEAD", "DELETE", "OPTIONS", "TRACE"})


def fields(request: Request) -> Pairs:
    """Header fields as they are sent; `TransportError` (not sent) for what is no HTTP."""
    if not _TOKEN(request.method):
        raise unusable("its method is no token")
    ours = _FRAMING if request.verbatim else _FRAMING | {"accept-encoding"}
    made = [("host", _host(request))]
    if not request.verbatim:
        made.append(("accept-encoding", ACCEPTED))
    made += [(name, value) for name, value in request.headers if name.lower() not in ours]
    made += _length(request)
    for name, value in made:
        if not _TOKEN(name) or _NO_VALUE(value):
            raise unusable("a header field holds what no header may")
    return tuple(made)


def chunks(body: Body) -> Iterator[bytes]:
    """A body's bytes, as many as it said; `TransportError` where they are more or fewer.

    The rest would be taken for the next request of the connection, or be waited for. The last bytes
    go out when nothing comes after them: until then the other side has no whole request.
    """
    if body.length is None:
        yield from body.open()
        return
    left, last = body.length, b""
    for chunk in body.open():
        left -= len(chunk)
        if left < 0:
            raise _misstated()
        if left:
            yield chunk
        elif chunk:
            last = chunk
    if left:
        raise _misstated()
    yield last


def _misstated() -> TransportError:
    attempt = under_way.get()
    phase = Phase.MAYBE_SENT if attempt is None else attempt.phase
    return TransportError(phase, Trouble.UNUSABLE, "its body is not as long as it said")


def unusable(why: str) -> TransportError:
    """What cannot be sent at all."""
    return TransportError(Phase.NOT_SENT, Trouble.UNUSABLE, why)


def _host(request: Request) -> str:
    given = request.header("host")
    parts = request.url.split("/", 3)
    if _NO_URL(request.url):
        raise unusable("its URL holds what must be percent-encoded")
    if len(parts) < 3 or parts[0] not in ("http:", "https:"):  # noqa: PLR2004 - scheme, nothing, host
        raise unusable("its URL is no absolute http or https URL")
    if parts[2][:1] in ("", ":", "?", "#"):
        raise unusable("its URL names no host")
    return given or parts[2].rpartition("@")[2].partition("?")[0]


def _length(request: Request) -> Pairs:
    body = request.body
    if body is None:
        return () if request.method in _NO_BODY else (("content-length", "0"),)
    length = len(body) if isinstance(body, bytes) else body.length
    if length is None:
        return (("transfer-encoding", "chunked"),)
    return (("content-length", str(length)),)
