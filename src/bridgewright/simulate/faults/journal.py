"""What a server received, by its own account: the evidence that callers are judged by."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgewright.simulate.wire import Heard


@dataclass(frozen=True, slots=True)
class Entry:
    """One request that arrived whole: the `attempt`-th at this port, from 1.

    `happened` says whether the provider may have carried it out, in the worst case: everything has
    happened that was not turned away in so many words. `key` is its idempotency key, None for none.
    """

    heard: Heard
    attempt: int
    happened: bool
    key: str | None = field(default=None, repr=False)

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
    """Connections and requests in the order in which they arrived; readable from any thread."""

    def __init__(self) -> None:
        self.connections = 0
        self._entries: list[Entry] = []
        self._lock = threading.Lock()

    def connected(self) -> None:
        """Note a connection."""
        with self._lock:
            self.connections += 1

    def enter(self, heard: Heard, *, happened: bool, key: str | None) -> int:
        """Note a request; which attempt it was."""
        with self._lock:
            attempt = len(self._entries) + 1
            self._entries.append(Entry(heard, attempt, happened, key))
            return attempt

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
