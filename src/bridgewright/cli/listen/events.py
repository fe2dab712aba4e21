"""What a listener hears: events, in pages, or nothing for a while."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridgewright.core.model.control import ERASED_HEADER

if TYPE_CHECKING:
    from bridgewright.core.model.moment import Moment


class Away(Exception):
    """The server cannot be heard now: why, in words. It is asked again."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event as the server's store holds it: the bytes of its body, and the header fields kept with it."""

    id: int
    type: str
    event_id: str | None
    received_at: Moment
    headers: tuple[tuple[bytes, bytes], ...] = field(repr=False)
    body: bytes = field(repr=False)
    replays: int | None = None

    @property
    def shown_id(self) -> str:
        """What a person knows it by: the provider's id, or our number."""
        return self.event_id or f"item {self.id}"

    @property
    def is_erased(self) -> bool:
        """Whether there is nothing left of what came."""
        return any(name == ERASED_HEADER.encode() for name, _ in self.headers)


@dataclass(frozen=True, slots=True)
class Page:
    """One answer: events, oldest first, and the number after which to ask on. `at` is the server's clock;
    `behind`: there is more; `held`: its store keeps something back."""

    provider: str
    at: Moment
    reached: int | None
    behind: bool
    held: bool
    events: tuple[Event, ...]
