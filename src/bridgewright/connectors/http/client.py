"""httpx2's own clients on our engine, for APIs without an SDK: their surface, our exceptions."""

from __future__ import annotations

import contextlib
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, NoReturn

import httpx2

from bridgewright.connectors.http.calls.credentials import KINDS, Word, credentials_of
from bridgewright.connectors.http.profile import CALL_PROFILE, OPTIONS
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.call import Request
from bridgewright.engine.call.connection import ClientMaker, Credential
from bridgewright.engine.drive.calling import deadline
from bridgewright.engine.drive.flow import run, run_async

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from bridgewright.core.model.call import AsyncStream, CallReport, Response, Stream
    from bridgewright.engine.call.call import Call
    from bridgewright.engine.call.caller import Caller
    from bridgewright.engine.call.connection import Connection
    from bridgewright.engine.drive.granted import Credentials

_STREAMED = "bridgewright.streamed"
_OWN_TO_TRANSPORTS = frozenset(
    {"accept-encoding", "connection", "content-length", "host", "transfer-encoding"}
)
_OF_THE_WIRE = frozenset({"content-encoding", "content-length", "transfer-encoding"})


class HttpClient(httpx2.Client):
    """`httpx2.Client` on a connection, for threads.

    An answer that is no success raises: `CallFailed`, `CallRefused`, `OutcomeUnknown` or `RetryLater`,
    with the engine's `report`, and the answer itself, if there was one to trust, as the `response` of
    its `__cause__`. `timeout=` of a request is the deadline of the whole call. Redirects are not
    followed and cookies not kept. A request to another host than the connection's is refused.
    """

    def __init__(self, connection: Connection) -> None:
        super().__init__(transport=_transport(connection), **_settings(connection))

    def send(
        self, request: httpx2.Request, *, stream: bool = False, **named: Any
    ) -> httpx2.Response:
        """Send one request: one call."""
        _refuse(self.base_url, request, named)
        request.extensions[_STREAMED] = stream
        limit_s = _deadline_s(request)
        if limit_s is None:
            return super().send(request, stream=stream, **named)
        with deadline(limit_s):
            return super().send(request, stream=stream, **named)


class AsyncHttpClient(httpx2.AsyncClient):
    """The same for coroutines."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(transport=_transport(connection), **_settings(connection))

    async def send(
        self, request: httpx2.Request, *, stream: bool = False, **named: Any
    ) -> httpx2.Response:
        """Send one request: one call."""
        _refuse(self.base_url, request, named)
        request.extensions[_STREAMED] = stream
        limit_s = _deadline_s(request)
        if limit_s is None:
            return await super().send(request, stream=stream, **named)
        with deadline(limit_s):
            return await super().send(request, stream=stream, **named)


class BridgeTransport(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Sends through a connection what either client asks for, with the connection's credentials."""

    def __init__(self, caller: Caller, credentials: Credentials | None = None) -> None:
        self._caller = caller
        self._credentials = credentials

    def __repr__(self) -> str:
        return f"BridgeTransport({self._caller.account})"

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """One call from a thread."""
        asked = _ours(request, request.read())
        if self._credentials is None:
            return _theirs(request, self._caller.call(asked))
        with self._bound():
            return _theirs(request, run(self._credentials.flow(asked), self._caller.call))

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """One call from the running loop."""
        asked = _ours(request, await request.aread())
        if self._credentials is None:
            return _theirs(request, await self._caller.call_async(asked))
        with self._bound():
            return _theirs(
                request, await run_async(self._credentials.flow(asked), self._caller.call_async)
            )

    def _bound(self) -> contextlib.AbstractContextManager[None]:
        """The fetching of a token and the second try after 401 are within the call's deadline."""
        if isinstance(self._credentials, Word):
            return contextlib.nullcontext()
        return deadline(self._caller.numbers.deadline_s)


class Streamed(httpx2.SyncByteStream):
    """The body of an answer as it comes, from a thread."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._stream)

    def close(self) -> None:
        """Give the connection back, wherever reading stopped."""
        self._stream.close()


class AsyncStreamed(httpx2.AsyncByteStream):
    """The same for coroutines."""

    def __init__(self, stream: AsyncStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            yield chunk

    async def aclose(self) -> None:
        """Give the connection back, wherever reading stopped."""
        await self._stream.aclose()


def connect(connection: Connection) -> HttpClient:
    """A plain client for threads."""
    return HttpClient(connection)


def connect_async(connection: Connection) -> AsyncHttpClient:
    """A plain client for coroutines."""
    return AsyncHttpClient(connection)


def attach(thing: Any, connection: Connection) -> NoReturn:
    """There is no SDK here: a client of somebody's own making is left alone."""
    del thing
    problem = f"connection {connection.name} makes clients of its own and takes over no others"
    raise ConfigurationError(problem, remedy="use bridge.http or bridge.connect")


def owns(thing: object) -> bool:
    """Nothing is this connector's to attach."""
    del thing
    return False


def report_of(error: BaseException) -> CallReport | None:
    """The report that our own exceptions hold."""
    report: CallReport | None = getattr(error, "report", None)
    return report


def _transport(connection: Connection) -> BridgeTransport:
    return BridgeTransport(connection.caller, credentials_of(connection))


def _settings(connection: Connection) -> Mapping[str, Any]:
    base_url = connection.base_url or connection.caller.profile.base_url
    if not base_url:
        raise ConfigurationError(
            "has no base_url",
            place=f"connection {connection.name}",
            remedy='say where the API is: base_url = "https://…"',
        )
    return {
        "base_url": base_url,
        "timeout": None,
        "follow_redirects": False,
        "trust_env": False,
        "cookies": CookieJar(DefaultCookiePolicy(allowed_domains=())),
    }


def _refuse(base: httpx2.URL, request: httpx2.Request, named: Mapping[str, Any]) -> None:
    url = request.url
    if (url.scheme, url.netloc) != (base.scheme, base.netloc):
        problem = f"this connection calls {base.host}, and the request goes elsewhere"
        raise ConfigurationError(problem, remedy="make a connection for each host")
    if named.get("follow_redirects") is True:
        problem = "redirects are not followed: they are answers"
        raise ConfigurationError(problem, remedy="leave follow_redirects out")


def _deadline_s(request: httpx2.Request) -> float | None:
    """The length that a request's timeout gives to the call."""
    limits = set((request.extensions.get("timeout") or {}).values())
    if limits <= {None}:
        return None
    if len(limits) > 1:
        problem = "a timeout with parts is not kept: a call has one deadline for everything"
        raise ConfigurationError(problem, remedy="give one number of seconds")
    return float(limits.pop())


def _ours(request: httpx2.Request, body: bytes) -> Request:
    fields = ((name.lower(), value) for name, value in request.headers.multi_items())
    headers = tuple(pair for pair in fields if pair[0] not in _OWN_TO_TRANSPORTS)
    empty = b"" if request.method in ("POST", "PUT", "PATCH") else None
    streamed = bool(request.extensions.get(_STREAMED))
    return Request(request.method, str(request.url), headers, body or empty, streamed=streamed)


def _theirs(request: httpx2.Request, call: Call) -> httpx2.Response:
    """The answer of a success; what the call ended in is raised otherwise, from the answer if any."""
    response = call.response
    if call.error is None or response is None:
        return _answer(request, call.unwrap())
    answer = _answer(request, response)
    text = f"answered {response.status}"
    raise call.error from httpx2.HTTPStatusError(text, request=request, response=answer)


def _answer(request: httpx2.Request, response: Response) -> httpx2.Response:
    kept = [pair for pair in response.headers if pair[0] not in _OF_THE_WIRE]
    stream: Any = response.stream
    if stream is None:
        return httpx2.Response(
            response.status, headers=kept, content=response.body, request=request
        )
    wrapped = Streamed(stream) if hasattr(stream, "close") else AsyncStreamed(stream)
    return httpx2.Response(response.status, headers=kept, stream=wrapped, request=request)


CLIENT = ClientMaker(
    provider="http",
    extra="",
    profile=CALL_PROFILE,
    credentials=tuple(
        Credential(name, (), optional=True) for names in KINDS.values() for name in names
    ),
    connect=connect,
    connect_async=connect_async,
    attach=attach,
    owns=owns,
    report_of=report_of,
    options=OPTIONS,
)
