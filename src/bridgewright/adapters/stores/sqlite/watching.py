"""Sources, keys and findings, inside the writer's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.core.lifecycle.silence import turned
from bridgewright.core.model.moment import Moment

if TYPE_CHECKING:
    from bridgewright.adapters.stores.sqlite.batch import Batch
    from bridgewright.core.effects import Explain, Watch
    from bridgewright.core.model.watching import Turn, Watched


def explain(batch: Batch, command: Explain) -> None:
    """Put the finding beside its rejection; of one that is gone nothing is kept."""
    found = command.finding
    words = (found.mistake, found.wrong, found.matched, found.step)
    batch.run("explain_rejection", *words, command.rejection_id)


def watch(batch: Batch, command: Watch) -> tuple[Turn, ...]:
    """Make sources and keys known, and answer which have turned."""
    turns = []
    for watched in command.sources:
        batch.run("add_source", watched.source, command.at)
        for name in watched.key_names:
            batch.run("add_key", watched.source, name, command.at)
        turn = _turn(batch, watched, command.at)
        if turn is not None:
            turns.append(turn)
    return tuple(turns)


def _turn(batch: Batch, watched: Watched, at: Moment) -> Turn | None:
    columns = batch.run("find_heard", watched.source).fetchone()
    seen_at, heard_at, silent_from = (None if one is None else Moment(one) for one in columns)
    found = turned(watched, seen_at or at, heard_at, silent_from, at)
    if found is None:
        return None
    batch.run("set_silent", found.silent_at, found.silent_from, watched.source)
    return found.turn
