"""What every transport promises of answers: where they begin and end, and what is in them."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

import pytest

from bridgewright.certify.contracts.spoken import Spoken, answer
from bridgewright.certify.contracts.transport import get
from bridgewright.certify.contracts.wire import failure, limits
from bridgewright.core.model.call import Phase, Request, Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.certify.contracts.wire import Make, Wire


HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"


class TransportAnswersContract:
    """A class that inherits this gives a fixture `make` (see `Make`): each test gets a new transport."""

    @pytest.fixture
    def wire(self, make: Make) -> Iterator[Wire]:
        """A new transport."""
        made = make()
        yield made
        made.close()

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
    def test_content_is_decoded(self, wire: Wire, fields: tuple[str, ...], packed: bytes) -> None:
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
        self, wire: Wire, fields: tuple[str, ...], packed: bytes
    ) -> None:
        with Spoken(answer(packed, *fields), hold=True) as server:
            found = failure(wire, get(server.url), limits())
        assert found == (Phase.TRUNCATED, Trouble.DECODING)

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
        self, wire: Wire, method: str, said: bytes, status: int
    ) -> None:
        with Spoken(said, hold=True) as server:
            received = wire.send(Request(method, server.url), limits())
        assert (received.status, received.body) == (status, b"")

    def test_a_stream_comes_piece_by_piece(self, wire: Wire) -> None:
        with Spoken(answer(b"x" * 300_000)) as server:
            received = wire.send(get(server.url, streamed=True), limits())
            assert sum(len(piece) for piece in wire.read(received)) == 300_000

    @pytest.mark.parametrize(
        ("hold", "trouble"), [(False, "incomplete_body"), (True, "read_timeout")]
    )
    def test_a_stream_that_stops_is_truncated(self, wire: Wire, hold: bool, trouble: str) -> None:  # noqa: FBT001
        cut = answer(b"x" * 100)[:-50]
        with Spoken(cut, hold=hold) as server:
            found = failure(wire, get(server.url, streamed=True), limits(idle_s=0.2))
        assert found == (Phase.TRUNCATED, Trouble(trouble))

    def test_what_comes_after_an_answer_is_not_the_next_requests_answer(self, wire: Wire) -> None:
        mine = answer(b"first") + answer(b"somebody else's")
        with Spoken(mine, answer(b"second")) as server:
            request = Request("GET", server.url)
            bodies = [wire.send(request, limits()).body for _ in range(2)]
        assert bodies[0] == b"first"
        assert bodies[1] in (b"first", b"second")

    def test_what_comes_after_a_stream_is_not_the_next_requests_answer(self, wire: Wire) -> None:
        mine = answer(b"first") + answer(b"somebody else's")
        with Spoken(mine, answer(b"second")) as server:
            streamed = Request("GET", server.url, streamed=True)
            assert b"".join(wire.read(wire.send(streamed, limits()))) == b"first"
            assert wire.send(Request("GET", server.url), limits()).body in (b"first", b"second")

    def test_an_interim_answer_is_not_the_answer(self, wire: Wire) -> None:
        with Spoken(HINTS + HINTS + answer(b"one"), HINTS + answer(b"two")) as server:
            request = Request("GET", server.url)
            assert [wire.send(request, limits()).body for _ in range(2)] == [b"one", b"two"]
            assert server.connections == 1

    def test_an_interim_answer_alone_is_none(self, wire: Wire) -> None:
        with Spoken(HINTS) as server:
            phase, _ = failure(wire, Request("GET", server.url), limits())
        assert phase is Phase.MAYBE_SENT

    def test_another_protocol_that_nobody_asked_for_is_no_answer(self, wire: Wire) -> None:
        switched = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"
        with Spoken(switched, hold=True) as server:
            request = Request("GET", server.url)
            assert failure(wire, request, limits()) == (Phase.MAYBE_SENT, Trouble.PROTOCOL)

    @pytest.mark.parametrize("length", ["-2", "two", "2\r\nContent-Length: 3"])
    def test_a_length_that_is_none_is_no_answer(self, wire: Wire, length: str) -> None:
        said = f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\nok".encode()
        with Spoken(said) as server:
            request = Request("GET", server.url)
            assert failure(wire, request, limits()) == (Phase.MAYBE_SENT, Trouble.PROTOCOL)

    def test_bare_deflate_is_understood_however_it_drips(self, wire: Wire) -> None:
        packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        packed = packer.compress(b"hello") + packer.flush()
        chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in packed)
        fields = b"Content-Encoding: deflate\r\nTransfer-Encoding: chunked\r\n\r\n"
        with Spoken(b"HTTP/1.1 200 OK\r\n" + fields + chunks + b"0\r\n\r\n") as server:
            assert wire.send(Request("GET", server.url), limits()).body == b"hello"

    def test_an_answer_without_content_may_declare_any_encoding(self, wire: Wire) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 20\r\n\r\n"
        with Spoken(head) as server:
            assert wire.send(Request("HEAD", server.url), limits()).status == 200
