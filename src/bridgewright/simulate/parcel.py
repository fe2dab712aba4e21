"""One delivery as a script plans it, and packing it: signed as its provider signs, or as a forger does."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from bridgewright import connectors
from bridgewright.core.model.moment import later
from bridgewright.core.model.secret import Secret

if TYPE_CHECKING:
    from bridgewright.core.model.moment import Moment

STRANGER = Secret("whsec_c3RyYW5nZXItc3RyYW5nZXItc3RyYW5nZXItMTIz")
"""The key of somebody who has none of ours."""
AN_HOUR_S = 3_600.0
"""Twelve times the tolerance of every scheme that signs a time."""

Fields = tuple[tuple[bytes, bytes], ...]


class Manner(StrEnum):
    """How a delivery is sent."""

    HONEST = "honest"
    AGAIN = "again"
    TWIN = "twin"
    FORGED = "forged"
    TAMPERED = "tampered"
    UNSIGNED = "unsigned"
    STALE = "stale"
    FUTURE = "future"

    @property
    def is_honest(self) -> bool:
        """Whether the inbox is to take it: as an event, or as a duplicate of one."""
        return self in {Manner.HONEST, Manner.AGAIN, Manner.TWIN}


TIMED = frozenset({Manner.STALE, Manner.FUTURE})
"""Manners that only a scheme which signs a time can see through."""


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """What happened, as its provider writes it: the same in each delivery of it."""

    provider: str
    event_id: str
    event_type: str
    body: bytes = field(repr=False)

    @property
    def key(self) -> str:
        """The event's name across providers, as books are kept by it."""
        return f"{self.provider}:{self.event_id}"


@dataclass(frozen=True, slots=True)
class Parcel:
    """One delivery of a script; `at_s` counts from the start of its chapter."""

    number: int
    at_s: float
    event: ProviderEvent
    manner: Manner


@dataclass(frozen=True, slots=True)
class Packed:
    """A parcel ready to be posted."""

    headers: Fields
    body: bytes = field(repr=False)


def pack(parcel: Parcel, key: Secret, now: Moment) -> Packed:
    """Sign a parcel at `now` with the provider's `key`, or do what its manner says instead."""
    event, manner = parcel.event, parcel.manner
    signer = STRANGER if manner is Manner.FORGED else key
    fields = () if manner is Manner.UNSIGNED else _signature(event, signer, _signed_at(manner, now))
    body = _with_a_changed_byte(event.body) if manner is Manner.TAMPERED else event.body
    return Packed((*_ENVELOPES[event.provider](event), *fields), body)


def _signed_at(manner: Manner, now: Moment) -> Moment:
    if manner is Manner.STALE:
        return later(now, -AN_HOUR_S)
    return later(now, AN_HOUR_S) if manner is Manner.FUTURE else now


def _signature(event: ProviderEvent, key: Secret, at: Moment) -> Fields:
    webhook = connectors.webhook(event.provider)
    return webhook.sign([key], event.body, message_id=event.event_id, at=at).headers


def _with_a_changed_byte(body: bytes) -> bytes:
    middle = len(body) // 2
    return body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]


def _stripe(event: ProviderEvent) -> Fields:
    del event  # all that names it is in the body
    return (
        (b"content-type", b"application/json; charset=utf-8"),
        (b"user-agent", b"Stripe/1.0 (+https://stripe.com/docs/webhooks)"),
    )


def _github(event: ProviderEvent) -> Fields:
    return (
        (b"content-type", b"application/json"),
        (b"user-agent", b"GitHub-Hookshot/5f1d2ac"),
        (b"x-github-event", event.event_type.partition(".")[0].encode()),
        (b"x-github-delivery", event.event_id.encode()),
        (b"x-github-hook-id", b"292430182"),
        (b"x-github-hook-installation-target-type", b"repository"),
    )


_ENVELOPES = {"stripe": _stripe, "github": _github}
