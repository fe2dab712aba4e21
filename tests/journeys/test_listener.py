"""A listener between a server and an endpoint that misbehave, its clocks scripted: no second passes."""

from __future__ import annotations

import asyncio
import base64
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bridgewright import Secret, connectors
from bridgewright.certify.contracts.made import NOW
from bridgewright.cli.listen.feed import Feed
from bridgewright.cli.listen.forwarding import Dress, Forwarder
from bridgewright.cli.listen.health import Look
from bridgewright.cli.listen.listener import ENOUGH, ROOM, Clocks, Listener, Plan
from bridgewright.cli.listen.showing import Board
from bridgewright.cli.screen import Screen
from bridgewright.core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PATIENCE_S = 30


@dataclass(slots=True)
class Stage:
    """A server on loopback whose answers are given one by one, and what it was asked, by connection."""

    asked: asyncio.Queue[tuple[int, dict[str, str], bytes]] = field(default_factory=asyncio.Queue)
    answers: asyncio.Queue[tuple[int, bytes]] = field(default_factory=asyncio.Queue)
    connections: int = 0
    url: str = ""
    serving: list[asyncio.Task[None]] = field(default_factory=list)

    def begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.serving.append(asyncio.create_task(self.serve(reader, writer)))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                lines = dict(line.split(": ", 1) for line in head.lower().split("\r\n")[1:] if line)
                body = await reader.readexactly(int(lines.get("content-length", "0")))
                query = parse_qs(urlsplit(head.split(" ")[1]).query)
                self.asked.put_nowait((number, {n: v[0] for n, v in query.items()}, body))
                status, content = await self.answers.get()
                writer.write(
                    b"HTTP/1.1 %d x\r\ncontent-length: %d\r\n\r\n" % (status, len(content))
                )
                writer.write(content)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    async def was_asked(self) -> tuple[int, dict[str, str]]:
        async with asyncio.timeout(PATIENCE_S):
            number, query, _ = await self.asked.get()
        return number, query

    async def got(self) -> bytes:
        async with asyncio.timeout(PATIENCE_S):
            return (await self.asked.get())[2]

    def say(self, *numbers: int, reached: int | None = None, **more: Any) -> None:
        self.answers.put_nowait((200, told(*numbers, reached=reached, **more)))


def told(*numbers: int, reached: int | None = None, **more: Any) -> bytes:
    events = [
        {
            "id": number,
            "type": "a.b",
            "event_id": f"evt_{number}",
            "received_at": NOW,
            "replays": None,
            "headers": [],
            "body": base64.b64encode(b"%d" % number).decode(),
        }
        for number in numbers
    ]
    last = numbers[-1] if numbers else reached
    standing = {"provider": "stripe", "at": NOW, "reached": last, "behind": False, "held": False}
    return json.dumps(standing | {"events": events} | more).encode()


@dataclass(slots=True)
class Hands:
    """Clocks that move when a test says so."""

    look_now: Look = field(default_factory=lambda: Look(1_000.0, 2_000_000.0))
    ticks: asyncio.Queue[Look] = field(default_factory=asyncio.Queue)
    told: Look | None = None

    def look(self) -> Look:
        return self.look_now

    async def tick(self) -> None:
        self.look_now = await self.ticks.get()

    async def sleep(self, seconds: float) -> None:
        assert seconds > 0
        await asyncio.sleep(0)

    def move(self, steady_s: float, wall_s: float | None = None) -> None:
        wall_s = steady_s if wall_s is None else wall_s
        before = self.told or self.look_now
        self.told = Look(before.steady_s + steady_s, before.wall_s + wall_s)
        self.ticks.put_nowait(self.told)


@dataclass(frozen=True, slots=True)
class Play:
    server: Stage
    endpoint: Stage
    hands: Hands
    kept: list[int]
    listener: Listener
    running: asyncio.Task[Any]


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    found = Stage()
    server = await asyncio.start_server(found.begin, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    found.url = f"http://{host}:{port}"
    yield found
    server.close()
    for task in found.serving:
        task.cancel()
    await asyncio.gather(*found.serving, return_exceptions=True)


@asynccontextmanager
async def playing(**plan: Any) -> AsyncIterator[Play]:
    """A listener at work; it is stopped at the end, if it has not ended by itself."""
    async with stage() as server, stage() as endpoint:
        hands, kept = Hands(), []
        wish = Plan(**{"after": 0, "since": None, "heartbeat_s": 2, "keep": kept.append} | plan)
        dress_of = partial(lambda dress, _: dress, Dress(connectors.webhook("stripe")))
        feed = Feed(server.url, "stripe", Secret("a-token-of-these-tests"), 2)
        listener = Listener(
            wish,
            feed,
            Board(Screen(), whole=False),
            Forwarder(endpoint.url, 30.0, dress_of),
            Clocks(hands.look, hands.sleep, hands.tick),
        )
        running = asyncio.create_task(listener.run())
        try:
            yield Play(server, endpoint, hands, kept, listener, running)
        finally:
            listener.stop()
            await asyncio.gather(running, return_exceptions=True)


async def until(holds: Any) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110 - what is waited for is in nobody's event
            await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("steady_s", "wall_s"), [(1.0, 900.0), (900.0, 900.0)], ids=["slept", "was stopped"]
)
def test_after_the_machine_slept_the_old_connection_is_left_and_nothing_is_skipped(
    capsys: pytest.CaptureFixture[str], steady_s: float, wall_s: float
) -> None:
    async def play() -> None:
        async with playing() as at:
            assert (await at.server.was_asked())[1] == {"after": "0", "wait_s": "0"}
            at.server.say(reached=3)
            first, query = await at.server.was_asked()
            assert query == {"after": "3", "wait_s": "2"}  # held open, and never answered
            at.hands.move(steady_s, wall_s)
            second, query = await at.server.was_asked()
            assert second != first
            assert query == {"after": "3", "wait_s": "0"}

    asyncio.run(play())
    assert "this machine was away for 899 s" in capsys.readouterr().err


def test_a_server_that_falls_silent_is_told_of_before_its_connection_is_given_up(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def play() -> None:
        async with playing() as at:
            at.server.say(reached=0)
            await until(lambda: at.listener.is_well)
            for _ in range(5):
                at.hands.move(1.0)
            await until(lambda: not at.listener.is_well)
            assert at.listener.words == "NO ANSWER for 5 s"

    asyncio.run(play())
    assert "Nothing that comes in reaches you" in capsys.readouterr().err


@pytest.mark.parametrize(
    "content",
    [b"<html>Sign in to this network</html>", b"[]", b"{}", b'{"events": 1}', b"\xff", b"null"],
)
def test_an_answer_that_is_none_of_ours_is_no_sign_of_life(content: bytes) -> None:
    async def play() -> None:
        async with playing() as at:
            at.server.answers.put_nowait((200, content))
            await at.server.was_asked()
            await at.server.was_asked()  # asked anew
            assert not at.listener.is_well
            assert "not one of bridgewright serve" in at.listener.words

    asyncio.run(play())


def test_while_the_endpoint_takes_its_time_the_server_is_still_heard() -> None:
    async def play() -> None:
        async with playing() as at:
            at.server.say(*range(1, ROOM + 2))
            assert await at.endpoint.got() == b"1"  # and is not answered: somebody looks at it
            _, query = await at.server.was_asked()
            assert query["after"] == "0"
            _, query = await at.server.was_asked()
            assert query == {"after": str(ROOM + 1), "limit": "0", "wait_s": "0"}
            at.server.say()
            await until(lambda: at.listener.is_well)
            assert at.kept == []

    asyncio.run(play())


def test_the_place_is_kept_after_each_event_and_not_before_it() -> None:
    async def play() -> None:
        async with playing() as at:
            at.server.say(4, 7)
            for number in (4, 7):
                assert await at.endpoint.got() == b"%d" % number
                assert number not in at.kept
                at.endpoint.answers.put_nowait((200, b""))
                await until(lambda number=number: number in at.kept)
            assert at.kept == [4, 7]

    asyncio.run(play())


def test_who_begins_while_events_are_held_back_misses_none_of_them() -> None:
    async def play() -> None:
        async with playing(after=None) as at:
            at.server.say(held=True)
            assert (await at.server.was_asked())[1] == {"wait_s": "0"}
            _, query = await at.server.was_asked()
            assert query == {"since": str(NOW), "wait_s": "2"}
            assert at.listener.words.startswith("HELD UP")

    asyncio.run(play())


@pytest.mark.parametrize("status", [500, 502, 429, 400])
def test_a_server_in_trouble_is_asked_again(status: int) -> None:
    async def play() -> None:
        async with playing() as at:
            at.server.answers.put_nowait((status, b'{"error": "store_busy"}'))
            await at.server.was_asked()
            await at.server.was_asked()
            assert f"answers {status} (store_busy)" in at.listener.words
            at.server.say(reached=0)
            await until(lambda: at.listener.is_well)

    asyncio.run(play())


def test_a_redirect_is_not_followed_with_the_token() -> None:
    async def play() -> None:
        async with playing() as at:
            at.server.answers.put_nowait((302, b""))
            await at.server.was_asked()
            with pytest.raises(ConfigurationError, match="leads elsewhere"):
                await at.running

    asyncio.run(play())


@pytest.mark.slow
def test_who_is_to_end_by_itself_does_not_wait_for_a_server_for_ever() -> None:
    async def play() -> None:
        async with playing(until_idle=True) as at:
            for _ in range(ENOUGH):
                at.server.answers.put_nowait((503, b""))
            async with asyncio.timeout(PATIENCE_S):
                await at.running
            assert not at.listener.is_well

    asyncio.run(play())


def test_who_is_to_end_by_itself_ends_when_all_is_dealt_with() -> None:
    async def play() -> None:
        async with playing(until_idle=True) as at:
            at.server.say(1, behind=True)
            at.server.say(2)
            at.server.say(reached=5)
            for _ in range(2):
                at.endpoint.answers.put_nowait((200, b""))
            async with asyncio.timeout(PATIENCE_S):
                tally = await at.running
            assert (tally.forwarded, tally.reached) == (2, 5)

    asyncio.run(play())
