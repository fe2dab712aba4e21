"""The default transport, for threads and for event loops: the connection pool of httpx2.

The pool (`httpcore2`, which httpx2 is built on) is used directly: the client above it would add
redirects, cookies and a quarter of the CPU, and none of that is wanted here. Its network backend is
public, and ours keeps the deadline at every single receive.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any

import httpcore2

from bridgewright.adapters.transports.asking import chunks, fields, unusable
from bridgewright.adapters.transports.connecting import chain, context, proxy_of, trouble_of
from bridgewright.adapters.transports.content import Content, without_encoding
from bridgewright.adapters.transports.httpx2_network import (
    AsyncNetwork,
    Network,
    spend_if_more_came,
)
from bridgewright.adapters.transports.loops import PerLoop
from bridgewright.adapters.transports.resolving import Resolver
from bridgewright.adapters.transports.under_way import UnderWay, apart, under_way
from bridgewright.core.errors import TransportError
from bridgewright.core.model.call import NS_PER_S, Phase, Response, Trouble
from bridgewright.engine.drive.calling import begin_anew_after_fork
from bridgewright.engine.drive.sweeper import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

    from bridgewright.core.model.call import Limits, Pairs, Request

KEEP_ALIVE_S = 5.0
"""How long an idle connection is kept: below what servers keep theirs, so that ours closes first."""
MOST_CONNECTIONS = 200
MOST_IDLE = 50
WIRE = (
    httpcore2.ProtocolError,
    httpcore2.NetworkError,
    httpcore2.TimeoutException,
    httpcore2.ProxyError,
    httpcore2.UnsupportedProtocol,
    OSError,
)
"""What the pool and its sockets raise. Anything else is a mistake of ours or of a body's author, and
none of the wire's."""


class Httpx2Transport:
    """Requests from threads, by HTTP/1.1.

    `ca_file` replaces the system's certificates, `client_cert` is shown to servers that ask for one,
    `proxy` is the URL of an HTTP proxy; none is taken from the environment. `max_connections` bounds
    sockets; who finds none free waits within the deadline. `resolver` looks names up.
    """

    __slots__ = ("__weakref__", "_options", "_pool", "_resolver")

    def __init__(
        self,
        *,
        ca_file: str | None = None,
        client_cert: str | None = None,
        proxy: str | None = None,
        max_connections: int = MOST_CONNECTIONS,
        resolver: Resolver | None = None,
    ) -> None:
        self._options = _options(ca_file, client_cert, proxy, max_connections)
        self._resolver = resolver or Resolver()
        self._pool = self._fresh()
        begin_anew_after_fork(self)

    def __repr__(self) -> str:
        return "Httpx2Transport()"

    def send(self, request: Request, limits: Limits) -> Response:
        """Send once; `TransportError` for everything that is not a whole answer."""
        attempt = UnderWay(limits)
        token = under_way.set(attempt)
        answer: httpcore2.Response | None = None
        try:
            answer = self._pool.handle_request(_asked(request, limits, _chunks(request)))
            attempt.answered = True
            headers = _fields(answer.headers)
            streamed = request.streamed and 200 <= answer.status < 300  # noqa: PLR2004
            empty = request.method == "HEAD"  # and declares the length of what it does not bring
            limit = None if streamed or empty else limits.max_response_bytes
            content = Content(headers, limit, undo=not request.verbatim)
            if streamed:
                stream, answer = _Stream(answer, content), None
                return Response(stream.status, _true(headers, content), stream=stream)
            body = bytearray()
            for chunk in _iterate(answer):
                for piece in content.feed(chunk):
                    body += piece
            content.end()
            spend_if_more_came(answer)
            return Response(answer.status, _true(headers, content), bytes(body))
        except TransportError:
            raise
        except WIRE as error:
            raise _failed(error, attempt, self._options) from error
        finally:
            under_way.reset(token)
            if answer is not None:
                with contextlib.suppress(httpcore2.NetworkError, RuntimeError):
                    answer.close()
            if attempt.cutoff is not None:
                attempt.over()

    def close(self) -> None:
        """Close every idle connection. What is under way goes on to its end."""
        with contextlib.suppress(RuntimeError):
            self._pool.close()
        self._pool = self._fresh()

    def after_fork(self) -> None:
        """A child opens connections of its own."""
        self._resolver = self._resolver.anew()
        self._pool = self._fresh()

    def _fresh(self) -> httpcore2.ConnectionPool:
        return httpcore2.ConnectionPool(**self._options, network_backend=Network(self._resolver))


class AsyncHttpx2Transport:
    """The same from event loops: a pool for each loop that calls, gone with its loop."""

    __slots__ = ("__weakref__", "_options", "_pools", "_resolver")

    def __init__(
        self,
        *,
        ca_file: str | None = None,
        client_cert: str | None = None,
        proxy: str | None = None,
        max_connections: int = MOST_CONNECTIONS,
        resolver: Resolver | None = None,
    ) -> None:
        self._options = _options(ca_file, client_cert, proxy, max_connections)
        self._resolver = resolver or Resolver()
        self._pools = PerLoop(self._fresh, _closed)
        begin_anew_after_fork(self)

    def __repr__(self) -> str:
        return "AsyncHttpx2Transport()"

    async def send(self, request: Request, limits: Limits) -> Response:
        """Send once; `TransportError` for everything that is not a whole answer."""
        attempt = UnderWay(limits)
        token = under_way.set(attempt)
        try:
            with until(limits.deadline) as limit:
                if attempt.cutoff is not None:
                    attempt.waits_within(limit)
                return await self._send(request, limits, attempt)
        except TransportError:
            raise
        except WIRE as error:
            raise _failed(error, attempt, self._options) from error
        finally:
            under_way.reset(token)
            if attempt.cutoff is not None:
                attempt.over()

    async def aclose(self) -> None:
        """Close the idle connections of the running loop."""
        await self._pools.aclose()

    def after_fork(self) -> None:
        """A child looks names up itself; its loops have pools of their own anyway."""
        self._resolver = self._resolver.anew()

    async def _send(self, request: Request, limits: Limits, attempt: UnderWay) -> Response:
        pool = self._pools.get()
        answer = await pool.handle_async_request(_asked(request, limits, _async_chunks(request)))
        attempt.answered = True
        handed_over = False
        try:
            headers = _fields(answer.headers)
            streamed = request.streamed and 200 <= answer.status < 300  # noqa: PLR2004
            empty = request.method == "HEAD"  # and declares the length of what it does not bring
            limit = None if streamed or empty else limits.max_response_bytes
            content = Content(headers, limit, undo=not request.verbatim)
            if streamed:
                handed_over = True
                stream = _AsyncStream(answer, content)
                return Response(answer.status, _true(headers, content), stream=stream)
            body = bytearray()
            async for chunk in _iterate_async(answer):
                for piece in content.feed(chunk):
                    body += piece
            content.end()
            spend_if_more_came(answer)
            return Response(answer.status, _true(headers, content), bytes(body))
        finally:
            if not handed_over:
                await answer.aclose()

    def _fresh(self) -> httpcore2.AsyncConnectionPool:
        network = AsyncNetwork(self._resolver)
        return httpcore2.AsyncConnectionPool(**self._options, network_backend=network)


class _Stream:
    """The body of an answer in the hands of whoever asked for it."""

    def __init__(self, answer: httpcore2.Response, content: Content) -> None:
        self.status = answer.status
        self._answer = answer
        self._content = content

    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in apart(_iterate(self._answer)):
                yield from self._content.feed(chunk)
            self._content.end()
            spend_if_more_came(self._answer)
        except WIRE as error:
            raise _cut(error) from error
        finally:
            self.close()

    def close(self) -> None:
        """Give the connection back, or up."""
        self._answer.close()


class _AsyncStream:
    def __init__(self, answer: httpcore2.Response, content: Content) -> None:
        self._answer = answer
        self._content = content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in _iterate_async(self._answer):
                for piece in self._content.feed(chunk):
                    yield piece
            self._content.end()
            spend_if_more_came(self._answer)
        except WIRE as error:
            raise _cut(error) from error
        finally:
            await self.aclose()

    async def aclose(self) -> None:
        """Give the connection back, or up."""
        await self._answer.aclose()


async def _closed(pool: httpcore2.AsyncConnectionPool) -> None:
    with contextlib.suppress(RuntimeError):
        await pool.aclose()


def _options(
    ca_file: str | None, client_cert: str | None, proxy: str | None, max_connections: int
) -> dict[str, Any]:
    return {
        "ssl_context": context(ca_file, client_cert),
        "proxy": None if proxy is None else httpcore2.Proxy(*proxy_of(proxy)),
        "max_connections": max_connections,
        "max_keepalive_connections": min(MOST_IDLE, max_connections),
        "keepalive_expiry": KEEP_ALIVE_S,
        "retries": 0,
    }


def _asked(request: Request, limits: Limits, content: Any) -> httpcore2.Request:
    try:
        url = httpcore2.URL(request.url)
        asked = fields(request)
        headers = [(name.encode("ascii"), value.encode("latin-1")) for name, value in asked]
        idle_s = limits.idle_s
        timeouts = {"connect": limits.connect_s, "read": idle_s, "write": idle_s}
        timeouts["pool"] = max(0, limits.deadline - time.monotonic_ns()) / NS_PER_S
        return httpcore2.Request(
            request.method, url, headers=headers, content=content, extensions={"timeout": timeouts}
        )
    except (UnicodeError, ValueError, IndexError, TypeError) as error:
        raise unusable(f"it is no HTTP request ({type(error).__name__})") from None


def _chunks(request: Request) -> bytes | Iterable[bytes] | None:
    body = request.body
    return body if body is None or isinstance(body, bytes) else chunks(body)


def _async_chunks(request: Request) -> bytes | AsyncIterator[bytes] | None:
    body = request.body
    return body if body is None or isinstance(body, bytes) else _gently(chunks(body))


async def _gently(pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
    for chunk in pieces:
        yield chunk


def _iterate(answer: httpcore2.Response) -> Iterator[bytes]:
    stream: Any = answer.stream
    return iter(stream)


def _iterate_async(answer: httpcore2.Response) -> AsyncIterator[bytes]:
    stream: Any = answer.stream
    return aiter(stream)


def _fields(headers: Iterable[tuple[bytes, bytes]]) -> Pairs:
    return tuple(
        (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers
    )


def _true(headers: Pairs, content: Content) -> Pairs:
    return without_encoding(headers) if content.encoded else headers


def _cut(error: BaseException) -> TransportError:
    """What ended a stream before its end."""
    if isinstance(error, TimeoutError | httpcore2.ReadTimeout):
        return TransportError(Phase.TRUNCATED, Trouble.READ_TIMEOUT, "nothing came for too long")
    return TransportError(Phase.TRUNCATED, Trouble.INCOMPLETE, "the body ended before it was whole")


def _failed(error: Exception, attempt: UnderWay, options: dict[str, Any]) -> TransportError:
    """What an exception of the pool means, and how far the attempt had come."""
    phase = attempt.phase
    if attempt.late and phase is not Phase.NOT_SENT:
        return TransportError(phase, Trouble.DEADLINE, "the time was over")
    if phase is Phase.NOT_SENT:
        trouble = _before(error, attempt)
        by_proxy = options["proxy"] is not None and trouble is Trouble.REFUSED
        return TransportError(phase, Trouble.PROXY if by_proxy else trouble)
    if isinstance(error, httpcore2.ProxyError):
        return TransportError(Phase.NOT_SENT, Trouble.PROXY)
    return TransportError(phase, _after(error, attempt))


def _before(error: Exception, attempt: UnderWay) -> Trouble:
    match error:
        case httpcore2.PoolTimeout():
            return Trouble.POOL
        case httpcore2.ProxyError():
            return Trouble.PROXY
        case httpcore2.UnsupportedProtocol() | httpcore2.LocalProtocolError():
            return Trouble.UNUSABLE
    if attempt.trouble is not None:
        return attempt.trouble
    timed_out = any(
        isinstance(each, TimeoutError | httpcore2.ConnectTimeout) for each in chain(error)
    )
    if timed_out and not attempt.connected:
        return Trouble.POOL
    return trouble_of(error, Trouble.CONNECT_TIMEOUT if timed_out else Trouble.CONNECT)


def _after(error: Exception, attempt: UnderWay) -> Trouble:
    if isinstance(error, httpcore2.ReadTimeout | TimeoutError):
        return Trouble.READ_TIMEOUT
    if not attempt.heard and not attempt.connected:
        return Trouble.STALE
    match error:
        case httpcore2.WriteError() | httpcore2.WriteTimeout():
            return Trouble.WRITE
        case httpcore2.ReadError():
            return Trouble.RESET
        case httpcore2.RemoteProtocolError() if not attempt.heard:
            return Trouble.DISCONNECTED
    return Trouble.INCOMPLETE if attempt.answered else Trouble.PROTOCOL
