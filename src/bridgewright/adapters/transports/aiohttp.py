"""The transport for event loops with much to send: aiohttp's pool and its parser in C.

Of aiohttp's client everything is off that would act by itself: its second try of idempotent requests
on a connection that died, redirects, cookies, decompression, `.netrc` and the environment's proxies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from bridgewright.adapters.transports.asking import chunks, fields, unusable
from bridgewright.adapters.transports.connecting import chain, context, trouble_of
from bridgewright.adapters.transports.content import Content, without_encoding
from bridgewright.adapters.transports.loops import PerLoop
from bridgewright.adapters.transports.resolving import Resolver
from bridgewright.adapters.transports.under_way import UnderWay, under_way
from bridgewright.core.errors import TransportError
from bridgewright.core.model.call import Phase, Response, Trouble
from bridgewright.engine.drive.calling import begin_anew_after_fork
from bridgewright.engine.drive.sweeper import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

    from bridgewright.core.model.call import Body, Limits, Request

KEEP_ALIVE_S = 5.0
"""How long an idle connection is kept: below what servers keep theirs, so that ours closes first."""
MOST_CONNECTIONS = 200
CHUNK_BYTES = 65_536
FIELD_BYTES = 65_536
"""The longest line of an answer's head. Lists of links outgrow the 8 KB that aiohttp allows."""
_AT_ONCE_BYTES = 262_144
"""A larger body is written piece by piece: aiohttp would copy it while everything else waits."""
SWITCHED = 101
_NOT_OURS = ("accept", "accept-encoding", "content-type", "user-agent")
"""Fields aiohttp adds unless told not to."""
WIRE = (aiohttp.ClientError, OSError)
"""What aiohttp and its sockets raise. Anything else is a mistake of ours or of a body's author."""


class AiohttpTransport:
    """Requests from event loops, by HTTP/1.1. Options are those of `AsyncHttpx2Transport`."""

    __slots__ = ("__weakref__", "_context", "_most", "_proxy", "_resolver", "_sessions")

    def __init__(
        self,
        *,
        ca_file: str | None = None,
        client_cert: str | None = None,
        proxy: str | None = None,
        max_connections: int = MOST_CONNECTIONS,
        resolver: Resolver | None = None,
    ) -> None:
        self._context = context(ca_file, client_cert)
        self._proxy = proxy
        self._most = max_connections
        self._resolver = resolver or Resolver()
        self._sessions = PerLoop(self._session, aiohttp.ClientSession.close)
        begin_anew_after_fork(self)

    def __repr__(self) -> str:
        return "AiohttpTransport()"

    async def send(self, request: Request, limits: Limits) -> Response:
        """Send once; `TransportError` for everything that is not a whole answer."""
        attempt = UnderWay(limits)
        token = under_way.set(attempt)
        try:
            with until(limits.deadline) as limit:
                if attempt.cutoff is not None:
                    attempt.waits_within(limit)
                answer = await self._begun(request, limits)
                attempt.answered = attempt.heard = True
                return await _received(request, limits, answer)
        except WIRE as error:
            raise _failed(error, attempt) from error
        finally:
            under_way.reset(token)
            if attempt.cutoff is not None:
                attempt.over()

    async def aclose(self) -> None:
        """Close the connections of the running loop."""
        await self._sessions.aclose()

    def after_fork(self) -> None:
        """A child looks names up itself; its loops have connections of their own anyway."""
        self._resolver = self._resolver.anew()

    def _session(self) -> aiohttp.ClientSession:
        connector = _Connector(
            resolver=_Names(self._resolver),
            use_dns_cache=False,
            ssl=self._context,
            limit=self._most,
            keepalive_timeout=KEEP_ALIVE_S,
        )
        session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=_NOT_OURS,
            auto_decompress=False,
            trust_env=False,
            max_line_size=FIELD_BYTES,
            max_field_size=FIELD_BYTES,
        )
        session._retry_connection = False  # noqa: SLF001 - aiohttp has no other way to send once
        return session

    async def _begun(self, request: Request, limits: Limits) -> aiohttp.ClientResponse:
        """Send the request; its answer as soon as the head is there."""
        headers = [pair for pair in fields(request) if pair[0] != "transfer-encoding"]
        if not all(value.isascii() for _, value in headers):
            raise unusable("a header field is not ASCII, which aiohttp would send as UTF-8")
        try:
            url = URL(request.url, encoded=True)
            if url.raw_user is not None:
                url = url.with_user(None)  # who wants Basic authentication sets the field
            return await self._sessions.get().request(
                request.method,
                url,
                data=_content(request.body),
                headers=headers,
                allow_redirects=False,
                proxy=self._proxy,
                timeout=aiohttp.ClientTimeout(total=None, sock_read=limits.idle_s),
            )
        except (ValueError, TypeError) as error:
            if isinstance(error, aiohttp.ClientError) or _sent(under_way.get()):
                raise
            raise unusable(f"it is no HTTP request ({type(error).__name__})") from None


class _Connector(aiohttp.TCPConnector):
    """Connects within the time there is for it, and notes how far an attempt comes."""

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: Any,
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - aiohttp's signature
    ) -> Any:
        connection = await super().connect(req, traces, timeout)
        attempt = under_way.get()
        if attempt is not None:
            attempt.wrote = True  # all that follows is writing
            if attempt.cutoff is not None and connection.transport is not None:
                attempt.flies(connection.transport.get_extra_info("sockname"))
        return connection

    async def _create_connection(
        self,
        req: aiohttp.ClientRequest,
        traces: Any,
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - aiohttp's signature
    ) -> Any:
        attempt = under_way.get()
        if attempt is None:
            return await super()._create_connection(req, traces, timeout)
        attempt.connecting()
        with until(attempt.connect_by):
            return await super()._create_connection(req, traces, timeout)


class _Names(AbstractResolver):
    """Our resolver, as aiohttp asks one."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[Any]:
        del family  # by whatever way there is
        attempt = under_way.get()
        if attempt is not None:
            attempt.trouble = Trouble.DNS
        found = await self._resolver.addresses_on_loop(host)
        if attempt is not None:
            attempt.trouble = None
        return [_resolved(host, port, *each) for each in found]

    async def close(self) -> None:
        """Nothing is open."""


class _Stream:
    """The body of an answer in the hands of whoever asked for it."""

    def __init__(self, answer: aiohttp.ClientResponse, content: Content) -> None:
        self._answer = answer
        self._content = content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._answer.content.iter_any():
                for piece in self._content.feed(chunk):
                    yield piece
            self._content.end()
        except WIRE as error:
            raise _cut(error) from error
        finally:
            await self.aclose()

    async def aclose(self) -> None:
        """Give the connection back, or up."""
        self._answer.close()


def _resolved(host: str, port: int, family: int, address: str) -> dict[str, Any]:
    return {
        "hostname": host,
        "host": address,
        "port": port,
        "family": family,
        "proto": 0,
        "flags": 0,
    }


def _content(body: bytes | Body | None) -> bytes | AsyncIterator[bytes] | None:
    if body is None:
        return None
    if isinstance(body, bytes):
        return body if len(body) <= _AT_ONCE_BYTES else _gently(_pieces(body))
    return _gently(chunks(body))


def _pieces(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), CHUNK_BYTES):
        yield body[start : start + CHUNK_BYTES]


async def _gently(pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
    for chunk in pieces:
        yield chunk


async def _received(request: Request, limits: Limits, answer: aiohttp.ClientResponse) -> Response:
    kept = False
    try:
        if answer.status == SWITCHED:
            raise TransportError(Phase.MAYBE_SENT, Trouble.PROTOCOL, "another protocol, unasked")
        headers = tuple(
            (name.decode("latin-1").lower(), value.decode("latin-1"))
            for name, value in answer.raw_headers
        )
        streamed = request.streamed and 200 <= answer.status < 300  # noqa: PLR2004
        empty = request.method == "HEAD"  # and declares the length of what it does not bring
        limit = None if streamed or empty else limits.max_response_bytes
        content = Content(headers, limit, undo=not request.verbatim)
        true = without_encoding(headers) if content.encoded else headers
        if streamed:
            kept = True
            return Response(answer.status, true, stream=_Stream(answer, content))
        body = bytearray()
        async for chunk in answer.content.iter_any():
            for piece in content.feed(chunk):
                body += piece
        content.end()
        kept = True
        answer.release()
        return Response(answer.status, true, bytes(body))
    finally:
        if not kept:
            answer.close()


def _sent(attempt: UnderWay | None) -> bool:
    return attempt is not None and attempt.wrote


def _cut(error: BaseException) -> TransportError:
    """What ended a stream before its end."""
    if isinstance(error, TimeoutError):
        return TransportError(Phase.TRUNCATED, Trouble.READ_TIMEOUT, "nothing came for too long")
    return TransportError(Phase.TRUNCATED, Trouble.INCOMPLETE, "the body ended before it was whole")


def _failed(error: Exception, attempt: UnderWay) -> TransportError:
    """What an exception of aiohttp means, and how far the attempt had come."""
    for each in chain(error):
        if isinstance(each, TransportError):
            return TransportError(each.phase, each.trouble)  # of a body; aiohttp wraps it
    phase = attempt.phase
    if phase is Phase.NOT_SENT:
        return TransportError(phase, _before(error, attempt))
    if attempt.late:
        return TransportError(phase, Trouble.DEADLINE, "the time was over")
    return TransportError(phase, _after(error, attempt))


def _before(error: Exception, attempt: UnderWay) -> Trouble:
    match error:
        case aiohttp.InvalidURL():
            return Trouble.UNUSABLE
        case aiohttp.ClientProxyConnectionError() | aiohttp.ClientHttpProxyError():
            return Trouble.PROXY
    if attempt.trouble is not None:
        return attempt.trouble
    timed_out = any(isinstance(each, TimeoutError) for each in chain(error))
    if timed_out and not attempt.connected:
        return Trouble.POOL
    return trouble_of(error, Trouble.CONNECT_TIMEOUT if timed_out else Trouble.CONNECT)


def _after(error: Exception, attempt: UnderWay) -> Trouble:
    if isinstance(error, TimeoutError):
        return Trouble.READ_TIMEOUT
    if attempt.answered:
        return Trouble.INCOMPLETE
    if isinstance(error, aiohttp.ServerDisconnectedError):
        if not isinstance(error.message, str):
            return Trouble.PROTOCOL  # it hung up inside the head of an answer
        return Trouble.DISCONNECTED if attempt.connected else Trouble.STALE
    if not any(isinstance(each, OSError) for each in chain(error)):
        return Trouble.PROTOCOL
    return _broken_off(error, attempt)


def _broken_off(error: Exception, attempt: UnderWay) -> Trouble:
    if not attempt.connected:
        return Trouble.STALE
    reset = any(isinstance(each, ConnectionResetError) for each in chain(error))
    return Trouble.RESET if reset else Trouble.WRITE
