"""What every transport promises under pressure: bounded memory, bounded time, few connections."""

from __future__ import annotations

import gzip
import socket
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from bridgewright.certify.contracts.spoken import Spoken, answer
from bridgewright.certify.contracts.transport import get
from bridgewright.certify.contracts.wire import failure, limits
from bridgewright.core.errors import TransportError
from bridgewright.core.model.call import Phase, Request, Trouble
from bridgewright.simulate.faults.fault import Fault
from bridgewright.simulate.faults.server import FaultServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.certify.contracts.wire import Make, Wire


class TransportPressureContract:
    """A class that inherits this gives a fixture `make` (see `Make`): each test gets a new transport."""

    @pytest.fixture
    def wire(self, make: Make) -> Iterator[Wire]:
        """A new transport."""
        made = make()
        yield made
        made.close()

    def test_a_bomb_takes_no_more_memory_than_allowed(self, wire: Wire) -> None:
        bomb = gzip.compress(bytes(64_000_000))
        with Spoken(answer(bomb, "Content-Encoding: gzip")) as server:
            tracemalloc.start()
            found = failure(wire, get(server.url), limits(30, most=1_000_000))
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        assert found == (Phase.TRUNCATED, Trouble.TOO_LARGE)
        assert peak < 8_000_000

    def test_a_flood_of_interim_answers_ends_in_time(self, wire: Wire) -> None:
        with Spoken(b"HTTP/1.1 102 Processing\r\n\r\n" * 20_000, hold=True) as server:
            phase, trouble = failure(wire, get(server.url), limits())
        assert phase is Phase.MAYBE_SENT
        assert trouble in (Trouble.DEADLINE, Trouble.PROTOCOL)

    def test_chunks_without_end_are_too_large(self, wire: Wire) -> None:
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        with Spoken(head + b"1000\r\n" + bytes(4096) + b"\r\n" + b"1\r\nx\r\n" * 9_999) as server:
            found = failure(wire, get(server.url), limits(most=8_192))
        assert found == (Phase.TRUNCATED, Trouble.TOO_LARGE)

    def test_a_server_that_does_not_read_ends_in_time(self, wire: Wire) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
            found = failure(wire, Request("POST", url, body=bytes(32_000_000)), limits())
        assert found == (Phase.MAYBE_SENT, Trouble.DEADLINE)

    def test_a_stream_closed_early_gives_its_place_back(self, make: Make) -> None:
        wire = make(max_connections=1)
        with Spoken(answer(b"x" * 9_000_000)) as server:
            for _ in range(3):
                wire.leave(wire.send(get(server.url, streamed=True), limits()))
            wire.close()
            assert server.connections == 3

    def test_many_threads_share_few_connections(self, make: Make) -> None:
        wire = make(max_connections=5)

        def one(url: str) -> Trouble | int:
            try:
                return wire.send(get(url), limits(8)).status
            except TransportError as error:
                return error.trouble

        with FaultServer(faults=[Fault.NONE]) as server:
            url = server.url(Fault.NONE)
            with ThreadPoolExecutor(1_000) as pool:
                outcomes = set(pool.map(one, [url] * 1_000))
            assert server.journal(Fault.NONE).connections <= 5
        wire.close()
        assert outcomes <= {200, Trouble.POOL}

    def test_who_finds_no_connection_free_is_told_so(self, make: Make) -> None:
        wire = make(max_connections=1)
        with Spoken(answer(b"x" * 9_000_000)) as server:
            held = wire.send(get(server.url, streamed=True), limits())
            assert failure(wire, get(server.url), limits(0.3)) == (Phase.NOT_SENT, Trouble.POOL)
            wire.leave(held)
            wire.close()
