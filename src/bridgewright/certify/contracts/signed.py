"""Deliveries signed as a provider signs them: what suites of schemes and of webhooks verify."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bridgewright.certify.contracts.made import NOW
from bridgewright.core.model.inbound import Delivery, Headers, NeedsKey, Rejected, Verified
from bridgewright.core.model.secret import Secret
from bridgewright.core.signing.webhook import PLAIN, Signed, Terms, Webhook

if TYPE_CHECKING:
    from bridgewright.core.model.inbound import Verification
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.ports import Scheme

Fields = Sequence[tuple[bytes, bytes]]
ROUNDS = 3
"""How many keys a verification may ask for, one after the other."""


def secret_text(number: int) -> str:
    """A key that every scheme of shared secrets takes; numbers make different ones."""
    return "whsec_" + base64.b64encode(number.to_bytes(32, "big")).decode()


def shared(number: int) -> tuple[Secret, Secret]:
    """The same secret on both sides."""
    return Secret(secret_text(number)), Secret(secret_text(number))


def unshaped(body: bytes) -> bytes:
    """A scheme that signs whatever bytes there are needs no shape."""
    return body


def nothing(need: NeedsKey) -> bytes:
    """Nothing is published where nothing is fetched."""
    raise AssertionError(f"{need.url} was not expected to be fetched")


@dataclass(frozen=True, slots=True)
class Way:
    """One way to sign: a webhook, and how its keys are made (one to sign with, one to verify), a pair
    for each number from 0 to 51.

    `shape` makes of any bytes a body that the provider could send, where the signature or what it
    covers stands inside. `url` is where deliveries go. `publish` answers for the place that keys are
    fetched from. `optional` names fields a delivery verifies without. `tells`: which of our keys it
    was can be told; not so where nothing of ours takes part in signing, and the first is always meant.
    """

    webhook: Webhook = field(repr=False)
    keys: Callable[[int], tuple[Secret, Secret]] = shared
    label: str = ""
    terms: Terms = PLAIN
    shape: Callable[[bytes], bytes] = unshaped
    url: str = "https://hooks.example.com/in"
    publish: Callable[[NeedsKey], bytes] = nothing
    optional: frozenset[bytes] = frozenset()
    tells: bool = True

    def __str__(self) -> str:
        return self.label or self.provider

    @property
    def provider(self) -> str:
        """Whose webhook it is."""
        return self.webhook.provider

    def scheme(self, *numbers: int, tolerance_s: float | None = None) -> Scheme:
        """What verifies with the keys of these numbers, the first unless told."""
        keys = [self.keys(number)[1] for number in numbers or (0,)]
        return self.webhook.scheme(keys, replace(self.terms, tolerance_s=tolerance_s))

    def signed(
        self, body: bytes, *numbers: int, at: Moment = NOW, message_id: str = "msg_1"
    ) -> Signed:
        """What the provider makes of a body."""
        keys = [self.keys(number)[0] for number in numbers or (0,)]
        shaped = self.shape(body)
        return self.webhook.sign(keys, shaped, message_id=message_id, at=at, url=self.url)

    def fields(
        self, body: bytes, *numbers: int, at: Moment = NOW, message_id: str = "msg_1"
    ) -> tuple[tuple[bytes, bytes], ...]:
        """The header fields that sign a body."""
        return self.signed(body, *numbers, at=at, message_id=message_id).headers

    def sent(self, body: bytes, *numbers: int, at: Moment = NOW) -> Delivery:
        """The delivery as it comes in."""
        signed = self.signed(body, *numbers, at=at)
        query = "?" + signed.query.decode() if signed.query else ""
        return Delivery(
            "source",
            Headers(signed.headers),
            signed.body,
            NOW,
            query=signed.query,
            url=self.url + query,
        )

    def verify(
        self,
        sent: Delivery,
        *numbers: int,
        now: Moment = NOW,
        tolerance_s: float | None = None,
    ) -> Verified | Rejected:
        """Verify with these keys, and with what the provider publishes."""
        scheme = self.scheme(*numbers, tolerance_s=tolerance_s)
        return resolved(scheme.verify(sent, now), self.publish)


@dataclass(frozen=True, slots=True)
class Vector:
    """A delivery that somebody else signed. `source` says who, and which version or page."""

    webhook: Webhook = field(repr=False)
    source: str
    keys: tuple[str, ...] = field(repr=False)
    headers: Fields
    body: bytes
    at: Moment
    terms: Terms = PLAIN
    query: bytes = b""
    url: str = ""
    method: str = "POST"
    publish: Callable[[NeedsKey], bytes] = field(default=nothing)

    def __str__(self) -> str:
        return f"{self.provider}: {self.source}"

    @property
    def provider(self) -> str:
        """Whose webhook it is."""
        return self.webhook.provider

    def sent(self) -> Delivery:
        """The delivery as it came in."""
        return Delivery(
            "source", Headers(self.headers), self.body, self.at, self.method, self.query, self.url
        )

    def verify(self, sent: Delivery, now: Moment | None = None) -> Verified | Rejected:
        """Verify with the vector's key."""
        scheme = self.webhook.scheme([Secret(key) for key in self.keys], self.terms)
        return resolved(scheme.verify(sent, self.at if now is None else now), self.publish)


def resolved(
    verification: Verification, publish: Callable[[NeedsKey], bytes]
) -> Verified | Rejected:
    """A verification to its end, with the keys that it asks for."""
    for _ in range(ROUNDS):
        if not isinstance(verification, NeedsKey):
            return verification
        verification = verification.resume(verification.parse(publish(verification)))
    raise AssertionError("it asks for keys without end")


def delivery(body: bytes, fields: Fields, source: str = "source") -> Delivery:
    """Whatever came in."""
    return Delivery(source, Headers(fields), body, NOW)
