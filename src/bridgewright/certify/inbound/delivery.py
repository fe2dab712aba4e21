"""Events of the suite, written and signed as their provider does it; or as somebody else does."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bridgewright import connectors
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.inbound import Coverage
from bridgewright.core.model.moment import as_text, later
from bridgewright.core.model.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from bridgewright.core.model.moment import Moment

    Content = dict[str, object]

AN_HOUR_S = 3_600.0
"""Twelve times the tolerance of every scheme that signs a time."""


@dataclass(frozen=True, slots=True)
class Event:
    """What happened: the same in each delivery of it. `occurred_at` is when, `object` to what, and
    `version` what it is since."""

    id: str
    occurred_at: Moment
    object: str
    version: int = 1
    slow_s: float = 0.0
    poison: bool = False

    @property
    def told(self) -> Content:
        """What the handler is told."""
        return {
            "id": self.id,
            "object": self.object,
            "version": self.version,
            "slow_s": self.slow_s,
            "poison": self.poison,
        }


@dataclass(frozen=True, slots=True)
class Packed:
    """A delivery ready to be posted."""

    headers: tuple[tuple[bytes, bytes], ...] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Scheme:
    """How one provider writes and signs."""

    provider: str
    content: Callable[[Event], Content]
    envelope: Callable[[Event], tuple[tuple[bytes, bytes], ...]]

    @property
    def secret_variable(self) -> str:
        """The variable that the provider's secret is usually in."""
        return connectors.webhook(self.provider).secret_variable

    @property
    def signs_time(self) -> bool:
        """Whether a delivery can be too old."""
        return Coverage.TIME in connectors.webhook(self.provider).facts.coverage

    def packed(self, event: Event, key: Secret | None, at: Moment) -> Packed:
        """A delivery that was signed at `at` with a key; without one it is not signed."""
        body = json.dumps(self.content(event) | {"certify": event.told}).encode()
        headers = ((b"content-type", b"application/json"), *self.envelope(event))
        if key is None:
            return Packed(headers, body)
        webhook = connectors.webhook(self.provider)
        signed = webhook.sign([key], body, message_id=event.id, at=at)
        return Packed((*headers, *signed.headers), signed.body)


def with_a_changed_byte(packed: Packed) -> Packed:
    """One letter of it is another; it is JSON as before."""
    return replace(packed, body=packed.body.replace(b'"version"', b'"versiom"', 1))


def re_encoded(packed: Packed) -> Packed:
    """The same JSON in other bytes, as a proxy makes them that parses and writes."""
    return replace(packed, body=json.dumps(json.loads(packed.body), indent=1).encode())


def long_ago(now: Moment) -> Moment:
    """An hour before."""
    return later(now, -AN_HOUR_S)


def key_of(dice: Random) -> Secret:
    """A key that every scheme here can sign with."""
    return Secret("whsec_" + b64encode(dice.randbytes(24)).decode())


def scheme_of(provider: str) -> Scheme:
    """The scheme of a provider; ConfigurationError for one that the suite writes no events of."""
    found = _SCHEMES.get(provider)
    if found is None:
        raise ConfigurationError(
            f"the suite writes no events of {provider!r}",
            remedy=f"those that it writes: {', '.join(_SCHEMES)}",
        )
    return found


def _stripe(event: Event) -> Content:
    held = {"id": event.object, "object": "customer", "metadata": {"version": event.version}}
    return {
        "id": event.id,
        "object": "event",
        "api_version": "2025-03-31.basil",
        "created": event.occurred_at // 1_000_000,
        "livemode": False,
        "type": "customer.updated",
        "data": {"object": held},
    }


def _github(event: Event) -> Content:
    at = as_text(event.occurred_at)
    issue = {"id": event.object, "number": 7, "title": "A parcel is late", "updated_at": at}
    return {"action": "edited", "issue": issue, "repository": {"id": 1, "full_name": "a/shop"}}


def _standard(event: Event) -> Content:
    held = {"id": event.object, "version": event.version}
    return {"type": "customer.updated", "timestamp": as_text(event.occurred_at), "data": held}


def _github_envelope(event: Event) -> tuple[tuple[bytes, bytes], ...]:
    return ((b"x-github-event", b"issues"), (b"x-github-delivery", event.id.encode()))


_SCHEMES = {
    "stripe": Scheme("stripe", _stripe, lambda _: ()),
    "github": Scheme("github", _github, _github_envelope),
    "standard": Scheme("standard", _standard, lambda _: ()),
}
