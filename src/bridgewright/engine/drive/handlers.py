"""Running a user's handler: on the loop when it is async, in a thread when it is not."""

from __future__ import annotations

import asyncio
import inspect
import traceback
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridgewright.core.effects import Handled, Invoke, Raised, Returned
from bridgewright.core.errors import PermanentFailure, RetryLater
from bridgewright.core.model.item import Failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.core.model.item import Claimed
    from bridgewright.engine.drive.lanes import Lanes
    from bridgewright.engine.drive.waiting import Expected, Mailbox

KEPT_TEXT = 300
"""Characters kept of what a failure says."""


@dataclass(frozen=True, slots=True)
class Invoker:
    """Calls handlers and turns whatever they do into a value.

    `make_event` builds what a handler is given. `timeout_s` bounds async handlers (a thread cannot
    be interrupted: blocking handlers bound their own calls). `keep_messages` keeps the messages of
    foreign exceptions, which may hold personal data and are withheld otherwise.
    """

    make_event: Callable[[Claimed], Any]
    lanes: Lanes
    mailbox: Mailbox
    timeout_s: float | None = None
    keep_messages: bool = False

    async def invoke(self, effect: Invoke) -> Handled:
        """Run a handler to its end, on the loop or in a lane."""
        if is_async(effect.handler):
            return await self._on_loop(effect)
        expected = self.mailbox.expect()
        self.lanes.put(lambda: self._in_lane(effect, expected))
        handled: Handled = await expected.future
        return handled

    async def _on_loop(self, effect: Invoke) -> Handled:
        try:
            async with asyncio.timeout(self.timeout_s):
                await effect.handler(self.make_event(effect.claimed))
        except Exception as error:  # noqa: BLE001 - a handler may raise anything: that is a result
            return self.raised(error)
        return Returned()

    def _in_lane(self, effect: Invoke, expected: Expected) -> None:
        try:
            effect.handler(self.make_event(effect.claimed))
        except BaseException as error:  # noqa: BLE001 - even SystemExit ends an attempt, not a lane
            bell = expected.resolve(self.raised(error))
        else:
            bell = expected.resolve(Returned())
        bell()

    def raised(self, error: BaseException) -> Raised:
        """What an exception means for the item, in words that may be kept."""
        kind = type(error).__name__
        if isinstance(error, PermanentFailure):
            return Raised(Failure(kind, _place(error), _kept(str(error))), permanent=True)
        if isinstance(error, RetryLater):
            failure = Failure(kind, _place(error), _kept(str(error)))
            return Raised(failure, after_s=error.after_s)
        text = _kept(str(error)) if self.keep_messages else ""
        return Raised(Failure(kind, _place(error), text))


@cache
def is_async(handler: Callable[..., Any]) -> bool:
    """Whether calling `handler` gives something to await."""
    called = getattr(type(handler), "__call__", None)
    return inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(called)


def _place(error: BaseException) -> str:
    """File, line and function where the error arose, as far down as the handler's own frames go."""
    frames = traceback.extract_tb(error.__traceback__)
    if len(frames) < 2:  # noqa: PLR2004 - the first frame is ours
        return ""
    innermost = frames[-1]
    return f"{Path(innermost.filename).name}:{innermost.lineno} in {innermost.name}"


def _kept(text: str) -> str:
    clean = "".join(c if c.isprintable() else " " for c in text)
    return clean if len(clean) <= KEPT_TEXT else clean[: KEPT_TEXT - 1] + "…"
