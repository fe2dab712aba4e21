"""The connections in urllib3's pools: they connect and wait within the time an attempt has."""

from __future__ import annotations

import io
import socket
import time
from http import HTTPStatus
from http.client import BadStatusLine, HTTPResponse, parse_headers
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from bridgewright.adapters.transports.under_way import under_way
from bridgewright.core.model.call import Trouble

KEEP_ALIVE_S = 5.0
"""How long an idle connection is kept: below what servers keep theirs, so that ours closes first."""
CHUNK_BYTES = 65_536


class _Answer(HTTPResponse):
    """An answer's head. The standard library skips 100 and takes any other 1xx for the answer itself,
    so that the answer proper would be that of the connection's next request."""

    def _read_status(self) -> tuple[str, int, str]:
        while True:
            read: Any = super()
            found: tuple[str, int, str] = read._read_status()  # noqa: SLF001 - 1xx is read in no other place
            status = found[1]
            if status == HTTPStatus.SWITCHING_PROTOCOLS:
                raise BadStatusLine(found[0])  # nobody asked for it
            if not HTTPStatus.CONTINUE < status < HTTPStatus.OK:
                return found
            parse_headers(self.fp)


class _Connection(HTTPConnection):
    """Connects within the time that is left, by every address a name has, and keeps the deadline."""

    response_class = _Answer

    def _new_conn(self) -> socket.socket:
        return _connected(self)

    def connect(self) -> None:
        super().connect()
        self.sock: Any = _Clipped(self.sock)

    @property
    def is_connected(self) -> bool:
        return super().is_connected and self.sock.fresh


class _SecureConnection(HTTPSConnection):
    response_class = _Answer

    def _new_conn(self) -> socket.socket:
        return _connected(self)

    def connect(self) -> None:
        super().connect()
        self.sock: Any = _Clipped(self.sock)

    def _tunnel(self) -> None:
        """Ask the proxy for a way through, in the time that there is for connecting."""
        plain = self.sock
        self.sock = _Clipped(plain, connecting=True)
        try:
            super()._tunnel()
        finally:
            if self.sock is not None:
                self.sock = plain
        attempt = under_way.get()
        if attempt is not None:
            plain.settimeout(attempt.left_to_connect_s(None))  # for the TLS handshake to come

    @property
    def is_connected(self) -> bool:
        return super().is_connected and self.sock.fresh


class Pool(HTTPConnectionPool):
    """Connections to one host."""

    ConnectionCls = _Connection


class SecurePool(HTTPSConnectionPool):
    """Connections to one host, by TLS."""

    ConnectionCls = _SecureConnection


class _Clipped:
    """A connected socket, each of whose waits ends with the attempt it belongs to.

    While `connecting`, what is sent is for a proxy, and nothing of the request.
    """

    def __init__(self, plain: socket.socket, *, connecting: bool = False) -> None:
        self._plain = plain
        self._connecting = connecting
        self.used_at = time.monotonic()

    @property
    def plain(self) -> socket.socket:
        """What it is made of."""
        return self._plain

    @property
    def fresh(self) -> bool:
        """Whether it was used so lately that the peer will not have closed it."""
        return time.monotonic() - self.used_at < KEEP_ALIVE_S

    def left_s(self, timeout_s: float | None) -> float | None:
        """What a wait may take."""
        attempt = under_way.get()
        if attempt is None:
            return timeout_s
        if self._connecting:
            return attempt.left_to_connect_s(timeout_s)
        return attempt.left_s(timeout_s)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plain, name)

    def sendall(self, sent: Any) -> None:
        attempt = under_way.get()
        view = memoryview(sent)
        while view:
            if attempt is not None:
                self._plain.settimeout(self.left_s(None))
                attempt.wrote = attempt.wrote or not self._connecting
            view = view[self._plain.send(view[:CHUNK_BYTES]) :]

    def makefile(self, mode: str = "rb", *_: Any, **__: Any) -> io.BufferedReader:
        """What the answer is read from."""
        raw: Any = self._plain.makefile(mode, buffering=0)  # type: ignore[call-overload]
        return io.BufferedReader(_Receiving(self, raw))


class _Receiving(io.RawIOBase):
    def __init__(self, clipped: _Clipped, raw: io.RawIOBase) -> None:
        self._socket: Any = clipped
        self._raw = raw
        self._idle_s = self._socket.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int | None:
        self._socket.settimeout(self._socket.left_s(self._idle_s))
        attempt = under_way.get()
        if attempt is not None and attempt.cutoff is not None:
            attempt.waits_at(self._socket.plain)
        count = self._raw.readinto(into)
        self._socket.used_at = time.monotonic()
        if attempt is not None and attempt.cut:
            raise TimeoutError
        if attempt is not None and attempt.wrote:
            attempt.heard = attempt.heard or bool(count)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


def _connected(connection: HTTPConnection) -> socket.socket:
    attempt = under_way.get()
    if attempt is None or attempt.resolver is None:
        msg = "a connection is only opened for an attempt"
        raise RuntimeError(msg)
    attempt.connecting()
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
