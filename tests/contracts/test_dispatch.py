"""Webhooks of a simulated provider: who is told, how often, by which clock, and when it gives up."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from bridgewright.connectors.standard.webhook import WEBHOOK
from bridgewright.core.model.secret import Secret
from bridgewright.simulate.clock import VirtualClock
from bridgewright.simulate.dispatch import Dispatch, Endpoint, Message, Schedule
from bridgewright.simulate.listener import HOST, Listener, LoopThread, answering
from bridgewright.simulate.wire import Heard, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

OLD, NEW = (
    Secret("whsec_b2xkLW9sZC1vbGQtb2xkLW9sZC1vbGQtb2xkLW9sZC0="),
    Secret("whsec_bmV3LW5ldy1uZXctbmV3LW5ldy1uZXctbmV3LW5ldy0="),
)
MESSAGE = Message(
    "msg_1", "order.paid", b'{"type": "order.paid"}', ((b"content-type", b"application/json"),)
)


class Shop:
    """Takes webhooks: answers with each of `answers`, the last one for ever."""

    def __init__(self) -> None:
        self.answers = [200]
        self.heard: list[Heard] = []
        self._came = threading.Condition()

    async def answer(self, heard: Heard) -> Reply:
        status = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        with self._came:
            self.heard.append(heard)
            self._came.notify_all()
        return Reply(status)


class Scene:
    def __init__(self, schedule: Schedule) -> None:
        self.clock = VirtualClock(1_800_000_000.0)
        self.shop = Shop()
        self.thread = LoopThread("scene")
        self._listener = Listener(answering(self.shop.answer))
        self.url = f"http://{HOST}:{self.thread.run(self._listener.start())}/hook"
        self.dispatch = Dispatch(self.clock, WEBHOOK.sign, schedule)
        self.dispatch.open(self.thread)

    def settled(self, attempts: int) -> list[tuple[int, float, int | None]]:
        """Every attempt, once there were so many: number, seconds since the start, status."""
        while len(self.dispatch.posted) < attempts or self.dispatch.under_way:
            continue
        began_s = 1_800_000_000.0
        return [(p.attempt, p.at_s - began_s, p.status) for p in self.dispatch.posted]

    def close(self) -> None:
        self.dispatch.close()
        self.thread.run(self._listener.close())
        self.thread.close()


@pytest.fixture
def scene() -> Iterator[Scene]:
    made = Scene(Schedule(again_s=(60, 600, 3_600), off_after_s=4_000, gone=frozenset({410})))
    made.dispatch.put(Endpoint("we_1", made.url, ("order.*",), (NEW,)))
    yield made
    made.close()


def test_what_is_taken_is_told_once_and_what_nobody_asked_for_not_at_all(scene: Scene) -> None:
    scene.dispatch.put(Endpoint("we_2", scene.url, ("refund.*",), (NEW,)))
    scene.dispatch.put(Endpoint("we_3", scene.url, ("*",), (NEW,), on=False))
    scene.dispatch.tell(MESSAGE)
    assert scene.settled(1) == [(1, 0, 200)]
    assert [heard.body for heard in scene.shop.heard] == [MESSAGE.body]


def test_what_is_not_taken_is_told_again_when_the_schedule_says_by_the_clock(scene: Scene) -> None:
    scene.shop.answers = [500, 503, 200]
    scene.dispatch.tell(MESSAGE)
    assert scene.settled(1) == [(1, 0, 500)]
    scene.clock.advance(59)
    assert scene.dispatch.under_way == 0
    scene.clock.advance(1)
    scene.settled(2)
    scene.clock.advance(600)
    assert scene.settled(3) == [(1, 0, 500), (2, 60, 503), (3, 660, 200)]
    scene.clock.advance(10_000)
    assert len(scene.settled(3)) == 3


def test_an_endpoint_that_takes_nothing_is_turned_off_and_told_nothing_more(scene: Scene) -> None:
    off: list[str] = []
    scene.dispatch.when_off = lambda endpoint: off.append(endpoint.name)
    scene.shop.answers = [500]
    scene.dispatch.tell(MESSAGE)
    for attempts, seconds in ((1, 60), (2, 600), (3, 3_600)):
        scene.settled(attempts)
        assert off == []
        scene.clock.advance(seconds)
    scene.settled(4)
    assert off == ["we_1"]
    assert [endpoint.on for endpoint in scene.dispatch.endpoints] == [False]
    scene.dispatch.tell(MESSAGE)
    assert len(scene.settled(4)) == 4


def test_one_success_makes_an_endpoint_as_good_as_new(scene: Scene) -> None:
    scene.shop.answers = [500, 500, 500, 200, 500]
    scene.dispatch.tell(MESSAGE)
    for attempts, seconds in ((1, 60), (2, 600), (3, 40)):
        scene.settled(attempts)
        scene.clock.advance(seconds)
    scene.dispatch.tell(MESSAGE)
    scene.settled(4)
    scene.clock.advance(3_600)
    assert scene.settled(5)[-1] == (4, 4_260, 500)
    assert scene.dispatch.endpoints[0].on


def test_an_endpoint_that_is_gone_is_not_asked_again(scene: Scene) -> None:
    scene.shop.answers = [410]
    scene.dispatch.tell(MESSAGE)
    scene.settled(1)
    scene.clock.advance(10_000)
    assert len(scene.settled(1)) == 1


def test_an_endpoint_that_was_removed_meanwhile_is_told_nothing_more(scene: Scene) -> None:
    scene.shop.answers = [500]
    scene.dispatch.tell(MESSAGE)
    scene.settled(1)
    scene.dispatch.remove("we_1")
    scene.clock.advance(10_000)
    assert len(scene.settled(1)) == 1


def test_while_one_secret_replaces_another_both_sign_and_either_verifies(scene: Scene) -> None:
    scene.dispatch.put(Endpoint("we_1", scene.url, ("*",), (NEW, OLD)))
    scene.dispatch.tell(MESSAGE)
    scene.settled(1)
    signatures = (scene.shop.heard[0].header("webhook-signature") or "").split(" ")
    assert len(set(signatures)) == 2


def test_nothing_leaves_this_machine_unless_told_where_a_name_is(scene: Scene) -> None:
    scene.dispatch.put(Endpoint("we_1", "https://shop.example/hook?a=1", ("*",), (NEW,)))
    scene.dispatch.tell(MESSAGE)
    scene.settled(1)
    [posted] = scene.dispatch.posted
    assert posted.status is None
    assert posted.why == "shop.example is not this machine, and `reach` does not say where"
    scene.dispatch.reach["https://shop.example/hook"] = scene.url
    scene.clock.advance(60)
    scene.settled(2)
    assert [heard.target for heard in scene.shop.heard] == ["/hook?a=1"]


def test_what_is_held_waits_for_a_courier(scene: Scene) -> None:
    scene.dispatch.held = True
    scene.dispatch.tell(MESSAGE)
    assert scene.dispatch.under_way == 0
    [(endpoint, message)] = scene.dispatch.take()
    assert (endpoint.name, message) == ("we_1", MESSAGE)
    assert scene.dispatch.waiting == ()
    assert scene.shop.heard == []


def test_a_secret_that_signs_nothing_says_so(scene: Scene) -> None:
    scene.dispatch.put(Endpoint("we_1", scene.url, ("*",), (Secret("whsec_c2hvcnQ="),)))
    scene.dispatch.tell(MESSAGE)
    scene.settled(1)
    [posted] = scene.dispatch.posted
    assert "holds 5 bytes" in posted.why


def test_an_endpoint_nobody_listens_at_is_told_in_vain(scene: Scene) -> None:
    scene.dispatch.put(Endpoint("we_1", "http://127.0.0.1:9/hook", ("*",), (NEW,)))
    scene.dispatch.tell(MESSAGE)
    scene.settled(1)
    assert [(p.status, p.why) for p in scene.dispatch.posted] == [(None, "ConnectError")]
