"""Deliveries signed as each provider signs them, made through the catalogue."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bridgewright import connectors
from bridgewright.core.model.inbound import Delivery, Headers
from bridgewright.core.model.secret import Secret
from tests.made import NOW

if TYPE_CHECKING:
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


def _shared(number: int) -> tuple[Secret, Secret]:
    return Secret(secret_text(number)), Secret(secret_text(number))


def _pair(number: int) -> tuple[Secret, Secret]:
    private, public = pair_text(number)
    return Secret(private), Secret(public)


@dataclass(frozen=True, slots=True)
class Way:
    """One way to sign: a provider, and how its keys are made (one to sign with, one to verify)."""

    provider: str
    keys: Callable[[int], tuple[Secret, Secret]] = _shared
    label: str = ""

    def __str__(self) -> str:
        return self.label or self.provider

    def scheme(self, *numbers: int, tolerance_s: float | None = None) -> Scheme:
        keys = [self.keys(number)[1] for number in numbers or (0,)]
        return connectors.webhook(self.provider).scheme(keys, tolerance_s=tolerance_s)

    def fields(
        self, body: bytes, *numbers: int, at: Moment = NOW, message_id: str = "msg_1"
    ) -> tuple[tuple[bytes, bytes], ...]:
        keys = [self.keys(number)[0] for number in numbers or (0,)]
        return connectors.webhook(self.provider).sign(keys, body, message_id=message_id, at=at)


WAYS = (*map(Way, connectors.receiving_names()), Way("standard", _pair, "standard-v1a"))
"""Every provider in the catalogue, and where a scheme has two kinds of keys, the second as well."""


def delivery(body: bytes, fields: Fields, source: str = "source") -> Delivery:
    return Delivery(source, Headers(fields), body, NOW)
