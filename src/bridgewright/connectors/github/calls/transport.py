"""httpx's transport on our engine: what githubkit puts on the wire goes out by a connection."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from bridgewright.core.model.call import Request, Trouble
from bridgewright.engine.drive.calling import deadline
from bridgewright.engine.drive.flow import run, run_async

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.core.model.call import Body, Response
    from bridgewright.engine.call.call import Call
    from bridgewright.engine.call.caller import Caller
    from bridgewright.engine.drive.granted import Credentials

CALL = "bridgewright.call"
"""The extension of an httpx response that holds its call."""
CREDENTIALS = "bridgewright.credentials"
"""The extension of an httpx request that holds the credentials it is made with."""

_LIMITED = (403, 429)
_OWN_TO_TRANSPORTS = frozenset(
    {"accept-encoding", "connection", "content-length", "host", "transfer-encoding"}
)
_OF_THE_WIRE = frozenset({"content-encoding", "content-length", "transfer-encoding"})
_TROUBLES: dict[Trouble, type[httpx.TransportError]] = {
    Trouble.CONNECT_TIMEOUT: httpx.ConnectTimeout,
    Trouble.READ_TIMEOUT: httpx.ReadTimeout,
    Trouble.DEADLINE: httpx.ReadTimeout,
    Trouble.POOL: httpx.PoolTimeout,
    Trouble.PROXY: httpx.ProxyError,
    Trouble.WRITE: httpx.WriteError,
    Trouble.RESET: httpx.ReadError,
    Trouble.TOO_LARGE: httpx.ReadError,
    Trouble.DISCONNECTED: httpx.RemoteProtocolError,
    Trouble.STALE: httpx.RemoteProtocolError,
    Trouble.PROTOCOL: httpx.RemoteProtocolError,
    Trouble.INCOMPLETE: httpx.RemoteProtocolError,
    Trouble.UNUSABLE: httpx.LocalProtocolError,
}


class BridgeTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Sends what either of githubkit's clients asks for through a connection.

    Timeouts given to the SDK are not used: the connection's deadline bounds the whole call, the making
    of an installation's token and the second try after 401 included. Answers come whole, streams too.
    """

    def __init__(self, caller: Caller, base_url: str) -> None:
        self._caller = caller
        self._base = urlsplit(base_url)

    def __repr__(self) -> str:
        return f"BridgeTransport({self._caller.account})"

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One call from a thread."""
        asked = _ours(request, _body(request))
        credentials = self._credentials(request)
        if credentials is None:
            return _theirs(request, self._caller.call(asked))
        with deadline(self._caller.numbers.deadline_s):
            return _theirs(request, run(credentials.flow(asked), self._caller.call))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One call from the running loop."""
        asked = _ours(request, await request.aread())
        credentials = self._credentials(request)
        if credentials is None:
            return _theirs(request, await self._caller.call_async(asked))
        with deadline(self._caller.numbers.deadline_s):
            call = await run_async(credentials.flow(asked), self._caller.call_async)
            return _theirs(request, call)

    def _credentials(self, request: httpx.Request) -> Credentials | None:
        """Whose request it is; nobody's when it goes elsewhere, for the credentials would go with it."""
        found: Credentials | None = request.extensions.get(CREDENTIALS)
        parts, base = urlsplit(str(request.url)), self._base
        same = (parts.scheme, parts.netloc) == (base.scheme, base.netloc)
        uploads = base.hostname == "api.github.com" and parts.hostname == "uploads.github.com"
        return found if same or (uploads and parts.scheme == "https") else None


class Asker:
    """Makes calls with credentials, and without the SDK; within the connection's deadline, whatever
    tokens it takes to make."""

    __slots__ = ("_caller", "_credentials")

    def __init__(self, caller: Caller, credentials: Credentials) -> None:
        self._caller = caller
        self._credentials = credentials

    def call(self, request: Request) -> Call:
        """One call from a thread."""
        with deadline(self._caller.numbers.deadline_s):
            call: Call = run(self._credentials.flow(request), self._caller.call)
            return call

    async def call_async(self, request: Request) -> Call:
        """One call from the running loop."""
        with deadline(self._caller.numbers.deadline_s):
            flow = self._credentials.flow(request)
            call: Call = await run_async(flow, self._caller.call_async)
            return call


class Upload:
    """A body that httpx hands over piece by piece: as long as it says, and sent once."""

    __slots__ = ("_request", "length")

    def __init__(self, request: httpx.Request) -> None:
        self._request = request
        length = request.headers.get("content-length", "")
        self.length = int(length) if length.isascii() and length.isdigit() else None

    def __repr__(self) -> str:
        return f"Upload({self.length} bytes)"

    @property
    def replayable(self) -> bool:
        """A file or a generator is read once."""
        return False

    def open(self) -> Iterator[bytes]:
        """The pieces."""
        stream = self._request.stream
        if not isinstance(stream, httpx.SyncByteStream):
            msg = "a body of an asynchronous kind cannot be sent from a thread"
            raise RuntimeError(msg)  # noqa: TRY004 - as httpx says it
        return iter(stream)


def _body(request: httpx.Request) -> bytes | Body | None:
    if isinstance(request.stream, httpx.ByteStream):
        return request.read() or None
    return Upload(request)


def _ours(request: httpx.Request, body: bytes | Body | None) -> Request:
    fields = ((name.lower(), value) for name, value in request.headers.multi_items())
    headers = tuple(pair for pair in fields if pair[0] not in _OWN_TO_TRANSPORTS)
    if not body and request.method in ("POST", "PUT", "PATCH"):
        body = b""
    return Request(request.method, str(request.url), headers, body or None)


def _theirs(request: httpx.Request, call: Call) -> httpx.Response:
    """The answer as httpx keeps one; an exception of httpx's when there is none to trust."""
    response = call.response
    if response is None:
        raise _exception(call)(str(call.error), request=request) from call.error
    return httpx.Response(
        response.status,
        headers=_fields(response, call),
        content=response.body,
        extensions={CALL: call},
    )


def _fields(response: Response, call: Call) -> list[tuple[str, str]]:
    """The header without what described the bytes on the wire. Times to wait are put in the one form
    that githubkit reads: it breaks on dates and on everything that is no number."""
    fields = [pair for pair in response.headers if pair[0] not in _OF_THE_WIRE]
    if response.status not in _LIMITED:
        return fields
    plain = []
    for name, value in fields:
        if name == "retry-after":
            plain.append((name, str(math.ceil(call.report.retry_after_s or 0))))
        elif name != "x-ratelimit-reset" or (value.isascii() and value.isdigit()):
            plain.append((name, value))
    return plain


def _exception(call: Call) -> type[httpx.TransportError]:
    if call.trouble is not None:
        return _TROUBLES.get(call.trouble.trouble, httpx.ConnectError)
    if call.refused:
        return httpx.ReadTimeout if call.refused == "deadline" else httpx.NetworkError
    return httpx.RemoteProtocolError  # it answered, and not as this API does
