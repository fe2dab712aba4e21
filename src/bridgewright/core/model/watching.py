"""Words of watching: a source as the store is to know it, and how it turns."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Watched:
    """A source as it is configured: the references of its keys, and the longest time that may pass
    without a delivery of its (None: any)."""

    source: str
    key_names: tuple[str, ...]
    longest_gap_s: float | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """A source has fallen silent (`heard` False: nothing for `gap_s`, longer than `longest_gap_s`),
    or was heard again after `gap_s`."""

    source: str
    heard: bool
    gap_s: float
    longest_gap_s: float
