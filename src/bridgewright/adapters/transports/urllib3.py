"""The transport under botocore: urllib3's pools, with sockets that keep the deadline.

urllib3 arms its timeouts anew at every receive, so that a peer that drips holds a call for ever. Here
each receive and each send ends with the attempt it belongs to.
"""

from __future__ import annotations

import io
import socket
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from typing import TYPE_CHECKING, Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util import SKIP_HEADER, Timeout

from bridgewright.adapters.transports.asking import fields, unusable
from bridgewright.adapters.transports.connecting import chain, context, trouble_of
from bridgewright.adapters.transports.content import Content, without_encoding
from bridgewright.adapters.transports.resolving import Resolver
from bridgewright.adapters.transports.under_way import UnderWay, under_way
from bridgewright.core.errors import TransportError
from bridgewright.core.model.call import Phase, Response, Trouble
from bridgewright.engine.drive.calling import begin_anew_after_fork

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bridgewright.core.model.call import Limits, Request

MOST_CONNECTIONS = 200
MOST_HOSTS = 50
CHUNK_BYTES = 65_536
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
            made = (
                urllib3.ProxyManager(proxy, **options) if proxy else urllib3.PoolManager(**options)
            )
            made.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
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
        headers = urllib3.HTTPHeaderDict()
        for name, value in fields(request):
            if name != "transfer-encoding":
                headers.add(name, value)
        headers.setdefault("user-agent", SKIP_HEADER)
        headers.setdefault("accept-encoding", SKIP_HEADER)
        body = request.body
        chunked = body is not None and not isinstance(body, bytes) and body.length is None
        return self._manager.urlopen(
            request.method,
            request.url,
            body=body if body is None or isinstance(body, bytes) else iter(body.open()),
            headers=headers,
            redirect=False,
            retries=False,
            timeout=Timeout(connect=limits.connect_s, read=limits.idle_s),
            pool_timeout=attempt.left_s(None),
            preload_content=False,
            decode_content=False,
            chunked=chunked,
        )


class _Final(HTTPResponse):
    """An answer after all that is said before it: the standard library skips 100, and no other 1xx."""

    def _read_status(self) -> tuple[str, int, str]:
        read: Any = super()
        found: tuple[str, int, str] = read._read_status()  # noqa: SLF001 - 1xx is read in no other place
        while 100 < found[1] < 200 and found[1] != HTTPStatus.SWITCHING_PROTOCOLS:  # noqa: PLR2004
            while self.fp.readline(CHUNK_BYTES + 1) not in (b"\r\n", b"\n", b""):
                continue
            found = read._read_status()  # noqa: SLF001
        return found


class _Connection(HTTPConnection):
    """Connects within the time that is left, by every address a name has, and keeps the deadline."""

    response_class = _Final

    def _new_conn(self) -> socket.socket:
        return _connected(self)

    def connect(self) -> None:
        super().connect()
        self.sock: Any = _Clipped(self.sock)


class _SecureConnection(HTTPSConnection):
    response_class = _Final

    def _new_conn(self) -> socket.socket:
        return _connected(self)

    def connect(self) -> None:
        super().connect()
        self.sock: Any = _Clipped(self.sock)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _Clipped:
    """A connected socket, each of whose waits ends with the attempt it belongs to."""

    def __init__(self, plain: socket.socket) -> None:
        self._plain = plain

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plain, name)

    def sendall(self, sent: Any) -> None:
        attempt = under_way.get()
        view = memoryview(sent)
        while view:
            if attempt is not None:
                self._plain.settimeout(attempt.left_s(None))
                attempt.wrote = True
            view = view[self._plain.send(view[:CHUNK_BYTES]) :]

    def makefile(self, mode: str = "rb", *_: Any, **__: Any) -> io.BufferedReader:
        """What the answer is read from."""
        raw: Any = self._plain.makefile(mode, buffering=0)  # type: ignore[call-overload]
        return io.BufferedReader(_Receiving(self._plain, raw))


class _Receiving(io.RawIOBase):
    def __init__(self, plain: socket.socket, raw: io.RawIOBase) -> None:
        self._plain = plain
        self._raw = raw
        self._idle_s = plain.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int | None:
        attempt = under_way.get()
        if attempt is None:
            return self._raw.readinto(into)
        self._plain.settimeout(attempt.left_s(self._idle_s))
        count = self._raw.readinto(into)
        attempt.heard = attempt.heard or bool(count)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Stream:
    """The body of an answer in the hands of whoever asked for it."""

    def __init__(self, answer: urllib3.BaseHTTPResponse, content: Content) -> None:
        self._answer = answer
        self._content = content

    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in self._answer.stream(CHUNK_BYTES, decode_content=False):
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


def _connected(connection: HTTPConnection) -> socket.socket:
    attempt = under_way.get()
    if attempt is None or attempt.resolver is None:
        msg = "a connection is only opened for an attempt"
        raise RuntimeError(msg)
    attempt.connected = True
    host, port = connection._dns_host, connection.port  # noqa: SLF001 - what urllib3 itself connects to
    try:
        addresses = attempt.resolver.addresses(host, attempt.left_to_connect_s(None))
    except (TimeoutError, OSError):
        attempt.trouble = Trouble.DNS
        raise
    failure: OSError | None = None
    for number, (family, address) in enumerate(addresses):
        made = socket.socket(family, socket.SOCK_STREAM)
        try:
            made.settimeout(attempt.left_to_connect_s(None) / (len(addresses) - number))
            made.connect((address, port))
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            made.close()
            failure = error
        else:
            made.settimeout(attempt.left_to_connect_s(None))  # for the TLS handshake to come
            return made
    raise failure or OSError("the name has no address")


def _hang_up(answer: urllib3.BaseHTTPResponse) -> None:
    """Close what was not read to its end; its place in the pool is free again."""
    answer.close()
    answer.release_conn()


def _received(request: Request, limits: Limits, answer: urllib3.BaseHTTPResponse) -> Response:
    whole = False
    try:
        headers = tuple((name.lower(), value) for name, value in answer.headers.iteritems())
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
    known = any(isinstance(each, HTTPException) for each in causes)
    return Trouble.PROTOCOL if known else Trouble.RESET
