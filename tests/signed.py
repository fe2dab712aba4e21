"""Deliveries signed as each provider signs them, made through the catalogue."""

from __future__ import annotations

import base64
import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import tests.ways
from bridgewright import connectors
from bridgewright.core.model.inbound import Delivery, Headers, NeedsKey, Rejected, Verified
from bridgewright.core.model.secret import Secret
from bridgewright.core.signing.webhook import PLAIN, Signed, Terms
from tests.made import NOW

if TYPE_CHECKING:
    from bridgewright.core.model.inbound import Verification
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.ports import Scheme

Fields = Sequence[tuple[bytes, bytes]]


def secret_text(number: int) -> str:
    """A key that every scheme of shared secrets takes; numbers make different ones."""
    return "whsec_" + base64.b64encode(number.to_bytes(32, "big")).decode()


def pair_text(number: int) -> tuple[str, str]:
    """A private and a public ed25519 key as Standard Webhooks write them."""
    private = Ed25519PrivateKey.from_private_bytes((number + 1).to_bytes(32, "big"))
    raw, public = private.private_bytes_raw(), private.public_key().public_bytes_raw()
    return "whsk_" + base64.b64encode(raw).decode(), "whpk_" + base64.b64encode(public).decode()


def shared(number: int) -> tuple[Secret, Secret]:
    """The same secret on both sides."""
    return Secret(secret_text(number)), Secret(secret_text(number))


def unshaped(body: bytes) -> bytes:
    """A scheme that signs whatever bytes there are needs no shape."""
    return body


def nothing(need: NeedsKey) -> bytes:
    """Nothing is published where nothing is fetched."""
    msg = f"{need.url} was not expected to be fetched"
    raise AssertionError(msg)


@dataclass(frozen=True, slots=True)
class Way:
    """One way to sign: a provider, and how its keys are made (one to sign with, one to verify).

    `shape` makes of any bytes a body that the provider could send, where the signature or what it
    covers stands inside. `url` is where deliveries go. `publish` answers for the place that keys are
    fetched from. `optional` names fields a delivery verifies without. `tells`: which of our keys it
    was can be told; not so where nothing of ours takes part in signing, and the first is always meant.
    """

    provider: str
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

    def scheme(self, *numbers: int, tolerance_s: float | None = None) -> Scheme:
        keys = [self.keys(number)[1] for number in numbers or (0,)]
        terms = replace(self.terms, tolerance_s=tolerance_s)
        return connectors.webhook(self.provider).scheme(keys, terms)

    def signed(
        self, body: bytes, *numbers: int, at: Moment = NOW, message_id: str = "msg_1"
    ) -> Signed:
        keys = [self.keys(number)[0] for number in numbers or (0,)]
        sign = connectors.webhook(self.provider).sign
        return sign(keys, self.shape(body), message_id=message_id, at=at, url=self.url)

    def fields(
        self, body: bytes, *numbers: int, at: Moment = NOW, message_id: str = "msg_1"
    ) -> tuple[tuple[bytes, bytes], ...]:
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


def resolved(
    verification: Verification, publish: Callable[[NeedsKey], bytes]
) -> Verified | Rejected:
    """A verification to its end, with the keys that it asks for."""
    for _ in range(3):
        if not isinstance(verification, NeedsKey):
            return verification
        verification = verification.resume(verification.parse(publish(verification)))
    msg = "it asks for keys without end"
    raise AssertionError(msg)


@dataclass(frozen=True, slots=True)
class Vector:
    """A delivery that somebody else signed. `source` says who, and which version or page."""

    provider: str
    source: str
    keys: tuple[str, ...]
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

    def sent(self) -> Delivery:
        """The delivery as it came in."""
        return Delivery(
            "source", Headers(self.headers), self.body, self.at, self.method, self.query, self.url
        )

    def verify(self, sent: Delivery, now: Moment | None = None) -> Verified | Rejected:
        """Verify with the vector's key."""
        keys = [Secret(key) for key in self.keys]
        scheme = connectors.webhook(self.provider).scheme(keys, self.terms)
        return resolved(scheme.verify(sent, self.at if now is None else now), self.publish)


def _modules() -> list[object]:
    names = sorted(found.name for found in pkgutil.iter_modules(tests.ways.__path__))
    return [importlib.import_module(f"tests.ways.{name}") for name in names]


_FOUND = _modules()
WAYS: tuple[Way, ...] = tuple(way for module in _FOUND for way in getattr(module, "WAYS", ()))
"""Every way to sign, of every provider in the catalogue."""
VECTORS: tuple[Vector, ...] = tuple(
    vector for module in _FOUND for vector in getattr(module, "VECTORS", ())
)


def way_of(provider: str) -> Way:
    """The first way of a provider."""
    return next(way for way in WAYS if way.provider == provider)


def delivery(body: bytes, fields: Fields, source: str = "source") -> Delivery:
    return Delivery(source, Headers(fields), body, NOW)
