"""The default transport, for threads and for event loops: the connection pool of httpx2.

The pool (`httpcore2`, which httpx2 is built on) is used directly: the client above it would add
redirects, cookies and a quarter of the CPU, and none of that is wanted here. Its network backend is
public, and ours keeps the deadline at every single receive.
"""

from __future__ import annotations

import asyncio
import contextlib
import weakref
from typing import TYPE_CHECKING, Any

import httpcore2

from bridgewright.adapters.transports.asking import fields, unusable
from bridgewright.adapters.transports.connecting import chain, context, trouble_of
from bridgewright.adapters.transports.content import Content, without_encoding
from bridgewright.adapters.transports.resolving import Resolver
from bridgewright.adapters.transports.under_way import UnderWay, under_way
from bridgewright.core.errors import TransportError
from bridgewright.core.model.call import Phase, Response, Trouble
from bridgewright.engine.drive.calling import begin_anew_after_fork
from bridgewright.engine.drive.sweeper import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

    from bridgewright.core.model.call import Limits, Pairs, Request

KEEP_ALIVE_S = 5.0
"""How long an idle connection is kept: below what servers keep theirs, so that ours closes first."""
MOST_CONNECTIONS = 200
MOST_IDLE = 50
CHUNK_BYTES = 65_536
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
    sockets; who finds none free waits within the deadline.
    """

    __slots__ = ("__weakref__", "_options", "_pool", "_resolver")

    def __init__(
        self,
        *,
        ca_file: str | None = None,
        client_cert: str | None = None,
        proxy: str | None = None,
        max_connections: int = MOST_CONNECTIONS,
    ) -> None:
        self._options = _options(ca_file, client_cert, proxy, max_connections)
        self._resolver = Resolver()
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
            return Response(answer.status, _true(headers, content), bytes(body))
        except TransportError:
            raise
        except WIRE as error:
            raise _failed(error, attempt) from error
        finally:
            under_way.reset(token)
            if answer is not None:
                with contextlib.suppress(httpcore2.NetworkError, RuntimeError):
                    answer.close()

    def close(self) -> None:
        """Close every idle connection. What is under way goes on to its end."""
        with contextlib.suppress(RuntimeError):
            self._pool.close()
        self._pool = self._fresh()

    def after_fork(self) -> None:
        """A child opens connections of its own."""
        self._resolver = Resolver()
        self._pool = self._fresh()

    def _fresh(self) -> httpcore2.ConnectionPool:
        return httpcore2.ConnectionPool(**self._options, network_backend=_Network(self._resolver))


class AsyncHttpx2Transport:
    """The same from event loops: a pool for each loop that calls, gone with its loop."""

    __slots__ = ("__weakref__", "_options", "_pools")

    def __init__(
        self,
        *,
        ca_file: str | None = None,
        client_cert: str | None = None,
        proxy: str | None = None,
        max_connections: int = MOST_CONNECTIONS,
    ) -> None:
        self._options = _options(ca_file, client_cert, proxy, max_connections)
        self._pools: weakref.WeakKeyDictionary[
            asyncio.AbstractEventLoop, httpcore2.AsyncConnectionPool
        ] = weakref.WeakKeyDictionary()

    def __repr__(self) -> str:
        return "AsyncHttpx2Transport()"

    async def send(self, request: Request, limits: Limits) -> Response:
        """Send once; `TransportError` for everything that is not a whole answer."""
        attempt = UnderWay(limits)
        token = under_way.set(attempt)
        try:
            with until(limits.deadline):
                return await self._send(request, limits, attempt)
        except TransportError:
            raise
        except WIRE as error:
            raise _failed(error, attempt) from error
        finally:
            under_way.reset(token)

    async def aclose(self) -> None:
        """Close the idle connections of the running loop."""
        pool = self._pools.pop(asyncio.get_running_loop(), None)
        if pool is not None:
            with contextlib.suppress(RuntimeError):
                await pool.aclose()

    async def _send(self, request: Request, limits: Limits, attempt: UnderWay) -> Response:
        pool = self._pool()
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
            return Response(answer.status, _true(headers, content), bytes(body))
        finally:
            if not handed_over:
                await answer.aclose()

    def _pool(self) -> httpcore2.AsyncConnectionPool:
        loop = asyncio.get_running_loop()
        pool = self._pools.get(loop)
        if pool is None:
            pool = httpcore2.AsyncConnectionPool(**self._options, network_backend=_AsyncNetwork())
            self._pools[loop] = pool
        return pool


class _Stream:
    """The body of an answer in the hands of whoever asked for it."""

    def __init__(self, answer: httpcore2.Response, content: Content) -> None:
        self.status = answer.status
        self._answer = answer
        self._content = content

    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in _iterate(self._answer):
                yield from self._content.feed(chunk)
            self._content.end()
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
        except WIRE as error:
            raise _cut(error) from error
        finally:
            await self.aclose()

    async def aclose(self) -> None:
        """Give the connection back, or up."""
        await self._answer.aclose()


class _Network(httpcore2.NetworkBackend):
    """Connects within the time that is left, by every address a name has."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._plain = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        attempt = under_way.get()
        if attempt is None:
            return self._plain.connect_tcp(host, port, timeout, local_address, socket_options)
        attempt.connected = True
        try:
            addresses = self._resolver.addresses(host, attempt.left_to_connect_s(timeout))
        except (TimeoutError, OSError) as error:
            attempt.trouble = Trouble.DNS
            raise httpcore2.ConnectError(str(error)) from error
        failure: Exception | None = None
        for number, (_, address) in enumerate(addresses):
            share_s = attempt.left_to_connect_s(timeout) / (len(addresses) - number)
            try:
                stream = self._plain.connect_tcp(
                    address, port, share_s, local_address, socket_options
                )
                return _Clipped(stream)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore2.ConnectError("the name has no address")

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore2.NetworkStream:
        return self._plain.connect_unix_socket(path, timeout, socket_options)

    def sleep(self, seconds: float) -> None:
        self._plain.sleep(seconds)


class _Clipped(httpcore2.NetworkStream):
    """A socket each of whose waits ends with the attempt it belongs to."""

    def __init__(self, plain: httpcore2.NetworkStream) -> None:
        self._plain = plain

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        attempt = under_way.get()
        if attempt is None:
            return self._plain.read(max_bytes, timeout)
        data = self._plain.read(max_bytes, attempt.left_s(timeout))
        attempt.heard = attempt.heard or bool(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        attempt = under_way.get()
        if attempt is None:
            self._plain.write(buffer, timeout)
            return
        view = memoryview(buffer)
        while view:  # small pieces: the time that is left is looked at between them
            left_s = attempt.left_s(timeout)
            attempt.wrote = True
            self._plain.write(bytes(view[:CHUNK_BYTES]), left_s)
            view = view[CHUNK_BYTES:]

    def close(self) -> None:
        self._plain.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        attempt = under_way.get()
        left_s = timeout if attempt is None else attempt.left_to_connect_s(timeout)
        return _Clipped(self._plain.start_tls(ssl_context, server_hostname, left_s))

    def get_extra_info(self, info: str) -> Any:
        return self._plain.get_extra_info(info)


class _AsyncNetwork(httpcore2.AsyncNetworkBackend):
    """Notes how far an attempt comes; the deadline itself is the whole attempt's."""

    def __init__(self) -> None:
        self._plain = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the pool's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        attempt = under_way.get()
        if attempt is not None:
            attempt.connected = True
            timeout = attempt.left_to_connect_s(timeout)
        stream = await self._plain.connect_tcp(host, port, timeout, local_address, socket_options)
        return _AsyncNoted(stream)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - the pool's signature
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        return await self._plain.connect_unix_socket(path, timeout, socket_options)

    async def sleep(self, seconds: float) -> None:
        await self._plain.sleep(seconds)


class _AsyncNoted(httpcore2.AsyncNetworkStream):
    def __init__(self, plain: httpcore2.AsyncNetworkStream) -> None:
        self._plain = plain

    async def read(
        self,
        max_bytes: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the pool's signature
    ) -> bytes:
        data = await self._plain.read(max_bytes, timeout)
        attempt = under_way.get()
        if attempt is not None and data:
            attempt.heard = True
        return data

    async def write(
        self,
        buffer: bytes,
        timeout: float | None = None,  # noqa: ASYNC109 - the pool's signature
    ) -> None:
        attempt = under_way.get()
        if attempt is not None and buffer:
            attempt.wrote = True
        await self._plain.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._plain.aclose()

    async def start_tls(
        self,
        ssl_context: Any,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the pool's signature
    ) -> httpcore2.AsyncNetworkStream:
        attempt = under_way.get()
        left_s = timeout if attempt is None else attempt.left_to_connect_s(timeout)
        return _AsyncNoted(await self._plain.start_tls(ssl_context, server_hostname, left_s))

    def get_extra_info(self, info: str) -> Any:
        return self._plain.get_extra_info(info)


def _options(
    ca_file: str | None, client_cert: str | None, proxy: str | None, max_connections: int
) -> dict[str, Any]:
    return {
        "ssl_context": context(ca_file, client_cert),
        "proxy": None if proxy is None else httpcore2.Proxy(proxy),
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
        timeouts = {"connect": limits.connect_s, "read": idle_s, "write": idle_s, "pool": None}
        timeouts["pool"] = limits.idle_s
        return httpcore2.Request(
            request.method, url, headers=headers, content=content, extensions={"timeout": timeouts}
        )
    except (UnicodeError, ValueError, IndexError, TypeError) as error:
        raise unusable(f"it is no HTTP request ({type(error).__name__})") from None


def _chunks(request: Request) -> bytes | Iterable[bytes] | None:
    body = request.body
    return body if body is None or isinstance(body, bytes) else body.open()


def _async_chunks(request: Request) -> bytes | AsyncIterator[bytes] | None:
    body = request.body
    return body if body is None or isinstance(body, bytes) else _gently(body.open())


async def _gently(chunks: Iterable[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
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


def _failed(error: Exception, attempt: UnderWay) -> TransportError:
    """What an exception of the pool means, and how far the attempt had come."""
    phase = attempt.phase
    if attempt.late and phase is not Phase.NOT_SENT:
        return TransportError(phase, Trouble.DEADLINE, "the time was over")
    if phase is Phase.NOT_SENT:
        return TransportError(phase, _before(error, attempt))
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
