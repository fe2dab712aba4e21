"""Handlers as people write them: whatever one does, it is a result, and the worker goes on."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from bridgewright import Cause, Event, RetryLater, State
from tests.journeys.test_work import CANARY, Shop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

PATIENCE_S = 20


def outcome(folder: Path, handle: Callable[[Event], Any], **work: Any) -> Any:
    """What becomes of one event of this handler; another event is handled by a plain one."""
    shop = Shop(folder, **({"max_attempts": 2} | work))
    shop.bridge.on("stripe", "odd.*")(handle)
    shop.bridge.on("stripe", "plain.*")(lambda event: None)
    shop.deliver("evt_odd", event_type="odd.one")
    shop.deliver("evt_plain", event_type="plain.one")
    working = threading.Thread(target=shop.bridge.work, kwargs={"until_idle": True}, daemon=True)
    working.start()
    working.join(PATIENCE_S)
    assert not working.is_alive(), "the worker hangs"
    rows = {row.event_id: row for row in shop.bridge.events()}
    assert rows["evt_plain"].state is State.DONE
    shop.bridge.close()
    return rows["evt_odd"]


async def later_perhaps(event: Event) -> None:
    """What an author meant to run."""


def yielding(event: Event) -> Iterator[None]:
    yield


async def yielding_async(event: Event) -> AsyncIterator[None]:
    yield


@pytest.mark.parametrize(
    ("handle", "kind"),
    [
        (lambda event: later_perhaps(event), "coroutine"),  # noqa: PLW0108 - the mistake is the test
        (lambda event: yielding(event), "generator"),  # noqa: PLW0108 - the mistake is the test
        (lambda event: yielding_async(event), "async_generator"),  # noqa: PLW0108 - likewise
    ],
    ids=["around a coroutine", "around a generator", "around an asynchronous generator"],
)
def test_a_handler_of_which_nothing_has_run_is_not_taken_for_done(
    tmp_path: Path, handle: Callable[[Event], Any], kind: str
) -> None:
    row = outcome(tmp_path, handle)
    assert (row.state, row.cause, row.attempts) == (State.DEAD, Cause.EXHAUSTED, 2)
    assert f"returned a {kind}" in row.failure
    assert "async def" in row.failure


@dataclass
class Unhashable:
    """A callable value that cannot be the key of anything."""

    seen: int = 0

    def __call__(self, event: Event) -> None:
        self.seen += 1


def test_a_handler_may_be_an_object_that_has_no_hash(tmp_path: Path) -> None:
    handle = Unhashable()
    assert outcome(tmp_path, handle).state is State.DONE
    assert handle.seen == 1


class Throttled(RetryLater):
    """As people subclass: the parent's constructor is forgotten."""

    def __init__(self) -> None:
        pass


class Absurd(RetryLater):
    """A wait that is no number of seconds."""

    def __init__(self) -> None:
        super().__init__(0.0)
        self.after_s = float("nan")


class Unspeakable(ValueError):
    """An exception that cannot even be shown."""

    def __str__(self) -> str:
        raise KeyError(CANARY)


@pytest.mark.parametrize("error", [Throttled, Absurd, Unspeakable])
@pytest.mark.parametrize("asynchronous", [False, True], ids=["blocking", "async"])
def test_an_exception_that_is_itself_broken_is_a_failed_attempt_like_any_other(
    tmp_path: Path, error: type[Exception], *, asynchronous: bool
) -> None:
    def handle(event: Event) -> None:
        raise error

    async def handle_async(event: Event) -> None:
        raise error

    one = handle_async if asynchronous else handle
    row = outcome(tmp_path, one, keep_error_messages=True)
    assert (row.state, row.cause, row.attempts) == (State.DEAD, Cause.EXHAUSTED, 2)
    assert row.failure.startswith(error.__name__)
    assert CANARY not in row.failure


@pytest.mark.parametrize("leave", [SystemExit, KeyboardInterrupt])
def test_a_blocking_handler_that_wants_to_end_the_process_ends_its_attempt(
    tmp_path: Path, leave: type[BaseException]
) -> None:
    def handle(event: Event) -> None:
        raise leave

    assert outcome(tmp_path, handle).cause is Cause.EXHAUSTED


def test_an_async_handler_that_wants_to_exit_ends_its_attempt_and_not_the_loop(
    tmp_path: Path,
) -> None:
    async def handle(event: Event) -> None:
        raise SystemExit(3)

    row = outcome(tmp_path, handle)
    assert (row.cause, row.attempts) == (Cause.EXHAUSTED, 2)
    assert "SystemExit" in row.failure


def test_a_handler_whose_own_errand_was_cancelled_has_failed_and_was_not_stopped(
    tmp_path: Path,
) -> None:
    async def handle(event: Event) -> None:
        errand = asyncio.ensure_future(asyncio.Event().wait())
        errand.cancel()
        await errand

    row = outcome(tmp_path, handle)
    assert (row.cause, row.attempts) == (Cause.EXHAUSTED, 2)
    assert "CancelledError" in row.failure
    assert "WorkerStopped" not in row.failure
