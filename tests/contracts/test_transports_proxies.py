"""What is said to proxies is not said to providers, and what goes wrong at one was not sent."""

from __future__ import annotations

import asyncio
import socket
from base64 import b64encode
from itertools import repeat
from typing import TYPE_CHECKING, Self

import pytest

from bridgewright.adapters.transports.under_way import UnderWay, apart, under_way
from bridgewright.certify.contracts.spoken import Spoken, answer
from bridgewright.certify.contracts.wire import failure, limits
from bridgewright.core.model.call import Phase, Request, Trouble
from bridgewright.simulate.listener import Listener, LoopThread
from tests.contracts.transport import KINDS, wire_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.certify.contracts.wire import Wire
    from bridgewright.simulate.wire import Conversation, Heard

pytestmark = pytest.mark.slow

TOO_OFTEN = 200_000
ALL_BUT_AIOHTTP = tuple(each for each in KINDS if not each.startswith("aiohttp"))
"""aiohttp's parser takes the content of an answer to HEAD for a broken answer."""


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture
def wire(kind: str) -> Iterator[Wire]:
    wire = wire_of(kind)
    yield wire
    wire.close()


class Proxy:
    """What a proxy hears, and these bytes in reply; then it `raves`, `hangs`, or hangs up."""

    def __init__(self, *sayings: bytes, hangs: bool = False, raves: bytes = b"") -> None:
        self._sayings = sayings
        self._hangs = hangs
        self._raves = raves
        self._listener = Listener(self._conduct)
        self._thread = LoopThread("proxy")
        self.port = 0
        self.heard: list[Heard] = []

    async def _conduct(self, conversation: Conversation) -> None:
        self.heard.append(await conversation.hear())
        for saying in self._sayings:
            await conversation.say(saying)
            await conversation.anything()
        if self._raves:
            await conversation.pour(repeat(self._raves, TOO_OFTEN))
        if self._hangs:
            await asyncio.Event().wait()

    def __enter__(self) -> Self:
        self.port = self._thread.run(self._listener.start())
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.run(self._listener.close())
        self._thread.close()


@pytest.mark.parametrize("kind", ALL_BUT_AIOHTTP, indirect=True)
def test_content_in_an_answer_to_head_does_not_harm_the_next_request(wire: Wire) -> None:
    with Spoken(answer(b"as if by GET"), answer(b"as if by GET")) as server:
        request = Request("HEAD", server.url)
        statuses = [wire.send(request, limits()).status for _ in range(2)]
    assert statuses == [200, 200]


THROUGH = b"HTTP/1.1 200 OK\r\n\r\n"
FAILING = {
    "refuses": ((b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n",), False, Trouble.PROXY),
    "asks who it is": ((b"HTTP/1.1 407 Who\r\nContent-Length: 0\r\n\r\n",), False, Trouble.PROXY),
    "is silent": ((), True, Trouble.CONNECT_TIMEOUT),
    "stops in its answer": ((THROUGH[:-2],), True, Trouble.CONNECT_TIMEOUT),
    "hangs up": ((), False, Trouble.CONNECT),
    "leads to what is not TLS": ((THROUGH, b"no TLS at all" * 9), False, Trouble.TLS),
    "leads to silence": ((THROUGH,), True, Trouble.CONNECT_TIMEOUT),
}


@pytest.mark.parametrize("manner", FAILING)
def test_what_goes_wrong_at_a_proxy_was_not_sent(kind: str, manner: str) -> None:
    sayings, hangs, trouble = FAILING[manner]
    with Proxy(*sayings, hangs=hangs) as proxy:
        wire = wire_of(kind, proxy=f"http://127.0.0.1:{proxy.port}")
        request = Request("POST", "https://api.invalid/charges", body=b"amount=1")
        assert failure(wire, request, limits()) == (Phase.NOT_SENT, trouble)
        wire.close()


def test_a_proxy_that_never_ends_its_answer_ends_in_time(kind: str) -> None:
    with Proxy(raves=THROUGH[:-2] + b"x: y\r\n" * 1_000) as proxy:
        wire = wire_of(kind, proxy=f"http://127.0.0.1:{proxy.port}")
        phase, _ = failure(wire, Request("GET", "https://api.invalid/"), limits())
        wire.close()
    assert phase is Phase.NOT_SENT


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxys_password_is_shown_to_the_proxy(kind: str, scheme: str) -> None:
    with Proxy(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n") as proxy:
        wire = wire_of(kind, proxy=f"http://user:p%40ss@127.0.0.1:{proxy.port}")
        request = Request("GET", f"{scheme}://api.invalid/a")
        if scheme == "https":
            failure(wire, request, limits())
        else:
            wire.send(request, limits())
        wire.close()
    shown = f"Basic {b64encode(b'user:p@ss').decode()}"
    assert proxy.heard[0].header("proxy-authorization") == shown


def test_a_proxy_that_is_not_there_is_not_sent(kind: str) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        wire = wire_of(kind, proxy=f"http://127.0.0.1:{held.getsockname()[1]}")
        phase, trouble = failure(wire, Request("GET", "https://api.invalid/"), limits())
        wire.close()
    assert (phase, trouble) == (Phase.NOT_SENT, Trouble.PROXY)


def test_the_time_for_connecting_begins_when_connecting_begins() -> None:
    given = limits(deadline_s=60, connect_s=1)
    attempt = UnderWay(given)
    assert attempt.connect_by == given.deadline
    attempt.connecting()
    assert attempt.connect_by < given.deadline


def test_a_stream_read_for_another_requests_body_belongs_to_neither() -> None:
    seen: list[UnderWay | None] = []

    def chunks() -> Iterator[bytes]:
        seen.append(under_way.get())
        yield b"chunk"

    attempt = UnderWay(limits())
    token = under_way.set(attempt)
    try:
        assert list(apart(chunks())) == [b"chunk"]
        assert under_way.get() is attempt
    finally:
        under_way.reset(token)
    assert seen == [None]
