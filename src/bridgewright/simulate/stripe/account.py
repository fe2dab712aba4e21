"""One Stripe account: its books, its calendar, and how what happens in it is told."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.simulate.stripe.books import Books

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bridgewright.simulate.stripe.calendar import Calendar
    from bridgewright.simulate.stripe.cards import Card
    from bridgewright.simulate.stripe.telling import Telling
    from bridgewright.simulate.wire import Content

VERSION = "2026-10-28.endive"
"""The API version that objects here are shaped after: that of `stripe` 16.1.0."""


@dataclass(frozen=True, slots=True)
class Asking:
    """The request that is carried out; events name it."""

    request: str | None = None
    key: str | None = None


class Account:
    """The state of one account. "" is the name of the one whose key it is.

    `reactions` are what follows from an event within Stripe: a paid invoice activates its
    subscription. `telling` makes webhooks of an event. `cards` says which test card a payment method
    is, `ready` are the methods set up for payments without the customer, `spent` those that may not
    be used again.
    """

    def __init__(
        self,
        name: str,
        calendar: Calendar,
        serial: Iterator[int],
        *,
        reactions: Mapping[str, Callable[[Account, Content], None]],
        telling: Telling,
    ) -> None:
        self.name = name
        self.calendar = calendar
        self.books = Books(calendar.now, serial)
        self.asking = Asking()
        self.cards: dict[str, Card] = {}
        self.ready: set[str] = set()
        self.spent: set[str] = set()
        self.baskets: dict[str, list[Content]] = {}
        self.bills: dict[str, str] = {}
        self._reactions = reactions
        self.telling = telling

    @property
    def now(self) -> int:
        """The instant that objects are dated by, in whole seconds since 1970."""
        return int(self.calendar.now())

    def tell(self, event_type: str, thing: Content, before: Content | None = None) -> Content:
        """Note an event about a thing, as it is now; of an update, what it was `before`. The thing."""
        content = {"object": copied(thing)} | ({"previous_attributes": before} if before else {})
        self.note(event_type, content)
        if event_type in self._reactions:
            self._reactions[event_type](self, thing)
        return thing

    def note(self, event_type: str, content: Content) -> Content:
        """The event itself."""
        connected = {"account": self.name} if self.name else {}
        event = self.books.add(
            "evt",
            api_version=VERSION,
            data=content,
            pending_webhooks=0,
            request={"id": self.asking.request, "idempotency_key": self.asking.key},
            type=event_type,
            **connected,
        )
        self.telling.send(event)
        return event

    def change(self, event_type: str, thing: Content, **changes: Any) -> Content:
        """Change a thing, and tell of it with what it was before; in silence when nothing changes."""
        before = was(thing, thing | changes)
        thing.update(changes)
        return self.tell(event_type, thing, before) if before else thing


def copied(content: Any) -> Any:
    """The same as of now, whatever becomes of it."""
    return json.loads(json.dumps(content))


def was(before: Content, after: Content) -> Content:
    """What has changed, as it was: within a hash only what changed there, a list as a whole."""
    changed: Content = {}
    for name in after:
        old, new = before.get(name), after[name]
        if old == new:
            continue
        both = isinstance(old, dict) and isinstance(new, dict)
        changed[name] = was(old, new) if both else copied(old)  # type: ignore[arg-type]
    return changed | {name: copied(before[name]) for name in before if name not in after}


def merged(old: Content, asked: Content, name: str = "metadata") -> Content:
    """Metadata after a request: merged by name, an empty value takes a name away, emptied it is empty."""
    if name not in asked:
        return old
    new = asked[name] or {}
    kept = old | new if new else {}
    return {key: value for key, value in kept.items() if value != ""}
