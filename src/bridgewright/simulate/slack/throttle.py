"""Slack's limits: buckets of tokens that the clock fills. Tiers and figures:
https://docs.slack.dev/apis/web-api/rate-limits, read 2026-11."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MINUTE_S = 60.0


class Tier(IntEnum):
    """How many calls of a method an app may make in a minute, in each workspace."""

    ONE = 1
    TWO = 20
    THREE = 50
    FOUR = 100
    SPECIAL = 600
    """Methods with a limit of their own, here a generous one: auth.test and chat.postMessage, whose
    own is one message a second in each channel."""


@dataclass(frozen=True, slots=True)
class _Bucket:
    tokens: float
    at_s: float


class Throttle:
    """One bucket for each name; a full one holds what may come at once."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._buckets: dict[str, _Bucket] = {}

    def take(self, name: str, most: float, per_s: float) -> int:
        """Take one token of a bucket of `most` that gains `per_s` a second: 0, or the whole seconds
        until there is one."""
        now_s = self._now()
        old = self._buckets.get(name) or _Bucket(most, now_s)
        held = min(most, old.tokens + (now_s - old.at_s) * per_s)
        left = held - 1 if held >= 1 else held
        self._buckets[name] = _Bucket(left, now_s)
        return 0 if held >= 1 else max(1, math.ceil((1 - held) / per_s - 1e-6))

    def give_back(self, name: str) -> None:
        """Put back the token of what was not carried out after all."""
        old = self._buckets[name]
        self._buckets[name] = _Bucket(old.tokens + 1, old.at_s)

    def call(self, method: str, tier: Tier) -> int:
        """Take what one call of a method needs; the seconds to wait, or 0."""
        return self.take(method, float(tier), tier / MINUTE_S)
