"""The courier on its way: what it is answered, it writes down; what was not taken, it brings again."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx2
import pytest

from bridgewright.certify.contracts.made import NOW
from bridgewright.core.model.secret import Secret
from bridgewright.simulate.courier import AT_ONCE, ATTEMPTS, Courier
from bridgewright.simulate.day import FEWEST, Chapter, Outline, compose
from bridgewright.simulate.dependency import Dependency
from bridgewright.simulate.parcel import Manner
from tests.signed import secret_text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bridgewright.simulate.courier import Book

KEYS = {provider: Secret(secret_text(1)) for provider in ("stripe", "github")}
HUNG_UP = 0


@dataclass(slots=True)
class Inbox:
    """Answers each delivery with the next status of its kind, and the last of them for ever."""

    honest: list[int]
    other: list[int] = field(default_factory=lambda: [401])
    came: Counter[bytes] = field(default_factory=Counter)
    at_once: int = 0
    most_at_once: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                self.most_at_once = max(self.most_at_once, self.at_once)
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                self.at_once += 1
                self.most_at_once = max(self.most_at_once, self.at_once)
                length = int(head.partition(b"content-length: ")[2].split(b"\r\n")[0])
                body = await reader.readexactly(length)
                await asyncio.sleep(0)
                status = self._status(body)
                self.at_once -= 1
                if status == HUNG_UP:
                    return
                writer.write(b"HTTP/1.1 %d OK\r\ncontent-length: 0\r\n\r\n" % status)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    def _status(self, body: bytes) -> int:
        statuses = self.honest if body in HONEST_BODIES else self.other
        status = statuses[min(self.came[body], len(statuses) - 1)]
        self.came[body] += 1
        return status


(DAY,) = compose(3, FEWEST, [Outline("day", 0.2, 1)])
HONEST = [parcel for parcel in DAY.parcels if parcel.manner.is_honest]
HONEST_BODIES = {parcel.event.body for parcel in HONEST}
FIRST = Chapter("first", 0, tuple(p for p in DAY.parcels if p.manner is Manner.HONEST))


@asynccontextmanager
async def listening(inbox: Inbox) -> AsyncIterator[str]:
    server = await asyncio.start_server(inbox.serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    yield f"http://{host}:{port}"
    server.close()


def brought(inbox: Inbox, chapter: Chapter) -> Book:
    async def run() -> Book:
        async with (
            listening(inbox) as url,
            Courier(url, keys=KEYS, now=lambda: NOW, again_s=0) as courier,
        ):
            await courier.play(chapter)
            return courier.book

    return asyncio.run(run())


@pytest.mark.slow
def test_every_delivery_is_written_down_with_its_answer() -> None:
    book = brought(Inbox([200]), DAY)
    assert book.sent == FEWEST
    assert book.acknowledged == Counter(parcel.event.key for parcel in HONEST)
    assert book.refused == FEWEST - len(HONEST)
    assert (book.turned_away, book.unanswered, book.given_up, book.wrong) == (0, 0, 0, [])


@pytest.mark.slow
def test_what_was_turned_away_comes_again_until_it_is_taken() -> None:
    inbox = Inbox([503, 500, 204])
    book = brought(inbox, FIRST)
    assert book.turned_away == 2 * len(FIRST.parcels)
    assert set(inbox.came.values()) == {3}
    assert set(book.acknowledged.values()) == {1}
    assert book.given_up == 0


@pytest.mark.slow
def test_a_request_whose_answer_never_came_is_in_doubt_and_comes_again() -> None:
    book = brought(Inbox([HUNG_UP, 200]), FIRST)
    assert book.unanswered == len(FIRST.parcels)
    assert book.turned_away == 0
    assert book.acknowledged.total() == len(FIRST.parcels)


def test_the_courier_gives_up_after_many_attempts() -> None:
    inbox = Inbox([503])
    book = brought(inbox, Chapter("one", 0, FIRST.parcels[:1]))
    assert book.given_up == 1
    assert inbox.came.total() == ATTEMPTS


@pytest.mark.slow
def test_an_inbox_that_takes_a_forgery_is_found_out() -> None:
    book = brought(Inbox([200], [200]), DAY)
    assert {parcel.manner.is_honest for parcel in book.wrong} == {False}
    assert len(book.wrong) == FEWEST - len(HONEST)


@pytest.mark.slow
def test_an_inbox_that_refuses_the_truth_is_found_out() -> None:
    book = brought(Inbox([401]), DAY)
    assert {parcel.manner.is_honest for parcel in book.wrong} == {True}
    assert book.refused == FEWEST


@pytest.mark.slow
def test_no_more_than_so_many_requests_are_under_way_at_once() -> None:
    inbox = Inbox([200])
    (crowd,) = compose(3, 600, [Outline("crowd", 0, 1)])
    brought(inbox, crowd)
    assert 1 < inbox.most_at_once <= AT_ONCE


def test_nobody_listening_is_a_delivery_that_did_not_arrive() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    async def run() -> Book:
        url = f"http://127.0.0.1:{port}"
        async with Courier(url, keys=KEYS, now=lambda: NOW, again_s=0) as courier:
            await courier.play(Chapter("one", 0, FIRST.parcels[:1]))
            return courier.book

    book = asyncio.run(run())
    assert (book.turned_away, book.unanswered, book.given_up) == (ATTEMPTS, 0, 1)


def test_the_courier_goes_nowhere_but_to_loopback() -> None:
    with pytest.raises(ValueError, match="only goes to loopback"):
        Courier("http://198.51.100.7/webhooks", keys=KEYS, now=lambda: NOW)


def test_a_dependency_answers_fails_and_hangs_as_it_is_told() -> None:
    async def run() -> None:
        dependency = Dependency(lambda path: path != "/stranger")
        url = await dependency.start()
        async with httpx2.AsyncClient(base_url=url, trust_env=False) as client:
            assert (await client.post("/friend", content=b"x")).status_code == 200
            assert (await client.post("/stranger", content=b"x")).status_code == 404
            dependency.down = True
            assert (await client.post("/friend")).status_code == 503
            dependency.down = False
            dependency.hold()
            held = asyncio.create_task(client.post("/friend", content=b"x" * 100_000))
            done, _ = await asyncio.wait({held}, timeout=0.2)
            assert not done
            dependency.flow()
            assert (await held).status_code == 200
            assert (dependency.calls, dependency.failures) == (4, 1)
            await dependency.close()

    asyncio.run(run())
