"""An instant, as the whole product keeps it: whole microseconds since 1970-01-01T00:00:00Z.

An integer compares exactly, survives every store unchanged and needs no time zone. Lengths of time
stay plain seconds (`_s`, float); only instants (`_at`) are moments.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NewType

Moment = NewType("Moment", int)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECONDS = 1_000_000


def from_seconds(seconds: float) -> Moment:
    """The moment `seconds` after the epoch."""
    return Moment(round(seconds * _MICROSECONDS))


def from_datetime(when: datetime) -> Moment:
    """The moment of an aware `datetime`; a naive one raises `ValueError`, for its zone is unknown."""
    if when.tzinfo is None:
        msg = f"{when!r} has no time zone: use an aware datetime, for example datetime.now(UTC)"
        raise ValueError(msg)
    return Moment((when - _EPOCH) // timedelta(microseconds=1))


def as_datetime(moment: Moment) -> datetime:
    """The aware UTC `datetime` of a moment."""
    return _EPOCH + timedelta(microseconds=moment)


def as_text(moment: Moment) -> str:
    """RFC 3339 text in UTC with milliseconds, for people and for JSON."""
    return as_datetime(moment).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def later(moment: Moment, seconds: float) -> Moment:
    """The moment `seconds` after `moment` (before it, when negative)."""
    return Moment(moment + round(seconds * _MICROSECONDS))


def seconds_between(earlier: Moment, until: Moment) -> float:
    """Seconds from `earlier` to `until`; negative when `until` comes first."""
    return (until - earlier) / _MICROSECONDS
