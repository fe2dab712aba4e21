"""How the call of one outbox item is made: by an official client, or by a function of the user's."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Any

from bridgewright.bridge.outgoing import outcome_of
from bridgewright.core.errors import PermanentFailure, RetryLater
from bridgewright.core.lifecycle.outbox import key_of
from bridgewright.core.model.outbound import Attempted, short
from bridgewright.core.policy.idempotency import IdempotencyKey
from bridgewright.engine.drive.calling import keyed
from bridgewright.engine.drive.handlers import is_async, refuse_unawaited

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.core.model.item import Sending
    from bridgewright.core.model.outbound import Arguments, Outbound
    from bridgewright.engine.outbox import Note


@dataclass(frozen=True, slots=True)
class ByClient:
    """A call by the official client of a connection."""

    outbound: Outbound
    client: Any = field(repr=False)
    arguments: Arguments = field(repr=False)
    key: str
    lifetime_s: float | None

    @property
    def can_look(self) -> bool:
        """Whether the provider can be asked for it."""
        return self.outbound.look is not None

    def perform(self, sending: Sending, note: Note) -> Callable[[Any], None]:
        """A function that makes the call, under the key that the provider knows or is to know."""
        key = key_of(self.key, sending.turn)

        def call(event: object) -> None:
            del event
            try:
                with keyed(IdempotencyKey(key, sending.first_at)):
                    answer = self.outbound.perform(Attempted(self.client, self.arguments, key))
            except BaseException as error:
                note.report = outcome_of(error)
                raise
            note.result = self._kept(answer)

        return call

    def look(self, sending: Sending, note: Note) -> Callable[[Any], None]:
        """A function that asks the provider."""
        ask, key = self.outbound.look, key_of(self.key, sending.turn)

        def looking(event: object) -> None:
            del event
            if ask is not None:
                note.result = ask(Attempted(self.client, self.arguments, key), sending)

        return looking

    def _kept(self, answer: Any) -> str:
        """The call has happened: whatever its answer looks like, that must not be forgotten."""
        try:
            return self.outbound.result(answer)
        except Exception:  # noqa: BLE001 - an SDK's answer of an unknown shape
            return ""


@dataclass(frozen=True, slots=True)
class Function:
    """A function that outbox items are handed to, and whether calling it twice does no harm."""

    name: str
    call: Callable[..., Any]
    idempotent: bool


@dataclass(frozen=True, slots=True)
class ByFunction:
    """A call of a registered function, its arguments by name."""

    function: Function
    arguments: Arguments = field(repr=False)

    @property
    def lifetime_s(self) -> float | None:
        """For ever or not at all: a function knows no keys of ours."""
        return inf if self.function.idempotent else None

    @property
    def can_look(self) -> bool:
        """Nobody can be asked."""
        return False

    def perform(self, sending: Sending, note: Note) -> Callable[[Any], Any]:
        """The function, as a handler of one event."""
        del sending
        called = self.function.call

        def plainly(event: object) -> None:
            del event
            try:
                answer = called(**self.arguments)
                refuse_unawaited(answer)
            except BaseException as error:
                _note(error, note)
                raise
            note.result = short(answer)

        async def awaited(event: object) -> None:
            del event
            try:
                note.result = short(await called(**self.arguments))
            except BaseException as error:
                _note(error, note)
                raise

        return awaited if is_async(called) else plainly

    def look(self, sending: Sending, note: Note) -> Callable[[Any], None]:
        """Never asked for."""
        del sending, note
        return _nothing


def _note(error: BaseException, note: Note) -> None:
    """What a function's error says about what happened: its author's own word, or a call's report."""
    note.told = isinstance(error, PermanentFailure) or (
        isinstance(error, RetryLater) and error.report is None
    )
    note.report = None if note.told else outcome_of(error)


def _nothing(event: object) -> None:
    del event
