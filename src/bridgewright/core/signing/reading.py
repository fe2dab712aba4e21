"""Reading one event out of JSON: where its id, its type and its time stand.

A place is a dotted path into the body (`data.object.id`; numbers count in lists) or a header field
(`header:x-event-key`). Most providers are three places; what needs more is a reader of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.core.model.inbound import Notice, Readable
from bridgewright.core.signing import envelope

if TYPE_CHECKING:
    from bridgewright.core.model.inbound import Delivery, Envelope
    from bridgewright.core.model.moment import Moment

HEADER = "header:"
_MILLISECOND = 1_000


@dataclass(frozen=True, slots=True)
class Places:
    """Where an event's identity stands.

    `id`: the provider's own id; each place is a part of it, joined by `:`. Without places, or where
    one of them holds nothing usable, the key is the digest of the body. `type`: parts joined by `.`,
    of which the first is needed. `at`: when it happened, in seconds, RFC 3339, or (`at_ms`) in
    milliseconds. `kept` are header fields worth keeping beside the content type. `untyped` is the
    type of what names none. `made`: the key is made of these parts, and is no id of the provider's.
    """

    id: tuple[str, ...] = ()
    type: tuple[str, ...] = ("type",)
    at: str = ""
    at_ms: bool = False
    kept: tuple[bytes, ...] = ()
    untyped: str = ""
    made: bool = False

    def __call__(self, delivery: Delivery) -> Envelope:
        """One event: a `Reader`."""
        body = envelope.parsed(delivery.body)
        if isinstance(body, str):
            return envelope.unreadable(delivery, body, self.allowed)
        event_type = self.type_of(delivery, body)
        if event_type is None:
            return envelope.unreadable(delivery, "the event has no usable type", self.allowed)
        return Readable((self.notice(delivery, body, event_type),))

    @property
    def allowed(self) -> tuple[bytes, ...]:
        """The header fields that are kept."""
        return (b"content-type", *self.kept, b"user-agent")

    def notice(self, delivery: Delivery, body: dict[str, Any], event_type: str) -> Notice:
        """The event, with its body as it came."""
        event_id = self.id_of(delivery, body)
        return Notice(
            key=event_id or envelope.fingerprint(delivery.body),
            event_type=event_type,
            body=delivery.body,
            event_id=None if self.made else event_id,
            occurred_at=self.time_of(delivery, body),
            headers=envelope.kept(delivery.headers, self.allowed),
        )

    def id_of(self, delivery: Delivery, body: dict[str, Any]) -> str | None:
        """The provider's id, None where it is not whole."""
        parts = [text_at(delivery, body, place) for place in self.id]
        whole = [part for part in parts if part is not None]
        return envelope.clean(":".join(whole)) if whole and len(whole) == len(parts) else None

    def type_of(self, delivery: Delivery, body: dict[str, Any]) -> str | None:
        """The type, None where its first part is missing and nothing stands for it."""
        first, *rest = self.type
        begun = text_at(delivery, body, first) or self.untyped or None
        parts = [begun, *(text_at(delivery, body, place) for place in rest)]
        return None if begun is None else envelope.clean(".".join(part for part in parts if part))

    def time_of(self, delivery: Delivery, body: dict[str, Any]) -> Moment | None:
        """When it happened, None where nobody says."""
        if not self.at:
            return None
        value = value_at(delivery, body, self.at)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:  # noqa: PLR2004
            value = int(value)
        if isinstance(value, int) and self.at_ms:
            value //= _MILLISECOND
        return envelope.occurred_at(value)


def value_at(delivery: Delivery, body: object, place: str) -> object:
    """What stands at a place, None where nothing does."""
    if place.startswith(HEADER):
        return envelope.sole_text(delivery.headers, place.removeprefix(HEADER).encode())
    found: object = body
    for step in place.split("."):
        if isinstance(found, dict):
            found = found.get(step)
        elif isinstance(found, list) and step.isascii() and step.isdigit() and len(step) < 9:  # noqa: PLR2004
            found = found[int(step)] if int(step) < len(found) else None
        else:
            return None
    return found


def text_at(delivery: Delivery, body: object, place: str) -> str | None:
    """The text at a place that can be part of an id or a type; whole numbers count as text."""
    value = value_at(delivery, body, place)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**30:
        value = str(value)
    return envelope.clean(value)
