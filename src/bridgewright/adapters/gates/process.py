"""The gate of one process: for tests, and for callers that share an account inside it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from bridgewright.core.model.sharing import LeaseGrant
from bridgewright.core.policy.shared import LONGEST_CLOSED_US, SEEN_US, grant

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.core.model.sharing import LeaseAsk


def _now_us() -> int:
    return time.monotonic_ns() // 1_000


class ProcessGate:
    """Meters and closed scopes in this process's memory.

    What one bridge shares among its own threads and loops needs no gate. This one decides by the same
    rules as that in Redis, and keeps to the same contract. `clock` gives whole microseconds.
    """

    __slots__ = ("_clock", "_closed", "_lock", "_rejoin_at", "_seen", "_ticks")

    def __init__(self, clock: Callable[[], int] = _now_us) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._ticks: dict[str, dict[str, int]] = {}
        self._closed: dict[tuple[str, str], int] = {}
        self._rejoin_at = 0
        self._seen: dict[str, dict[str, int]] = {}

    def __repr__(self) -> str:
        return f"ProcessGate({len(self._ticks)} accounts)"

    def lease(self, ask: LeaseAsk) -> LeaseGrant:
        """What the ask is granted now."""
        with self._lock:
            now = self._clock()
            workers = self._alive(ask, now)
            closed = self._closed_for(ask.account, ask.scope, now)
            if closed:
                return LeaseGrant(closed_us=closed, workers=workers)
            ticks = self._ticks.setdefault(ask.account, {})
            given, moved = grant(ticks, ask, now, workers)
            ticks.update(moved)
            return given

    def shut(self, account: str, scope: str, for_us: int) -> None:
        """Close a scope to everybody, for so long from now unless it is closed for longer."""
        if for_us <= 0:
            return
        with self._lock:
            now = self._clock()
            for_us = max(min(for_us, LONGEST_CLOSED_US), self._closed_for(account, scope, now))
            self._closed[account, scope] = now + for_us

    def rejoin(self, within_us: int) -> int:
        """How long until all who were cut off go back to leases together."""
        with self._lock:
            now = self._clock()
            if not 0 < self._rejoin_at - now <= within_us:
                self._rejoin_at = now + within_us
            return self._rejoin_at - now

    def close(self) -> None:
        """Nothing is open."""

    def _closed_for(self, account: str, scope: str, now: int) -> int:
        left = self._closed.get((account, scope), 0) - now
        if left <= 0:
            self._closed.pop((account, scope), None)
            return 0
        return min(left, LONGEST_CLOSED_US)

    def _alive(self, ask: LeaseAsk, now: int) -> int:
        seen = self._seen.setdefault(ask.account, {})
        seen[ask.worker] = now
        for worker in [each for each, at in seen.items() if abs(now - at) > SEEN_US]:
            del seen[worker]
        return len(seen)
