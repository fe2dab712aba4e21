"""Where a shop is told: a server on loopback that keeps what arrives, and answers by a script."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self

from bridgewright.simulate.listener import HOST, Listener, LoopThread, answering
from bridgewright.simulate.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.simulate.wire import Heard

PATIENCE_S = 20.0
PATIENCE = 20_000


def until(said: Callable[[], bool], meanwhile: Callable[[], object]) -> None:
    """Do something harmless again and again until something holds: a request, say, which gives the
    other side its turn."""
    for _ in range(PATIENCE):
        if said():
            return
        meanwhile()
    raise AssertionError("it never came to hold")


class Mailbox:
    """Answers each request by the next of `answers`, the last one for ever."""

    def __init__(self, *answers: int) -> None:
        self._answers = list(answers or (200,))
        self._heard: list[Heard] = []
        self._came = threading.Condition()
        self._thread = LoopThread("mailbox")
        self._listener = Listener(answering(self._answer))
        self.url = f"http://{HOST}:{self._thread.run(self._listener.start())}/told"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self._thread.run(self._listener.close())
        self._thread.close()

    @property
    def heard(self) -> tuple[Heard, ...]:
        """What arrived so far."""
        with self._came:
            return tuple(self._heard)

    def wait(self, count: int) -> tuple[Heard, ...]:
        """What arrived, once that is so many."""
        with self._came:
            assert self._came.wait_for(lambda: len(self._heard) >= count, PATIENCE_S)
            return tuple(self._heard)

    async def _answer(self, heard: Heard) -> Reply:
        status = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        with self._came:
            self._heard.append(heard)
            self._came.notify_all()
        return Reply(status)
