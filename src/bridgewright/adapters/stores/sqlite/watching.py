"""Sources, keys and findings, inside the writer's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.core.lifecycle.silence import gap_s
from bridgewright.core.model.moment import Moment, seconds_between
from bridgewright.core.model.watching import Turn, Watched

if TYPE_CHECKING:
    from bridgewright.adapters.stores.sqlite.batch import Batch
    from bridgewright.core.effects import Explain, Watch


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
    seen_at, heard_at, silent_from = batch.run("find_heard", watched.source).fetchone()
    longest_s = watched.longest_gap_s
    now_s = gap_s(seen_at, heard_at, at)
    silent = longest_s is not None and now_s > longest_s
    if silent == (silent_from is not None):
        return None
    last = seen_at if heard_at is None else heard_at
    if silent and longest_s is not None:
        batch.run("set_silent", at, last, watched.source)
        return Turn(watched.source, heard=False, gap_s=now_s, longest_gap_s=longest_s)
    batch.run("set_silent", None, None, watched.source)
    if longest_s is None or last == silent_from:  # the settings changed, and nothing came
        return None
    passed_s = seconds_between(Moment(silent_from), last)
    return Turn(watched.source, heard=True, gap_s=passed_s, longest_gap_s=longest_s)
