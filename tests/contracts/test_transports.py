"""Every transport keeps the same contract: one request on the wire, over in time, its end in exact words."""

from __future__ import annotations

import gzip
import socket
import threading
import tracemalloc
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from bridgewright.adapters.transports.resolving import Resolver
from bridgewright.core.errors import TransportError
from bridgewright.core.model.call import Phase, Request, Trouble
from bridgewright.simulate.faults.fault import Fault
from bridgewright.simulate.faults.server import FaultServer
from tests.contracts.transport import KINDS, Spoken, answer, failure, limits, wire_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bridgewright.core.model.call import Limits
    from tests.contracts.transport import Wire

PATIENCE_S = 20.0
FAILURES = {
    Fault.REFUSED: (Phase.NOT_SENT, Trouble.REFUSED),
    Fault.BLACK_HOLE: (Phase.NOT_SENT, Trouble.CONNECT_TIMEOUT),
    Fault.SLOW_TLS: (Phase.NOT_SENT, Trouble.CONNECT_TIMEOUT),
    Fault.SILENT: (Phase.MAYBE_SENT, Trouble.DEADLINE),
    Fault.SILENT_AFTER_HEADERS: (Phase.TRUNCATED, Trouble.DEADLINE),
    Fault.DRIPPED_HEADERS: (Phase.MAYBE_SENT, Trouble.DEADLINE),
    Fault.DRIPPED_BODY: (Phase.TRUNCATED, Trouble.DEADLINE),
    Fault.RESET: (Phase.MAYBE_SENT, Trouble.RESET),
    Fault.LOST_RESPONSE: (Phase.MAYBE_SENT, Trouble.DISCONNECTED),
    Fault.TRUNCATED: (Phase.TRUNCATED, Trouble.INCOMPLETE),
    Fault.HUGE_BODY: (Phase.TRUNCATED, Trouble.TOO_LARGE),
    Fault.GZIP_BOMB: (Phase.TRUNCATED, Trouble.TOO_LARGE),
    Fault.HEADER_BOMB: (Phase.MAYBE_SENT, Trouble.PROTOCOL),
    Fault.GARBAGE: (Phase.MAYBE_SENT, Trouble.PROTOCOL),
}
ANSWERS = {
    Fault.NONE: 200,
    Fault.UNAVAILABLE_TWICE: 503,
    Fault.SERVER_ERROR: 500,
    Fault.THROTTLED: 429,
    Fault.THROTTLED_DATE: 429,
    Fault.THROTTLED_HOUR: 429,
    Fault.THROTTLED_GARBAGE: 429,
    Fault.INVALID_JSON: 200,
    Fault.HTML: 200,
    Fault.FOUND_ELSEWHERE: 302,
    Fault.MOVED_ELSEWHERE: 307,
    Fault.STALE: 200,
}
NEVER_ARRIVED = {Fault.REFUSED, Fault.BLACK_HOLE, Fault.SLOW_TLS}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture
def wire(kind: str) -> Iterator[Wire]:
    made = wire_of(kind)
    yield made
    made.close()


def get(url: str, *headers: tuple[str, str], streamed: bool = False) -> Request:
    return Request("GET", url, headers, streamed=streamed)


def time_for(fault: Fault) -> Limits:
    """As little as shows it for a fault that lasts as long as one lets it; plenty for the others,
    which end by themselves, on a busy machine too."""
    _, trouble = FAILURES.get(fault, (None, None))
    lasting = trouble in (Trouble.DEADLINE, Trouble.CONNECT_TIMEOUT)
    return limits() if lasting else limits(PATIENCE_S, connect_s=PATIENCE_S)


def test_every_fault_has_its_phase_its_trouble_and_one_request(wire: Wire) -> None:
    with FaultServer() as server, ThreadPoolExecutor(len(FAILURES)) as pool:
        asked = {fault: get(server.url(fault) + "/v1/things") for fault in Fault}
        failed = dict(
            zip(
                FAILURES,
                pool.map(lambda fault: failure(wire, asked[fault], time_for(fault)), FAILURES),
                strict=True,
            )
        )
        answered = {fault: wire.send(asked[fault], time_for(fault)).status for fault in ANSWERS}
        assert failed == FAILURES
        assert answered == ANSWERS
        assert FAILURES.keys() | ANSWERS.keys() == set(Fault)
        for fault in Fault:
            arrived = len(server.journal(fault).entries)
            assert (fault, arrived) == (fault, 0 if fault in NEVER_ARRIVED else 1)
        assert server.other.entries == ()


@pytest.mark.parametrize("method", ["GET", "PUT", "POST"])
def test_a_reused_connection_that_died_is_stale_and_nothing_is_sent_again(
    wire: Wire, method: str
) -> None:
    with FaultServer(faults=[Fault.STALE]) as server:
        request = Request(method, server.url(Fault.STALE) + "/v1/things")
        wire.send(request, limits())
        assert failure(wire, request, limits()) == (Phase.MAYBE_SENT, Trouble.STALE)
        assert len(server.journal(Fault.STALE).entries) == 2
        assert server.journal(Fault.STALE).connections == 1


def test_a_connection_is_used_again(wire: Wire) -> None:
    with FaultServer(faults=[Fault.NONE]) as server:
        for _ in range(5):
            wire.send(get(server.url(Fault.NONE)), limits())
        assert server.journal(Fault.NONE).connections == 1


@pytest.mark.parametrize(
    ("fields", "packed"),
    [
        (("Content-Encoding: gzip",), gzip.compress(b"good", mtime=0)),
        (("Content-Encoding: deflate",), zlib.compress(b"good")),
        (("Content-Encoding: deflate",), zlib.compress(b"good", wbits=-15)),
        (
            ("Content-Encoding: gzip, gzip",),
            gzip.compress(gzip.compress(b"good", mtime=0), mtime=0),
        ),
        ((), b"good"),
    ],
)
def test_content_is_decoded(wire: Wire, fields: tuple[str, ...], packed: bytes) -> None:
    with Spoken(answer(packed, *fields)) as server:
        received = wire.send(get(server.url), limits())
    assert received.body == b"good"
    assert received.header("content-encoding") is None


@pytest.mark.parametrize(
    ("fields", "packed"),
    [
        (("Content-Encoding: gzip",), b"this is not gzip"),
        (("Content-Encoding: gzip",), gzip.compress(b"good" * 100, mtime=0)[:-9]),
        (("Content-Encoding: br",), b"whatever"),
        (("Content-Encoding: gzip, gzip, gzip, gzip",), b"whatever"),
    ],
)
def test_content_that_cannot_be_decoded_is_truncated(
    wire: Wire, fields: tuple[str, ...], packed: bytes
) -> None:
    with Spoken(answer(packed, *fields), hold=True) as server:
        found = failure(wire, get(server.url), limits())
    assert found == (Phase.TRUNCATED, Trouble.DECODING)


def test_a_bomb_takes_no_more_memory_than_allowed(wire: Wire) -> None:
    bomb = gzip.compress(bytes(64_000_000))
    with Spoken(answer(bomb, "Content-Encoding: gzip")) as server:
        tracemalloc.start()
        found = failure(wire, get(server.url), limits(30, most=1_000_000))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert found == (Phase.TRUNCATED, Trouble.TOO_LARGE)
    assert peak < 8_000_000


@pytest.mark.parametrize(
    ("method", "said", "status"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", 200),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n", 204),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 50\r\n\r\n", 304),
        ("GET", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 5 + answer(), 200),
    ],
)
def test_an_answer_without_content_is_whole(
    wire: Wire, method: str, said: bytes, status: int
) -> None:
    with Spoken(said, hold=True) as server:
        received = wire.send(Request(method, server.url), limits())
    assert (received.status, received.body) == (status, b"")


@pytest.mark.slow
def test_a_flood_of_interim_answers_ends_in_time(wire: Wire) -> None:
    with Spoken(b"HTTP/1.1 102 Processing\r\n\r\n" * 20_000, hold=True) as server:
        phase, trouble = failure(wire, get(server.url), limits())
    assert phase is Phase.MAYBE_SENT
    assert trouble in (Trouble.DEADLINE, Trouble.PROTOCOL)


def test_chunks_without_end_are_too_large(wire: Wire) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with Spoken(head + b"1000\r\n" + bytes(4096) + b"\r\n" + b"1\r\nx\r\n" * 9_999) as server:
        found = failure(wire, get(server.url), limits(most=8_192))
    assert found == (Phase.TRUNCATED, Trouble.TOO_LARGE)


@pytest.mark.slow
def test_a_server_that_does_not_read_ends_in_time(wire: Wire) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        found = failure(wire, Request("POST", url, body=bytes(32_000_000)), limits())
    assert found == (Phase.MAYBE_SENT, Trouble.DEADLINE)


class Pieces:
    """A body that comes once."""

    replayable = False

    def __init__(self, length: int | None) -> None:
        self.length = length
        self.opened = 0

    def open(self) -> Iterable[bytes]:
        self.opened += 1
        yield from (b"one", b"two")


@pytest.mark.parametrize("length", [None, 6])
def test_a_body_in_pieces_arrives_whole_and_is_opened_once(wire: Wire, length: int | None) -> None:
    body = Pieces(length)
    with Spoken(answer()) as server:
        wire.send(Request("PUT", server.url, body=body), limits())
        assert server.requests == [b"onetwo"]
    assert body.opened == 1


def test_a_body_that_comes_once_is_not_opened_again_when_the_answer_is_lost(wire: Wire) -> None:
    body = Pieces(6)
    with FaultServer(faults=[Fault.STALE]) as server:
        wire.send(get(server.url(Fault.STALE)), limits())
        found = failure(wire, Request("PUT", server.url(Fault.STALE), body=body), limits())
    assert found == (Phase.MAYBE_SENT, Trouble.STALE)
    assert body.opened == 1


@pytest.mark.parametrize(
    "request_",
    [
        Request("GET", "http://127.0.0.1:9/", (("x-a", "b\r\nx-evil: 1"),)),
        Request("GET", "http://127.0.0.1:9/", (("x-a\r\nx-evil", "b"),)),
        Request("GET", "http://127.0.0.1:9/", (("x a", "b"),)),
        Request("GET / HTTP/1.1\r\nx-evil: 1\r\n", "http://127.0.0.1:9/"),
        Request("GET", "http://127.0.0.1:9/ HTTP/1.1\r\nx-evil: 1"),
        Request("GET", "http://127.0.0.1:9/a b"),
        Request("GET", "ftp://127.0.0.1/"),
        Request("GET", "/nowhere"),
        Request("GET", "http:///nowhere"),
        Request("GET", "http://127.0.0.1:port/"),
    ],
)
def test_what_is_no_http_is_not_sent(wire: Wire, request_: Request) -> None:
    assert failure(wire, request_, limits()) == (Phase.NOT_SENT, Trouble.UNUSABLE)


def test_a_stream_comes_piece_by_piece(wire: Wire) -> None:
    with Spoken(answer(b"x" * 300_000)) as server:
        received = wire.send(get(server.url, streamed=True), limits())
        assert sum(len(piece) for piece in wire.read(received)) == 300_000


@pytest.mark.parametrize(("hold", "trouble"), [(False, "incomplete_body"), (True, "read_timeout")])
def test_a_stream_that_stops_is_truncated(wire: Wire, hold: bool, trouble: str) -> None:  # noqa: FBT001
    cut = answer(b"x" * 100)[:-50]
    with Spoken(cut, hold=hold) as server:
        found = failure(wire, get(server.url, streamed=True), limits(idle_s=0.2))
    assert found == (Phase.TRUNCATED, Trouble(trouble))


def test_a_stream_closed_early_gives_its_place_back(kind: str) -> None:
    wire = wire_of(kind, max_connections=1)
    with Spoken(answer(b"x" * 9_000_000)) as server:
        for _ in range(3):
            wire.leave(wire.send(get(server.url, streamed=True), limits()))
        wire.close()
        assert server.connections == 3


def test_a_name_that_takes_too_long_is_not_sent(kind: str) -> None:
    known = threading.Event()

    def look_up(*_: object, **__: object) -> list[object]:
        known.wait()
        return []

    wire = wire_of(kind, resolver=Resolver(look_up))
    found = failure(wire, get("http://slow.invalid/"), limits(connect_s=0.2))
    known.set()
    wire.close()
    assert found == (Phase.NOT_SENT, Trouble.DNS)


def test_a_name_nobody_knows_is_not_sent(kind: str) -> None:
    def look_up(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    wire = wire_of(kind, resolver=Resolver(look_up))
    found = failure(wire, get("http://unknown.invalid/"), limits())
    wire.close()
    assert found == (Phase.NOT_SENT, Trouble.DNS)


def test_every_address_is_tried(kind: str) -> None:
    def look_up(*_: object, **__: object) -> list[object]:
        return [(socket.AF_INET, 1, 6, "", (f"127.0.0.{last}", 0)) for last in (4, 3, 2, 1)]

    wire = wire_of(kind, resolver=Resolver(look_up))
    with Spoken(answer()) as server:
        received = wire.send(get(f"http://many.invalid:{server.port}/"), limits())
    refused = failure(wire, get("http://many.invalid:9/"), limits())
    wire.close()
    assert received.status == 200
    assert refused == (Phase.NOT_SENT, Trouble.REFUSED)


@pytest.mark.slow
def test_many_threads_share_few_connections(kind: str) -> None:
    wire = wire_of(kind, max_connections=5)

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


def test_who_finds_no_connection_free_is_told_so(kind: str) -> None:
    wire = wire_of(kind, max_connections=1)
    with Spoken(answer(b"x" * 9_000_000)) as server:
        held = wire.send(get(server.url, streamed=True), limits())
        assert failure(wire, get(server.url), limits(0.3)) == (Phase.NOT_SENT, Trouble.POOL)
        wire.leave(held)
        wire.close()
