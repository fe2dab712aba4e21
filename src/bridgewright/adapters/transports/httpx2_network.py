"""The sockets under httpx2's pool: they connect and wait within the time an attempt has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpcore2

from bridgewright.adapters.transports.under_way import under_way
from bridgewright.core.model.call import Trouble
from bridgewright.engine.drive.sweeper import until

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgewright.adapters.transports.resolving import Addresses, Resolver
    from bridgewright.adapters.transports.under_way import UnderWay

CHUNK_BYTES = 65_536
_TO_PROXY = b"CONNECT "
"""What begins so is for the proxy, and nothing of the request."""


class Network(httpcore2.NetworkBackend):
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
        """Connect by one address after the other."""
        attempt = under_way.get()
        if attempt is None:
            return self._plain.connect_tcp(host, port, timeout, local_address, socket_options)
        attempt.left_s(None)  # the pool may have taken it all
        attempt.connecting()
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
        """Connect to a socket of this machine, which no attempt asks for."""
        return self._plain.connect_unix_socket(path, timeout, socket_options)

    def sleep(self, seconds: float) -> None:
        """Wait, as the pool asks."""
        self._plain.sleep(seconds)


class _Clipped(httpcore2.NetworkStream):
    """A socket each of whose waits ends with the attempt it belongs to."""

    def __init__(self, plain: httpcore2.NetworkStream) -> None:
        self._plain = plain
        self._spent = False

    def spend(self) -> None:
        """Not to be used again."""
        self._spent = True

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        attempt = under_way.get()
        if attempt is None:
            return self._plain.read(max_bytes, timeout)
        left = attempt.left_s if attempt.wrote else attempt.left_to_connect_s
        if attempt.cutoff is not None:
            attempt.waits_at(self._plain.get_extra_info("socket"))
        data = self._plain.read(max_bytes, left(timeout))
        if attempt.cut:
            raise httpcore2.ReadTimeout
        attempt.heard = attempt.heard or (attempt.wrote and bool(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        attempt = under_way.get()
        if attempt is None:
            self._plain.write(buffer, timeout)
            return
        view = memoryview(buffer)
        while view:  # small pieces: the time that is left is looked at between them
            left_s = attempt.left_s(timeout)
            attempt.wrote = attempt.wrote or not buffer.startswith(_TO_PROXY)
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
        # A pool takes an idle socket that can be read for one that the peer has closed.
        return (self._spent and info == "is_readable") or self._plain.get_extra_info(info)


def spend_if_more_came(answer: httpcore2.Response) -> None:
    """Keep a connection from being used again on which more came than the answer.

    The pool would take what is left for the answer to the next request: somebody else's. Only the
    parser knows of it, and the pool does not show it.
    """
    connection = answer.stream._stream._connection  # type: ignore[union-attr]  # noqa: SLF001
    if connection._h11_state.trailing_data[0]:  # noqa: SLF001
        answer.extensions["network_stream"].spend()


class AsyncNetwork(httpcore2.AsyncNetworkBackend):
    """Notes how far an attempt comes; the deadline itself is the whole attempt's."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._plain = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the pool's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect by one address after the other."""
        attempt = under_way.get()
        if attempt is None:
            return await self._plain.connect_tcp(host, port, timeout, local_address, socket_options)
        attempt.connecting()
        addresses = await self._addresses(host, attempt)
        failure: Exception | None = None
        for number, (_, address) in enumerate(addresses):
            share_s = attempt.left_to_connect_s(timeout) / (len(addresses) - number)
            try:
                stream = await self._plain.connect_tcp(
                    address, port, share_s, local_address, socket_options
                )
                return _AsyncNoted(stream)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore2.ConnectError("the name has no address")

    async def _addresses(self, host: str, attempt: UnderWay) -> Addresses:
        attempt.trouble = Trouble.DNS
        try:
            with until(attempt.connect_by):
                found = await self._resolver.addresses_on_loop(host)
        except OSError as error:
            raise httpcore2.ConnectError(str(error)) from error
        attempt.trouble = None
        return found

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - the pool's signature
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to a socket of this machine, which no attempt asks for."""
        return await self._plain.connect_unix_socket(path, timeout, socket_options)

    async def sleep(self, seconds: float) -> None:
        """Wait, as the pool asks."""
        await self._plain.sleep(seconds)


class _AsyncNoted(httpcore2.AsyncNetworkStream):
    def __init__(self, plain: httpcore2.AsyncNetworkStream) -> None:
        self._plain = plain
        self._spent = False

    def spend(self) -> None:
        """Not to be used again."""
        self._spent = True

    async def read(
        self,
        max_bytes: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the pool's signature
    ) -> bytes:
        attempt = under_way.get()
        if attempt is not None and not attempt.wrote:
            timeout = attempt.left_to_connect_s(timeout)
        if attempt is not None and attempt.cutoff is not None:
            attempt.flies(self._plain.get_extra_info("client_addr"))
            attempt.cutoff.waits()
        data = await self._plain.read(max_bytes, timeout)
        if attempt is not None and data:
            attempt.heard = attempt.wrote
        return data

    async def write(
        self,
        buffer: bytes,
        timeout: float | None = None,  # noqa: ASYNC109 - the pool's signature
    ) -> None:
        attempt = under_way.get()
        if attempt is not None and buffer:
            attempt.wrote = attempt.wrote or not buffer.startswith(_TO_PROXY)
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
        # A pool takes an idle socket that can be read for one that the peer has closed.
        return (self._spent and info == "is_readable") or self._plain.get_extra_info(info)
