"""What a server received, by its own account: the evidence that callers are judged by."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgewright.simulate.wire import Heard


@dataclass(frozen=True, slots=True)
class Entry:
    """One request that arrived whole: the `attempt`-th at this port, from 1.

    `happened` says whether the provider may have carried it out, in the worst case: everything has
    happened that was not turned away in so many words. `key` is its idempotency key, None for none.
    `operation` is what was asked for, "" where nobody knows; `status` what it was answered, None while
    it was not; `fault` what was done to it on purpose, in words.
    """

    heard: Heard
    attempt: int
    happened: bool
    key: str | None = field(default=None, repr=False)
    operation: str = ""
    status: int | None = None
    fault: str = ""

    @property
    def body_digest(self) -> str:
        """SHA-256 of the body, in hex: whether two attempts said the same."""
        return hashlib.sha256(self.heard.body).hexdigest()

    @property
    def text(self) -> str:
        """All that was said in it: target, header fields and body."""
        fields = "\n".join(f"{name}: {value}" for name, value in self.heard.headers)
        return f"{self.heard.target}\n{fields}\n{self.heard.body.decode('latin-1')}"


class Journal:
    """Connections and requests in the order in which they arrived; readable from any thread.

    `open` counts the connections that the caller has not closed yet, `peak` the most requests that
    were under way at once, at a port that holds them for a while.
    """

    def __init__(self) -> None:
        self.connections = 0
        self.open = 0
        self.peak = 0
        self._under_way = 0
        self._entries: list[Entry] = []
        self._lock = threading.Lock()

    def connected(self) -> None:
        """Note a connection."""
        with self._lock:
            self.connections += 1
            self.open += 1

    def disconnected(self) -> None:
        """Note the end of a connection."""
        with self._lock:
            self.open -= 1

    def held(self) -> None:
        """Note that a request is held for a while before it is answered."""
        with self._lock:
            self._under_way += 1
            self.peak = max(self.peak, self._under_way)

    def let_go(self) -> None:
        """Note that a request that was held is answered."""
        with self._lock:
            self._under_way -= 1

    def enter(
        self,
        heard: Heard,
        *,
        happened: bool,
        key: str | None,
        operation: str = "",
        fault: str = "",
    ) -> int:
        """Note a request; which attempt it was."""
        with self._lock:
            attempt = len(self._entries) + 1
            entry = Entry(heard, attempt, happened, key, operation, fault=fault)
            self._entries.append(entry)
            return attempt

    def answered(self, attempt: int, status: int) -> None:
        """Note what a request was answered."""
        with self._lock:
            if attempt <= len(self._entries):  # the books may have been cleared since
                self._entries[attempt - 1] = replace(self._entries[attempt - 1], status=status)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
            self.connections = 0

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Every request so far."""
        with self._lock:
            return tuple(self._entries)

    @property
    def effects(self) -> int:
        """How often something happened, in the worst case."""
        return effects_of(self.entries)

    def knows(self, key: str) -> bool:
        """Whether a request with that idempotency key has happened."""
        return any(entry.happened and entry.key == key for entry in self.entries)

    def holds(self, secret: str) -> bool:
        """Whether a text arrived in any request: in its target, header or body."""
        return any(secret in entry.text for entry in self.entries)


def effects_of(entries: Iterable[Entry]) -> int:
    """How often something happened: a key counts once, a request without one each time."""
    happened = [entry.key for entry in entries if entry.happened]
    return happened.count(None) + len({key for key in happened if key is not None})
