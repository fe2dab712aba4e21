"""What every transport promises of what goes out: one request on the wire, over in time, its end in exact
words. And what it makes the other chapters of its suite from."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from bridgewright.certify.contracts.spoken import Spoken, answer
from bridgewright.certify.contracts.wire import failure, limits
from bridgewright.core.model.call import Phase, Request, Trouble
from bridgewright.simulate.faults.fault import Fault
from bridgewright.simulate.faults.server import FaultServer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bridgewright.certify.contracts.wire import Make, Wire
    from bridgewright.core.model.call import Limits

PATIENCE_S = 20.0
LASTING_S = 2.0
"""For faults that only the deadline ends: long enough to connect on a busy machine."""
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


def get(url: str, *headers: tuple[str, str], streamed: bool = False) -> Request:
    """A request that may be repeated."""
    return Request("GET", url, headers, streamed=streamed)


def time_for(fault: Fault) -> Limits:
    """As little as shows it for a fault that lasts as long as one lets it; plenty for the others,
    which end by themselves, on a busy machine too."""
    _, trouble = FAILURES.get(fault, (None, None))
    if trouble is Trouble.CONNECT_TIMEOUT:
        return limits()
    return limits(LASTING_S if trouble is Trouble.DEADLINE else PATIENCE_S, connect_s=PATIENCE_S)


class Pieces:
    """A body that comes once."""

    replayable = False

    def __init__(self, length: int | None) -> None:
        self.length = length
        self.opened = 0

    def open(self) -> Iterable[bytes]:
        """Begin to read; this once."""
        self.opened += 1
        yield from (b"one", b"two")


class Misstated:
    """A body that is not as long as it says."""

    replayable = True

    def __init__(self, length: int, *chunks: bytes) -> None:
        self.length = length
        self._chunks = chunks

    def open(self) -> Iterator[bytes]:
        """Begin to read."""
        return iter(self._chunks)


class TransportContract:
    """A class that inherits this gives a fixture `make` (see `Make`): each test gets a new transport."""

    @pytest.fixture
    def wire(self, make: Make) -> Iterator[Wire]:
        """A new transport."""
        made = make()
        yield made
        made.close()

    def test_every_fault_has_its_phase_its_trouble_and_one_request(self, wire: Wire) -> None:
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
        self, wire: Wire, method: str
    ) -> None:
        with FaultServer(faults=[Fault.STALE]) as server:
            request = Request(method, server.url(Fault.STALE) + "/v1/things")
            wire.send(request, limits())
            assert failure(wire, request, limits()) == (Phase.MAYBE_SENT, Trouble.STALE)
            assert len(server.journal(Fault.STALE).entries) == 2
            assert server.journal(Fault.STALE).connections == 1

    def test_a_connection_is_used_again(self, wire: Wire) -> None:
        with FaultServer(faults=[Fault.NONE]) as server:
            for _ in range(5):
                wire.send(get(server.url(Fault.NONE)), limits())
            assert server.journal(Fault.NONE).connections == 1

    @pytest.mark.parametrize("length", [None, 6])
    def test_a_body_in_pieces_arrives_whole_and_is_opened_once(
        self, wire: Wire, length: int | None
    ) -> None:
        body = Pieces(length)
        with Spoken(answer()) as server:
            wire.send(Request("PUT", server.url, body=body), limits())
            assert server.requests == [b"onetwo"]
        assert body.opened == 1

    def test_a_body_that_comes_once_is_not_opened_again_when_the_answer_is_lost(
        self, wire: Wire
    ) -> None:
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
    def test_what_is_no_http_is_not_sent(self, wire: Wire, request_: Request) -> None:
        assert failure(wire, request_, limits()) == (Phase.NOT_SENT, Trouble.UNUSABLE)

    @pytest.mark.parametrize("body", [Misstated(4, b"four", b"GET /"), Misstated(9, b"four")])
    def test_a_body_that_is_not_as_long_as_it_said_harms_nobody(
        self, wire: Wire, body: Misstated
    ) -> None:
        with Spoken(answer(b"ok")) as server:
            request = Request("POST", server.url, body=body)
            phase, trouble = failure(wire, request, limits())
            assert phase in (Phase.NOT_SENT, Phase.MAYBE_SENT)
            assert trouble is Trouble.UNUSABLE
            assert not server.requests

    @pytest.mark.parametrize("value", ["a\x01b", "a\x0bb", "a\x7fb", "a\nb"])
    def test_a_control_character_in_a_field_is_not_sent(self, wire: Wire, value: str) -> None:
        with Spoken(answer(b"ok")) as server:
            request = Request("GET", server.url, (("x-note", value),))
            assert failure(wire, request, limits()) == (Phase.NOT_SENT, Trouble.UNUSABLE)
            assert not server.connections

    @pytest.mark.parametrize("target", ["/bucket/a/../b", "/bucket//a/./b?x=%2F&y", "/%E4?a=b%20c"])
    def test_a_path_goes_out_as_it_was_signed(self, wire: Wire, target: str) -> None:
        with Spoken(answer(b"ok")) as server:
            url = f"http://127.0.0.1:{server.port}{target}"
            wire.send(Request("GET", url), limits())
            assert server.targets == [target]

    def test_closing_it_twice_does_no_harm(self, make: Make) -> None:
        wire = make()
        with FaultServer(faults=[Fault.NONE]) as server:
            wire.send(get(server.url(Fault.NONE)), limits())
            wire.close()
            wire.close()
