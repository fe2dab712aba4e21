"""Rotation of keys by evidence: which of them still verify anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.core.model.moment import Moment, seconds_between

if TYPE_CHECKING:
    from bridgewright.core.model.operation import KeyRow, SourceRow

IDLE_S = 7 * 86_400.0
"""A key that verified nothing for a week, while another did, is no longer signed with: the longest
that a provider repeats a delivery by itself is 3 days."""


def idle_keys(row: SourceRow, key_names: tuple[str, ...], now: Moment) -> tuple[str, ...]:
    """The configured keys that can go: others of the source were used since, and they for a week not.

    Never all of them, and never one that is younger than that: a new key may not be in use yet.
    """
    known = {key.name: key for key in row.keys}
    uses = [key.used_at for key in row.keys if key.name in key_names and key.used_at is not None]
    if len(key_names) < 2 or not uses or seconds_between(max(uses), now) >= IDLE_S:  # noqa: PLR2004
        return ()
    found = (known.get(name) for name in key_names)
    return tuple(key.name for key in found if key is not None and _is_idle(key, now))


def _is_idle(key: KeyRow, now: Moment) -> bool:
    since = key.seen_at if key.used_at is None else key.used_at
    return seconds_between(since, now) >= IDLE_S
