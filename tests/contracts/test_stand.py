"""A stand over real sockets: what each fault looks like, and whether what was asked for happened."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgewright.simulate.clock import VirtualClock
from bridgewright.simulate.faults.rules import Faults, Kind, Planned, Rule
from bridgewright.simulate.routes import Match, Route, Routes
from bridgewright.simulate.stand import Stand, Trade
from bridgewright.simulate.wire import Heard, Reply, json_reply
from tests.tries import tries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bridgewright.simulate.stand import Linger

BEFORE, AFTER = 0, 1


class Counter:
    """A provider that counts."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.count = 0
        routes = (
            Route("POST", "/counts", "counts.create", ""),
            Route("GET", "/counts", "counts.list", ""),
        )
        trade = Trade("counter", Routes(routes), self._answer, self._refuse)
        self.stand = Stand(trade, self.clock, faults=Faults(self.clock))

    async def _answer(self, heard: Heard, match: Match[str], linger: Linger) -> Reply:
        await linger()
        self.count += heard.method == "POST"
        return json_reply({"count": self.count, "kind": "counter", "asked": match.route.operation})

    def _refuse(self, status: int) -> Reply:
        return json_reply({"no": status}, status)


@pytest.fixture
def counter() -> Iterator[Counter]:
    made = Counter()
    made.stand.start()
    yield made
    made.stand.close()


@pytest.fixture
def client(counter: Counter) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=counter.stand.url, timeout=0.5, trust_env=False) as made:
        yield made


def told(client: httpx2.Client) -> str:
    """How one request ended, in a word or two."""
    try:
        answer = client.post("/counts")
    except httpx2.RequestError as error:
        return type(error).__name__
    try:
        shown = json.dumps(answer.json(), sort_keys=True)
    except ValueError:
        shown = answer.headers.get("content-type", "nothing") if answer.content else "nothing"
    return f"{answer.status_code} {shown}"


@pytest.mark.parametrize(
    ("plan", "ends", "effects"),
    [
        (lambda on: on.status(503), '503 {"no": 503}', BEFORE),
        (lambda on: on.after_effect().status(500), '500 {"no": 500}', AFTER),
        (lambda on: on.reset(), "ReadError", BEFORE),
        (lambda on: on.after_effect().reset(), "ReadError", AFTER),
        (lambda on: on.close(), "RemoteProtocolError", BEFORE),
        (lambda on: on.lose_response(), "RemoteProtocolError", AFTER),
        (lambda on: on.stall(), "ReadTimeout", BEFORE),
        (lambda on: on.truncate(), "RemoteProtocolError", AFTER),
        (lambda on: on.truncate(chunked=True), "RemoteProtocolError", AFTER),
        (lambda on: on.answer_with(Kind.GARBAGE), "RemoteProtocolError", BEFORE),
        (lambda on: on.answer_with(Kind.GIANT_HEADER), "RemoteProtocolError", AFTER),
        (lambda on: on.answer_with(Kind.LENGTHS), "RemoteProtocolError", AFTER),
        (lambda on: on.answer_with(Kind.BAD_GZIP), "DecodingError", AFTER),
        (lambda on: on.answer_with(Kind.HTML), "200 text/html; charset=utf-8", BEFORE),
        (lambda on: on.answer_with(Kind.EMPTY), "200 nothing", AFTER),
        (lambda on: on.answer_with(Kind.NOT_JSON), "200 application/json", AFTER),
        (
            lambda on: on.drift("null", "kind"),
            '200 {"asked": "counts.create", "count": 1, "kind": null}',
            AFTER,
        ),
        (
            lambda on: on.drift("type", "count"),
            '200 {"asked": "counts.create", "count": "seven", "kind": "counter"}',
            AFTER,
        ),
        (
            lambda on: on.drift("add", "extra"),
            '200 {"asked": "counts.create", "count": 1, "extra": "unheard of", "kind": "counter"}',
            AFTER,
        ),
        (lambda on: on.redirect("http://127.0.0.1:9/", 302), "302 nothing", BEFORE),
    ],
)
def test_each_fault_looks_as_it_does_in_the_wild_and_leaves_the_effect_it_names(
    counter: Counter,
    client: httpx2.Client,
    plan: Callable[[Planned], Rule],
    ends: str,
    effects: int,
) -> None:
    plan(counter.stand.faults.on("counter.counts.create").first(1))

    assert told(client) == ends
    assert counter.count == counter.stand.journal.effects == effects
    assert told(client).startswith("200 {")
    assert [entry.fault != "" for entry in counter.stand.journal.entries] == [True, False]
    assert counter.stand.faults.untouched == ()


def test_a_trickled_body_arrives_in_the_end(counter: Counter, client: httpx2.Client) -> None:
    counter.stand.faults.on().trickle(0.0001)
    assert told(client) == '200 {"asked": "counts.create", "count": 1, "kind": "counter"}'


@pytest.mark.parametrize("said", [3, 0.5, "soon", "Mon, 23 Nov 2026 07:00:00 GMT"])
def test_a_refusal_says_when_to_come_again(
    counter: Counter, client: httpx2.Client, said: float | str
) -> None:
    counter.stand.faults.on().status(429, retry_after=said)
    assert client.post("/counts").headers["retry-after"] == f"{said}"


def test_a_connection_that_answered_before_ends_as_it_is_used_again(
    counter: Counter, client: httpx2.Client
) -> None:
    counter.stand.faults.on().keepalive_race()
    assert told(client).startswith("200")
    assert told(client) == "RemoteProtocolError"
    assert told(client).startswith("200")
    assert counter.count == 2


def test_a_clock_that_is_off_shows_in_the_date_alone(
    counter: Counter, client: httpx2.Client
) -> None:
    counter.stand.faults.on().skew(-3_600)
    assert client.post("/counts").headers["date"] == "Mon, 21 Sep 2026 13:13:20 GMT"


def test_a_stale_read_is_what_was_read_before(counter: Counter, client: httpx2.Client) -> None:
    client.post("/counts")
    assert client.get("/counts").json()["count"] == 1
    client.post("/counts")
    counter.stand.faults.on("counter.counts.list").first(1).answer_with(Kind.STALE_READ)
    assert [client.get("/counts").json()["count"] for _ in range(2)] == [1, 2]


def test_what_is_not_simulated_is_never_made_up(counter: Counter, client: httpx2.Client) -> None:
    answer = client.put("/count")
    assert answer.status_code == 501
    assert answer.json()["error"]["nearest"] == [
        "POST /counts (counts.create)",
        "GET /counts (counts.list)",
    ]
    [(heard, nearest)] = counter.stand.unmatched
    assert (heard.method, heard.path) == ("PUT", "/count")
    assert len(nearest) == 2


def test_a_request_that_waits_for_the_clock_is_not_under_way(
    counter: Counter, client: httpx2.Client
) -> None:
    counter.stand.faults.on().first(1).slow(60)
    with pytest.raises(httpx2.ReadTimeout):
        client.post("/counts")
    assert (counter.clock.sleepers, counter.stand.under_way) == (1, 0)
    counter.clock.advance(60)
    while counter.count == 0:
        assert told(client).startswith("200")


@given(noise=st.binary(min_size=1, max_size=200))
@settings(max_examples=tries(100))
def test_any_bytes_are_answered_or_hung_up_on(noise: bytes) -> None:
    with _talking(noise + b"\r\n\r\n") as heard:
        assert heard[:9] in {b"", b"HTTP/1.1 "}
        assert b" 500 " not in heard[:20]


class _talking:  # noqa: N801 - reads as what it does
    """Bytes said to a stand of their own, and all that it says."""

    def __init__(self, said: bytes) -> None:
        self._said = said
        self._counter = Counter()

    def __enter__(self) -> bytes:
        self._counter.stand.start()
        host, port = self._counter.stand.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=5) as line:
            line.sendall(self._said)
            line.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: line.recv(65_536), b""))

    def __exit__(self, *failure: object) -> None:
        self._counter.stand.close()
