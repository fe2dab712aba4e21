"""The transport under botocore: urllib3's pools, with sockets that keep the deadline.

urllib3 arms its timeouts anew at every receive, so that a peer that drips holds a call for ever. Here
each receive and each send ends with the attempt it belongs to.
"""

from __future__ import annotations

import re
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import urllib3
from urllib3.util import SKIP_HEADER, Timeout, make_headers

from bridgewright.adapters.transports.asking import chunks, fields, unusable
from bridgewright.adapters.transports.connecting import chain, context, proxy_of, trouble_of
from bridgewright.adapters.transports.content import Content, without_encoding
from bridgewright.adapters.transports.resolving import Resolver
from bridgewright.adapters.transports.under_way import UnderWay, apart, under_way
from bridgewright.adapters.transports.urllib3_network import CHUNK_BYTES, Pool, SecurePool
from bridgewright.core.errors import TransportError
from bridgewright.core.model.call import Phase, Response, Trouble
from bridgewright.engine.drive.calling import begin_anew_after_fork

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from urllib3.connectionpool import HTTPConnectionPool

    from bridgewright.core.model.call import Limits, Request

MOST_CONNECTIONS = 200
MOST_HOSTS = 50
_LENGTH = re.compile(r"\d+(?: *, *\d+)*").fullmatch
"""A length; where it is none, the standard library would read until the connection ends."""
WIRE = (urllib3.exceptions.HTTPError, HTTPException, OSError)
"""What urllib3 and its sockets raise. Anything else is a mistake of ours or of a body's author."""
_WRONG = (
    urllib3.exceptions.LocationParseError,
    urllib3.exceptions.InvalidHeader,
    urllib3.exceptions.LocationValueError,
)


class Urllib3Transport:
    """Requests from threads, by HTTP/1.1. Options are those of `Httpx2Transport`."""

    __slots__ = ("__weakref__", "_make", "_manager", "_resolver")

    def __init__(
        self,
        *,
        ca_file: str | None = None,
        client_cert: str | None = None,
        proxy: str | None = None,
        max_connections: int = MOST_CONNECTIONS,
        resolver: Resolver | None = None,
    ) -> None:
        def make() -> urllib3.PoolManager:
            options: dict[str, Any] = {
                "num_pools": MOST_HOSTS,
                "maxsize": max_connections,
                "block": True,
                "retries": False,
                "ssl_context": context(ca_file, client_cert),
            }
            made = urllib3.PoolManager(**options) if proxy is None else _by_proxy(proxy, options)
            made.pool_classes_by_scheme = {"http": Pool, "https": SecurePool}
            return made

        self._make = make
        self._manager = make()
        self._resolver = resolver or Resolver()
        begin_anew_after_fork(self)

    def __repr__(self) -> str:
        return "Urllib3Transport()"

    def send(self, request: Request, limits: Limits) -> Response:
        """Send once; `TransportError` for everything that is not a whole answer."""
        attempt = UnderWay(limits, self._resolver)
        token = under_way.set(attempt)
        try:
            answer = self._begun(request, limits, attempt)
            attempt.answered = True
            return _received(request, limits, answer)
        except WIRE as error:
            raise _failed(error, attempt) from error
        finally:
            under_way.reset(token)
            if attempt.cutoff is not None:
                attempt.over()

    def close(self) -> None:
        """Close every idle connection."""
        self._manager.clear()

    def after_fork(self) -> None:
        """A child opens connections of its own."""
        self._resolver = self._resolver.anew()
        self._manager = self._make()

    def _begun(
        self, request: Request, limits: Limits, attempt: UnderWay
    ) -> urllib3.BaseHTTPResponse:
        """Send the request; its answer as soon as the head is there."""
        body = request.body
        chunked = body is not None and not isinstance(body, bytes) and body.length is None
        try:
            headers = _headers(request)
            pool, target = self._place(request.url)
        except (UnicodeError, ValueError) as error:
            raise unusable(f"it is no HTTP request ({type(error).__name__})") from None
        left_s: Any = attempt.left_s(None)  # declared as whole seconds
        return pool.urlopen(
            request.method,
            target,
            body=body if body is None or isinstance(body, bytes) else chunks(body),
            headers=headers,
            assert_same_host=False,
            redirect=False,
            retries=False,
            timeout=Timeout(connect=limits.connect_s, read=limits.idle_s),
            pool_timeout=left_s,
            preload_content=False,
            decode_content=False,
            chunked=chunked,
        )

    def _place(self, url: str) -> tuple[HTTPConnectionPool, str]:
        """The pool of a URL's host, and what is asked for there.

        The path goes out as it was signed: urllib3's own way of URLs takes dot segments out of it,
        which in a key of S3 name another object.
        """
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        pool = self._manager.connection_from_host(parts.hostname, parts.port, parts.scheme)
        if parts.scheme == "http" and pool.proxy is not None:
            target = f"http://{parts.netloc.rpartition('@')[2]}{target}"
        return pool, target


class _Stream:
    """The body of an answer in the hands of whoever asked for it."""

    def __init__(self, answer: urllib3.BaseHTTPResponse, content: Content) -> None:
        self._answer = answer
        self._content = content

    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in apart(self._answer.stream(CHUNK_BYTES, decode_content=False)):
                yield from self._content.feed(chunk)
            self._content.end()
            self._answer.release_conn()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            late = any(isinstance(each, TimeoutError) for each in chain(error))
            trouble = Trouble.READ_TIMEOUT if late else Trouble.INCOMPLETE
            raise TransportError(Phase.TRUNCATED, trouble, "the body did not come whole") from error
        finally:
            self.close()

    def close(self) -> None:
        """Give the connection back, or up."""
        _hang_up(self._answer)


def _by_proxy(proxy: str, options: dict[str, Any]) -> urllib3.ProxyManager:
    url, login = proxy_of(proxy)
    shown = None if login is None else make_headers(proxy_basic_auth=":".join(login))
    return urllib3.ProxyManager(url, proxy_headers=shown, **options)


def _headers(request: Request) -> urllib3.HTTPHeaderDict:
    made = urllib3.HTTPHeaderDict()
    for name, value in fields(request):
        if name != "transfer-encoding":
            value.encode("latin-1")
            made.add(name, value)
    made.setdefault("user-agent", SKIP_HEADER)
    made.setdefault("accept-encoding", SKIP_HEADER)
    return made


def _hang_up(answer: urllib3.BaseHTTPResponse) -> None:
    """Close what was not read to its end; its place in the pool is free again."""
    answer.close()
    answer.release_conn()


def _received(request: Request, limits: Limits, answer: urllib3.BaseHTTPResponse) -> Response:
    whole = False
    try:
        headers = tuple((name.lower(), value) for name, value in answer.headers.iteritems())
        if any(key == "content-length" and not _LENGTH(value) for key, value in headers):
            raise TransportError(Phase.MAYBE_SENT, Trouble.PROTOCOL, "its length is no number")
        streamed = request.streamed and 200 <= answer.status < 300  # noqa: PLR2004
        empty = request.method == "HEAD"  # and declares the length of what it does not bring
        limit = None if streamed or empty else limits.max_response_bytes
        content = Content(headers, limit, undo=not request.verbatim)
        true = without_encoding(headers) if content.encoded else headers
        if streamed:
            whole = True
            return Response(answer.status, true, stream=_Stream(answer, content))
        body = bytearray()
        for chunk in answer.stream(CHUNK_BYTES, decode_content=False):
            for piece in content.feed(chunk):
                body += piece
        content.end()
        whole = True
        answer.release_conn()
        return Response(answer.status, true, bytes(body))
    finally:
        if not whole:
            _hang_up(answer)


def _failed(error: Exception, attempt: UnderWay) -> TransportError:
    """What an exception means, and how far the attempt had come."""
    phase = attempt.phase
    if attempt.late and phase is not Phase.NOT_SENT:
        return TransportError(phase, Trouble.DEADLINE, "the time was over")
    if phase is not Phase.NOT_SENT:
        return TransportError(phase, _after(error, attempt))
    if isinstance(error, _WRONG):
        return unusable(f"it is no HTTP request ({type(error).__name__})")
    return TransportError(phase, _before(error, attempt))


def _before(error: Exception, attempt: UnderWay) -> Trouble:
    if attempt.trouble is not None:
        return attempt.trouble
    if isinstance(error, urllib3.exceptions.EmptyPoolError) or not attempt.connected:
        return Trouble.POOL
    if isinstance(error, urllib3.exceptions.ProxyError):
        return Trouble.PROXY
    timed_out = any(isinstance(each, TimeoutError) for each in chain(error))
    return trouble_of(error, Trouble.CONNECT_TIMEOUT if timed_out else Trouble.CONNECT)


def _after(error: Exception, attempt: UnderWay) -> Trouble:
    causes: Iterable[BaseException] = tuple(chain(error))
    if any(isinstance(each, TimeoutError) for each in causes):
        return Trouble.READ_TIMEOUT
    if not attempt.heard and not attempt.connected:
        return Trouble.STALE
    if attempt.answered:
        return Trouble.INCOMPLETE
    if any(isinstance(each, BrokenPipeError) for each in causes):
        return Trouble.WRITE
    if not attempt.heard:
        reset = any(isinstance(each, ConnectionResetError) for each in causes)
        http = any(type(each).__name__ == "RemoteDisconnected" for each in causes)
        return Trouble.RESET if reset and not http else Trouble.DISCONNECTED
    broken = any(isinstance(each, OSError) for each in causes)
    return Trouble.RESET if broken else Trouble.PROTOCOL
