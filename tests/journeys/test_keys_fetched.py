"""Keys that providers publish: fetched once, kept, and never a way to make us work for a stranger."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from bridgewright.certify.contracts.made import NOW
from bridgewright.core.effects import Accept, Now, ObtainKey, Visit
from bridgewright.core.errors import KeyUnavailable
from bridgewright.core.model.call import NS_PER_S
from bridgewright.core.model.fact import DeliveryAccepted, Fact, KeyMissing
from bridgewright.core.model.inbound import (
    Answer,
    Coverage,
    Delivery,
    Envelope,
    Handshake,
    Headers,
    NeedsKey,
    Notice,
    Readable,
    Reason,
    Rejected,
    Verification,
    Verified,
    WebhookProfile,
)
from bridgewright.engine.drive.journeys import run
from bridgewright.engine.drive.keys import (
    FAILED_S,
    MOST_A_MINUTE,
    MOST_KEPT,
    REFRESH_S,
    STALE_S,
    KeyBook,
)
from bridgewright.engine.receive import COME_BACK, Source, receive
from tests.contracts.loopback import Loopback, Reply, hang_up, wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.core.effects import Effect
    from bridgewright.core.model.moment import Moment


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    hang_up()


class Ticks:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = 0

    def __call__(self) -> int:
        return self.at

    def move(self, seconds: float) -> None:
        self.at += int(seconds * NS_PER_S)


def never(_: object) -> Verification:
    raise AssertionError


def parsed(body: bytes) -> bytes:
    if not body.startswith(b"key"):
        msg = "no key"
        raise ValueError(msg)
    return body


def need(server: Loopback, path: str = "/key", *, refresh: bool = False) -> NeedsKey:
    return NeedsKey(server.url + path, parsed, never, refresh=refresh, max_age_s=3_600.0)


def test_a_key_is_fetched_once_and_parsed_once_until_it_is_old() -> None:
    ticks = Ticks()
    with Loopback(Reply(body=b"key 1")) as server:
        book = KeyBook(wire, ticks)
        first, again = book.obtain(need(server)), book.obtain(need(server))
        assert first is again
        ticks.move(3_599)
        assert book.obtain(need(server)) is first
        assert len(server.received) == 1
        ticks.move(2)
        assert book.obtain(need(server)) == b"key 1"
        assert len(server.received) == 2


def test_a_request_for_a_key_is_sent_as_the_scheme_wants_it() -> None:
    with Loopback(Reply(body=b"key 1")) as server:
        asked = NeedsKey(
            server.url + "/get", parsed, never, "POST", (("x-client", "ours"),), b'{"kid": "1"}'
        )
        other = NeedsKey(server.url + "/get", parsed, never, "POST", (), b'{"kid": "2"}')
        book = KeyBook(wire)
        book.obtain(asked)
        book.obtain(other)
    first, second = server.received
    assert (first.method, first.path, first.body) == ("POST", "/get", b'{"kid": "1"}')
    assert first.headers["x-client"] == "ours"
    assert second.body == b'{"kid": "2"}'


@pytest.mark.parametrize(
    "reply", [Reply(500), Reply(404), Reply(302), Reply(lost=True), Reply(body=b"<html>")]
)
def test_what_is_no_key_is_unavailable_and_not_asked_for_again_at_once(reply: Reply) -> None:
    ticks = Ticks()
    with Loopback(reply, Reply(body=b"key 1")) as server:
        book = KeyBook(wire, ticks)
        for _ in range(3):
            with pytest.raises(KeyUnavailable) as caught:
                book.obtain(need(server))
            assert "html" not in str(caught.value)
        assert len(server.received) == 1
        ticks.move(FAILED_S + 1)
        assert book.obtain(need(server)) == b"key 1"


def test_a_refresh_asks_again_but_not_twice_within_a_minute() -> None:
    ticks = Ticks()
    with Loopback(Reply(body=b"key 1"), Reply(body=b"key 2")) as server:
        book = KeyBook(wire, ticks)
        assert book.obtain(need(server)) == b"key 1"
        assert book.obtain(need(server, refresh=True)) == b"key 1"
        ticks.move(REFRESH_S + 1)
        assert book.obtain(need(server, refresh=True)) == b"key 2"
        assert book.obtain(need(server, refresh=True)) == b"key 2"
        assert len(server.received) == 2


def test_a_refresh_that_fails_leaves_what_is_held_and_is_not_repeated_at_once() -> None:
    ticks = Ticks()
    with Loopback(Reply(body=b"key 1"), Reply(500)) as server:
        book = KeyBook(wire, ticks)
        book.obtain(need(server))
        ticks.move(REFRESH_S + 1)
        for _ in range(3):
            with pytest.raises(KeyUnavailable):
                book.obtain(need(server, refresh=True))
        assert book.obtain(need(server)) == b"key 1"
        assert len(server.received) == 2


def test_a_key_past_its_age_serves_for_a_day_while_its_provider_is_away() -> None:
    ticks = Ticks()
    with Loopback(Reply(body=b"key 1"), Reply(500)) as server:
        book = KeyBook(wire, ticks)
        book.obtain(need(server))
        ticks.move(STALE_S - 1)
        assert book.obtain(need(server)) == b"key 1"
        ticks.move(FAILED_S + 2)
        with pytest.raises(KeyUnavailable):
            book.obtain(need(server))


def test_a_stranger_who_names_many_keys_makes_us_ask_for_few_a_minute() -> None:
    ticks = Ticks()
    with Loopback(Reply(404)) as server:
        book = KeyBook(wire, ticks)
        for number in range(MOST_A_MINUTE + 20):
            with pytest.raises(KeyUnavailable):
                book.obtain(need(server, f"/{number}"))
        assert len(server.received) == MOST_A_MINUTE
        ticks.move(61)
        with pytest.raises(KeyUnavailable):
            book.obtain(need(server, "/after"))
        assert len(server.received) == MOST_A_MINUTE + 1


def test_no_more_keys_are_kept_than_there_is_room_for() -> None:
    ticks = Ticks()
    with Loopback(Reply(body=b"key")) as server:
        book = KeyBook(wire, ticks)
        for number in range(MOST_KEPT + 30):
            ticks.move(1.5)
            book.obtain(need(server, f"/{number}"))
    assert repr(book) == f"KeyBook({MOST_KEPT} keys)"


def test_many_threads_that_need_one_key_ask_for_it_once() -> None:
    with Loopback(Reply(body=b"key 1")) as server:
        book = KeyBook(wire)
        found: list[object] = []
        together = threading.Barrier(8)

        def obtain() -> None:
            together.wait()
            found.append(book.obtain(need(server)))

        threads = [threading.Thread(target=obtain) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == [b"key 1"] * 8
    assert len(server.received) == 1


@dataclass(frozen=True, slots=True)
class Published:
    """A scheme whose key stands where `url` says: the body must be the key."""

    url: str
    refresh: bool = False

    def verify(self, delivery: Delivery, now: Moment) -> Verification:
        def resume(key: Any) -> Verification:
            if key == delivery.body:
                return Verified(0, Coverage.BODY)
            if self.refresh:
                return NeedsKey(self.url, parsed, resume, refresh=True)
            return Rejected(Reason.MISMATCH)

        return NeedsKey(self.url, parsed, resume)


class World:
    """Fetches for real; remembers what would have been stored."""

    def __init__(self) -> None:
        self.book = KeyBook(wire)
        self.stored: list[Effect[Any]] = []

    def perform(self, effect: Effect[Any]) -> Any:
        if isinstance(effect, ObtainKey):
            return self.book.obtain(effect.need)
        if isinstance(effect, Visit):
            return self.book.visit(effect.url)
        if isinstance(effect, Now):
            return NOW
        self.stored.append(effect)
        return () if isinstance(effect, Accept) else None


def answer(
    scheme: Published, body: bytes, envelope: Envelope | None = None
) -> tuple[Answer, World, list[Fact]]:
    world, facts = World(), list[Fact]()
    read = envelope or Readable((Notice("k", "t", body),))
    source = Source("s", "/s", scheme, lambda _: read, WebhookProfile(), 1_000)
    sent = Delivery("s", Headers(), body, NOW)
    return run(receive(source, sent, facts.append), world), world, facts


def test_a_delivery_is_verified_with_the_key_that_its_provider_publishes() -> None:
    with Loopback(Reply(body=b"key 1")) as server:
        good, world, facts = answer(Published(server.url), b"key 1")
        bad, _, _ = answer(Published(server.url), b"key 2")
    assert (good.status, bad.status) == (200, 401)
    assert isinstance(world.stored[0], Accept)
    assert any(isinstance(fact, DeliveryAccepted) for fact in facts)


def test_a_key_that_cannot_be_fetched_is_our_failure_and_not_the_senders() -> None:
    with Loopback(Reply(500)) as server:
        found, world, facts = answer(Published(server.url), b"key 1")
    assert found == COME_BACK
    assert world.stored == []
    assert isinstance(facts[0], KeyMissing)
    assert server.url not in facts[0].text


def test_a_delivery_that_asks_for_keys_without_end_is_rejected() -> None:
    with Loopback(Reply(body=b"key 1")) as server:
        found, world, _ = answer(Published(server.url, refresh=True), b"key 2")
    assert found.status == 401
    assert len(world.stored) == 1


def test_a_handshake_that_wants_a_visit_is_answered_after_it() -> None:
    with Loopback(Reply(body=b"key 1"), Reply(body=b"done")) as server:
        asked = Handshake(Answer(200), visit=server.url + "/confirm")
        found, world, _ = answer(Published(server.url), b"key 1", asked)
        assert (found.status, server.received[-1].path) == (200, "/confirm")
        assert world.stored == []
    with Loopback(Reply(body=b"key 1"), Reply(500)) as server:
        asked = Handshake(Answer(200), visit=server.url + "/confirm")
        found, _, _ = answer(Published(server.url), b"key 1", asked)
        assert found == COME_BACK
