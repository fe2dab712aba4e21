"""Whether a source has been silent for longer than its settings expect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.core.model.moment import Moment, seconds_between
from bridgewright.core.model.watching import Turn

if TYPE_CHECKING:
    from bridgewright.core.model.operation import SourceRow
    from bridgewright.core.model.watching import Watched


def gap_s(seen_at: Moment, heard_at: Moment | None, now: Moment) -> float:
    """How long ago a source was heard, counted from when it was first known where it never was."""
    return seconds_between(seen_at if heard_at is None else heard_at, now)


def is_silent(row: SourceRow, longest_gap_s: float | None, now: Moment) -> bool:
    """Whether it is silent now, told or not."""
    return longest_gap_s is not None and gap_s(row.seen_at, row.heard_at, now) > longest_gap_s


@dataclass(frozen=True, slots=True)
class Turned:
    """What the store is to write of a source that turned, and what is to be told of it, if anything."""

    silent_at: Moment | None
    silent_from: Moment | None
    turn: Turn | None


def turned(
    watched: Watched,
    seen_at: Moment,
    heard_at: Moment | None,
    silent_from: Moment | None,
    at: Moment,
) -> Turned | None:
    """How a source has turned since somebody last looked, None when it has not.

    `silent_from` is what was heard last when it was told silent, None while it is not.
    """
    longest_s = watched.longest_gap_s
    now_s = gap_s(seen_at, heard_at, at)
    silent = longest_s is not None and now_s > longest_s
    if silent == (silent_from is not None):
        return None
    last = seen_at if heard_at is None else heard_at
    if silent and longest_s is not None:
        turn = Turn(watched.source, heard=False, gap_s=now_s, longest_gap_s=longest_s)
        return Turned(at, last, turn)
    if longest_s is None or silent_from is None or last == silent_from:
        return Turned(None, None, None)  # the settings changed, and nothing came
    passed_s = seconds_between(silent_from, last)
    return Turned(
        None, None, Turn(watched.source, heard=True, gap_s=passed_s, longest_gap_s=longest_s)
    )
