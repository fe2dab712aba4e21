"""Sources, keys and findings, inside the writer's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.core.lifecycle.silence import turned
from bridgewright.core.model.moment import Moment

if TYPE_CHECKING:
    from bridgewright.adapters.stores.postgres.batch import Batch
    from bridgewright.core.effects import Explain, Watch
    from bridgewright.core.model.watching import Turn


def explain(batch: Batch, command: Explain) -> None:
    """Put the finding beside its rejection; of one that is gone nothing is kept."""
    found = command.finding
    words = (str(found.mistake), found.wrong, found.matched, found.step)
    batch.post("explain_rejection", *words, command.rejection_id)


def watch(batch: Batch, command: Watch) -> tuple[Turn, ...]:
    """Make sources and keys known, and answer which have turned."""
    turns = []
    for watched in sorted(command.sources, key=lambda one: one.source):
        batch.post("add_source", watched.source, command.at)
        for name in sorted(watched.key_names):
            batch.post("add_key", watched.source, name, command.at)
        row = batch.run("find_heard", watched.source).fetchone()
        seen_at, heard_at, silent_from = (None if at is None else Moment(at) for at in row or ())
        found = turned(watched, seen_at or command.at, heard_at, silent_from, command.at)
        if found is None:
            continue
        batch.post("set_silent", found.silent_at, found.silent_from, watched.source)
        if found.turn is not None:
            turns.append(found.turn)
    return tuple(turns)
