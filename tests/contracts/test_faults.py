"""The fault server fails as it says: what a plain client meets at each port, and what the journal says."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx2
import pytest

from bridgewright.simulate.faults.answers import ANSWERS
from bridgewright.simulate.faults.conduct import Pace
from bridgewright.simulate.faults.fault import Fault
from bridgewright.simulate.faults.server import FaultServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE_S = 0.2
AN_HOUR = "3600"


@pytest.fixture
def played() -> Iterator[Callable[[Fault], FaultServer]]:
    started: list[FaultServer] = []

    def play(fault: Fault) -> FaultServer:
        started.append(FaultServer(faults=[fault], pace=Pace(drip_s=0.01)))
        started[-1].start()
        return started[-1]

    yield play
    for server in started:
        server.close()


@pytest.fixture
def client() -> Iterator[httpx2.Client]:
    with httpx2.Client(timeout=PATIENCE_S, trust_env=False) as client:
        yield client


def post(
    client: httpx2.Client, server: FaultServer, fault: Fault, **headers: str
) -> httpx2.Response:
    return client.post(f"{server.url(fault)}/things?a=1", content=b"b=2", headers=headers)


@pytest.mark.parametrize(
    ("fault", "error", "arrived"),
    [
        (Fault.REFUSED, httpx2.ConnectError, 0),
        (Fault.BLACK_HOLE, httpx2.ConnectTimeout, 0),
        (Fault.SLOW_TLS, httpx2.ConnectTimeout, 0),
        (Fault.SILENT, httpx2.ReadTimeout, 1),
        (Fault.SILENT_AFTER_HEADERS, httpx2.ReadTimeout, 1),
        (Fault.RESET, httpx2.ReadError, 1),
        (Fault.LOST_RESPONSE, httpx2.RemoteProtocolError, 1),
        (Fault.TRUNCATED, httpx2.RemoteProtocolError, 1),
        (Fault.HEADER_BOMB, httpx2.RemoteProtocolError, 1),
        (Fault.GARBAGE, httpx2.RemoteProtocolError, 1),
    ],
)
def test_there_is_no_answer_and_the_journal_knows_what_arrived(
    played: Callable[[Fault], FaultServer],
    client: httpx2.Client,
    fault: Fault,
    error: type[Exception],
    arrived: int,
) -> None:
    server = played(fault)
    with pytest.raises(error):
        post(client, server, fault)

    assert len(server.journal(fault).entries) == server.journal(fault).effects == arrived


@pytest.mark.parametrize("fault", [Fault.DRIPPED_HEADERS, Fault.DRIPPED_BODY])
def test_what_drips_outlives_a_timeout(
    played: Callable[[Fault], FaultServer], fault: Fault
) -> None:
    address = urlsplit(played(fault).url(fault))
    heard = b""
    with socket.create_connection((address.hostname, address.port), timeout=PATIENCE_S) as raw:
        raw.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        for _ in range(60):
            heard += raw.recv(1)

    assert heard.startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize(
    ("fault", "statuses", "happened"),
    [
        (Fault.NONE, [201, 201, 201], 3),
        (Fault.UNAVAILABLE_TWICE, [503, 503, 201], 3),
        (Fault.SERVER_ERROR, [500, 500, 500], 3),
        (Fault.THROTTLED, [429, 201, 201], 2),
        (Fault.THROTTLED_DATE, [429, 201, 201], 2),
        (Fault.THROTTLED_HOUR, [429, 429, 429], 0),
        (Fault.THROTTLED_GARBAGE, [429, 201, 201], 2),
        (Fault.HTML, [200, 200, 200], 0),
        (Fault.FOUND_ELSEWHERE, [302, 302, 302], 0),
        (Fault.MOVED_ELSEWHERE, [307, 307, 307], 0),
    ],
)
def test_statuses_come_in_their_order(
    played: Callable[[Fault], FaultServer],
    client: httpx2.Client,
    fault: Fault,
    statuses: list[int],
    happened: int,
) -> None:
    server = played(fault)

    assert [post(client, server, fault).status_code for _ in statuses] == statuses
    assert server.journal(fault).effects == happened


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.LOST_RESPONSE, Fault.TRUNCATED])
def test_what_happens_once_is_over_with_the_second_request(
    played: Callable[[Fault], FaultServer], client: httpx2.Client, fault: Fault
) -> None:
    server = played(fault)
    with pytest.raises(httpx2.TransportError):
        post(client, server, fault, **{"idempotency-key": "k"})
    again = post(client, server, fault, **{"idempotency-key": "k"})

    assert again.headers["idempotent-replayed"] == "true"
    assert len(server.journal(fault).entries) == 2
    assert server.journal(fault).effects == 1


def test_pushback_is_worded_in_four_ways(
    played: Callable[[Fault], FaultServer], client: httpx2.Client
) -> None:
    worded = {
        fault: post(client, played(fault), fault).headers["retry-after"]
        for fault in Fault
        if fault.startswith("throttled")
    }

    assert worded[Fault.THROTTLED] == "1"
    assert worded[Fault.THROTTLED_DATE].endswith(" GMT")
    assert worded[Fault.THROTTLED_HOUR] == AN_HOUR
    assert not worded[Fault.THROTTLED_GARBAGE].isdecimal()


def test_a_reused_connection_dies_before_the_answer(
    played: Callable[[Fault], FaultServer], client: httpx2.Client
) -> None:
    server = played(Fault.STALE)
    assert post(client, server, Fault.STALE).status_code == 201
    with pytest.raises(httpx2.RemoteProtocolError):
        post(client, server, Fault.STALE)
    assert post(client, server, Fault.STALE).status_code == 201

    arrived = [
        (each.heard.connection, each.heard.number) for each in server.journal(Fault.STALE).entries
    ]
    assert arrived == [(1, 1), (1, 2), (2, 1)]


@pytest.mark.slow
def test_a_bomb_is_small_on_the_wire(
    played: Callable[[Fault], FaultServer], client: httpx2.Client
) -> None:
    url = played(Fault.GZIP_BOMB).url(Fault.GZIP_BOMB)
    with client.stream("GET", url, timeout=30) as bomb:
        size = sum(len(piece) for piece in bomb.iter_raw())

    assert size < 1_000_000
    assert bomb.headers["content-encoding"] == "gzip"


def test_a_huge_body_comes_whole(
    played: Callable[[Fault], FaultServer], client: httpx2.Client
) -> None:
    with client.stream("GET", played(Fault.HUGE_BODY).url(Fault.HUGE_BODY)) as huge:
        size = sum(len(piece) for piece in huge.iter_raw())

    assert size == int(huge.headers["content-length"]) == 100_000_000


@pytest.mark.parametrize("fault", [Fault.FOUND_ELSEWHERE, Fault.MOVED_ELSEWHERE])
def test_the_other_host_notes_what_leaks_to_it(
    played: Callable[[Fault], FaultServer], client: httpx2.Client, fault: Fault
) -> None:
    server = played(fault)
    answer = post(client, server, fault, authorization="Bearer canary-1")
    assert urlsplit(answer.headers["location"]).hostname != urlsplit(server.url(fault)).hostname
    assert server.other.entries == ()

    client.follow_redirects = True
    post(client, server, fault, **{"x-api-key": "canary-2"})
    assert server.other.holds("canary-2")
    assert not server.other.holds("canary-1")


def test_the_journal_tells_the_whole_request(
    played: Callable[[Fault], FaultServer], client: httpx2.Client
) -> None:
    server = played(Fault.NONE)
    post(client, server, Fault.NONE, **{"idempotency-key": "k", "x-a": "b"})
    client.get(server.url(Fault.NONE))

    first, second = server.journal(Fault.NONE).entries
    assert (first.attempt, first.key, first.heard.method, first.heard.path) == (
        1,
        "k",
        "POST",
        "/things",
    )
    assert (first.heard.header("x-a"), first.heard.body) == ("b", b"b=2")
    assert first.heard.query == {"a": "1"}
    assert first.body_digest != second.body_digest
    assert first.heard.at_s <= second.heard.at_s
    assert "b=2" not in repr(first)
    assert "x-a" not in repr(first)


def test_bodies_in_chunks_and_after_a_100_arrive_whole(
    played: Callable[[Fault], FaultServer], client: httpx2.Client
) -> None:
    server = played(Fault.NONE)
    pieces = (piece for piece in (b"one", b"two"))
    client.post(server.url(Fault.NONE), content=pieces, headers={"expect": "100-continue"})

    [entry] = server.journal(Fault.NONE).entries
    assert entry.heard.body == b"onetwo"


@pytest.mark.parametrize("provider", ANSWERS)
def test_every_provider_answers_reads_and_writes(client: httpx2.Client, provider: str) -> None:
    with FaultServer(ANSWERS[provider], faults=[Fault.NONE]) as server:
        written = client.post(
            f"{server.url(Fault.NONE)}/Accounts/AC1/things",
            json={"MessageBody": "hello"},
            headers={"x-amz-target": "AmazonSQS.SendMessage"},
        )
        read = client.get(f"{server.url(Fault.NONE)}/v1/customers")

    assert written.is_success
    assert read.is_success


def test_a_closed_server_has_hung_up_and_left(client: httpx2.Client) -> None:
    server = FaultServer(faults=[Fault.NONE, Fault.BLACK_HOLE])
    server.start()
    post(client, server, Fault.NONE)
    server.close()

    with pytest.raises(httpx2.ConnectError):
        post(client, server, Fault.NONE)


@pytest.mark.slow
def test_the_server_serves_other_processes_and_tells_what_it_saw(client: httpx2.Client) -> None:
    command = [sys.executable, "-m", "bridgewright.simulate.faults", "stripe"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        urls = json.loads(process.stdout.readline())
        answer = client.post(
            f"{urls['server_error']}/v1/customers", headers={"idempotency-key": "k"}
        )
        process.stdin.close()
        told = json.loads(process.stdout.readline())

    assert answer.status_code == 500
    assert set(urls) == set(Fault)
    [request] = told["server_error"]["requests"]
    assert (request["path"], request["key"], request["attempt"]) == ("/v1/customers", "k", 1)
    assert told["server_error"]["effects"] == told["server_error"]["connections"] == 1
    assert told["elsewhere"]["requests"] == []
