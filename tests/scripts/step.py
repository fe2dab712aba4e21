"""One step of a script, and what was seen: the same here as there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    seen: object
