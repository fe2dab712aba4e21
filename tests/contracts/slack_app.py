"""An app as Slack's customers run it, on loopback: it echoes challenges and keeps what it is told."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from slack_sdk.signature import SignatureVerifier

from bridgewright.simulate.listener import HOST, Listener, LoopThread, answering
from bridgewright.simulate.wire import Heard, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bridgewright.simulate.clock import VirtualClock
    from bridgewright.simulate.slack.simulator import SlackSimulator

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
PATIENCE_S = 20.0


class App:
    """Answers each request by the next of `answers`, the last one for ever; `echoes` says whether it
    answers challenges as it should."""

    def __init__(self) -> None:
        self.answers = [Reply(200)]
        self.echoes = True
        self.heard: list[Heard] = []
        self.challenges = 0
        self.came = threading.Condition()
        self.url = ""

    async def answer(self, heard: Heard) -> Reply:
        if b"url_verification" in heard.body:
            self.challenges += 1
            challenge = json.loads(heard.body)["challenge"]
            return Reply(200, (), challenge.encode() if self.echoes else b"hello")
        reply = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        with self.came:
            self.heard.append(heard)
            self.came.notify_all()
        return reply

    def told(self, count: int) -> list[dict[str, Any]]:
        """The events, commands and interactions so far, once there are so many."""
        with self.came:
            assert self.came.wait_for(lambda: len(self.heard) >= count, PATIENCE_S)
            return [content_of(each) for each in self.heard]


def content_of(heard: Heard) -> dict[str, Any]:
    """What was told: JSON, the payload of a form, or a form."""
    if heard.body.startswith(b"{"):
        content: dict[str, Any] = json.loads(heard.body)
        return content
    form = {name: values[0] for name, values in parse_qs(heard.body.decode()).items()}
    return json.loads(form["payload"]) if "payload" in form else dict(form)


@contextmanager
def an_app() -> Iterator[App]:
    """An app that runs."""
    app = App()
    thread, listener = LoopThread("app"), Listener(answering(app.answer))
    app.url = f"http://{HOST}:{thread.run(listener.start())}/slack"
    try:
        yield app
    finally:
        thread.run(listener.close())
        thread.close()


def until(happens: Callable[[], bool], came: threading.Condition | None = None) -> None:
    """Wait for what another thread does."""
    waited = came or threading.Condition()
    with waited:
        for _ in range(int(PATIENCE_S / 0.002)):
            if happens():
                return
            waited.wait(0.002)
    raise AssertionError("it never happened")


def settled(simulator: SlackSimulator) -> None:
    """Wait until nothing is being told."""
    until(lambda: simulator.dispatch.under_way == 0)


def is_signed(heard: Heard, clock: VirtualClock) -> bool:
    """Whether Slack's own library takes a request as Slack's."""

    class Now:
        def now(self) -> float:
            return clock.now()

    verifier = SignatureVerifier(SECRET, clock=Now())  # type: ignore[arg-type]  # it only asks for now
    return verifier.is_valid_request(heard.body, dict(heard.headers))
