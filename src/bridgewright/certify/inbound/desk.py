"""Where one check delivers from: it makes events, sends them, and looks for their effects."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Barrier
from typing import TYPE_CHECKING

import httpx2

from bridgewright.certify.inbound.delivery import Event, Packed
from bridgewright.core.model.moment import from_seconds, later

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bridgewright.certify.effects import Effect
    from bridgewright.certify.inbound.delivery import Scheme
    from bridgewright.certify.inbound.premises import Premises
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.secret import Secret

ANSWER_S = 10.0
"""How long an answer is waited for."""
EFFECT_S = 8.0
"""How long an effect is waited for: retries of the target's own are given time."""
_LOOK_S = 0.02
_GOOD = range(200, 300)


@dataclass(frozen=True, slots=True)
class Answered:
    """What a delivery was answered: its status, None for none, and after how long."""

    status: int | None
    after_s: float

    @property
    def taken(self) -> bool:
        """Whether it was said to be taken."""
        return self.status in _GOOD


@dataclass(frozen=True, slots=True)
class Desk:
    """One check's own: no other sends events with its `mark`."""

    premises: Premises
    scheme: Scheme
    key: Secret = field(repr=False)
    previous: Secret | None = field(repr=False)
    stranger: Secret = field(repr=False)
    mark: str

    def now(self) -> Moment:
        """The moment."""
        return from_seconds(time.time())

    def event(self, name: str, *, version: int = 1, ago_s: float = 0.0, of: str = "") -> Event:
        """An event that nobody else sends, of the thing that `of` names or of one of its own."""
        return Event(
            id=f"evt_{self.mark}_{name}",
            occurred_at=later(self.now(), -ago_s),
            object=f"obj_{self.mark}_{of or name}",
            version=version,
        )

    def packed(self, event: Event, *, ago_s: float = 0.0) -> Packed:
        """An honest delivery, signed so many seconds ago."""
        return self.scheme.packed(event, self.key, later(self.now(), -ago_s))

    def send(self, packed: Packed) -> Answered:
        """One delivery, and its answer."""
        with self._sender(1) as sender:
            return self._sent(sender, packed)

    def send_together(self, packed: Sequence[Packed]) -> list[Answered]:
        """Deliveries at once: each on a connection of its own, none before all are ready to go."""
        ready = Barrier(len(packed))
        with self._sender(len(packed)) as sender, ThreadPoolExecutor(len(packed)) as pool:

            def go(each: Packed) -> Answered:
                ready.wait()
                return self._sent(sender, each)

            return list(pool.map(go, packed))

    def _sender(self, connections: int) -> httpx2.Client:
        limits = httpx2.Limits(max_connections=connections)
        return httpx2.Client(timeout=ANSWER_S, trust_env=False, limits=limits)

    def _sent(self, sender: httpx2.Client, packed: Packed) -> Answered:
        began_s = time.monotonic()
        try:
            answer = sender.post(
                self.premises.url, content=packed.body, headers=list(packed.headers)
            )
        except httpx2.HTTPError:
            return Answered(None, time.monotonic() - began_s)
        return Answered(answer.status_code, time.monotonic() - began_s)

    def honest(self, event: Event) -> Answered:
        """An honest delivery, sent."""
        return self.send(self.packed(event))

    def effects_of(self, event: Event) -> tuple[Effect, ...]:
        """What an event did so far."""
        return tuple(each for each in self.premises.effects() if each.event == event.id)

    def happens(self, events: Iterable[Event], within_s: float = EFFECT_S) -> bool:
        """Whether every event has its effect before the time is over."""
        wanted = {event.id for event in events}
        return self.wait(
            lambda: wanted <= {each.event for each in self.premises.effects()}, within_s
        )

    def wait(self, until: Callable[[], bool], most_s: float) -> bool:
        """Look again and again."""
        end_s = time.monotonic() + most_s
        while not until():
            if time.monotonic() >= end_s:
                return False
            time.sleep(_LOOK_S)
        return True
