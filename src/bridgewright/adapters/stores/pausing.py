"""Pausing and resuming inside the writer's transaction; the same for every store, but for its SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from bridgewright.adapters.stores.rows import pause_row
from bridgewright.core.errors import NotFound
from bridgewright.core.model.control import PauseRow

if TYPE_CHECKING:
    from bridgewright.core.control import PauseWork, ResumeWork


class Batch(Protocol):
    """What a transaction under way offers here."""

    due: bool

    def run(self, name: str, *values: Any) -> Any:
        """Execute a named statement with positional values."""

    def hold_pauses(self) -> None:
        """Wait for the claims under way; from here on, nobody else claims or pauses until this ends."""


def pause(batch: Batch, command: PauseWork) -> PauseRow:
    """Hold a source, some of its types, or everything; a pause that is there already stays as it is."""
    batch.hold_pauses()
    held = _find(batch, command.source, command.pattern)
    if held is not None:
        return held
    made = PauseRow(command.source, command.pattern, command.at, command.actor, command.reason)
    batch.run("add_pause", made.source, made.pattern, made.at, made.actor, made.reason)
    _audit(batch, command, "pause")
    return made


def resume(batch: Batch, command: ResumeWork) -> PauseRow:
    """End a pause."""
    batch.hold_pauses()
    held = _find(batch, command.source, command.pattern)
    if held is None:
        what = named(command.source, command.pattern)
        msg = f"{what} is not paused: `bridgewright sources pauses` lists what is"
        raise NotFound(msg)
    batch.run("drop_pause", command.source, command.pattern)
    _audit(batch, command, "resume")
    batch.due = True
    return held


def named(source: str, pattern: str) -> str:
    """What a pause holds, in words."""
    if not source:
        return "everything"
    return source if pattern == "*" else f"{source} {pattern}"


def _find(batch: Batch, source: str, pattern: str) -> PauseRow | None:
    row = batch.run("get_pause", source, pattern).fetchone()
    return None if row is None else pause_row(row)


def _audit(batch: Batch, command: PauseWork | ResumeWork, action: str) -> None:
    subject = named(command.source, command.pattern)
    act = (command.at, command.actor, action, command.reason, None, None, 0, subject)
    batch.run("add_act", *act)
