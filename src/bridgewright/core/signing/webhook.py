"""What one provider's webhook is made of: the form in which connectors hand theirs over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgewright.core.model.inbound import WebhookProfile
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.ports import Reader, Scheme


class SchemeMaker(Protocol):
    """Binds keys to a scheme. An unfit key is a `ConfigurationError` here, not later."""

    def __call__(self, keys: Sequence[Secret], *, tolerance_s: float | None = None) -> Scheme: ...


class Signer(Protocol):
    """Signs as the provider does: for simulators, tests, and whoever sends on what came.

    Returns the header fields that carry the signature, one for each key where the scheme can hold
    several. `message_id` names the event where the scheme signs an id.
    """

    def __call__(
        self, keys: Sequence[Secret], body: bytes, *, message_id: str, at: Moment
    ) -> tuple[tuple[bytes, bytes], ...]: ...


@dataclass(frozen=True, slots=True)
class Webhook:
    """A provider's inbound half.

    `secret_variable` is the conventional environment variable of the first key.
    """

    provider: str
    secret_variable: str
    profile: WebhookProfile
    scheme: SchemeMaker
    read: Reader
    sign: Signer
