"""Whether a source has been silent for longer than its settings expect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.core.model.moment import Moment, seconds_between

if TYPE_CHECKING:
    from bridgewright.core.model.operation import SourceRow


def gap_s(seen_at: Moment, heard_at: Moment | None, now: Moment) -> float:
    """How long ago a source was heard, counted from when it was first known where it never was."""
    return seconds_between(seen_at if heard_at is None else heard_at, now)


def is_silent(row: SourceRow, longest_gap_s: float | None, now: Moment) -> bool:
    """Whether it is silent now, told or not."""
    return longest_gap_s is not None and gap_s(row.seen_at, row.heard_at, now) > longest_gap_s
