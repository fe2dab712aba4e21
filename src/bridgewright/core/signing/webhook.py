"""What one provider's webhook is made of: the form in which connectors hand theirs over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgewright.core.model.inbound import WebhookProfile
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.ports import Reader, Scheme


class SchemeMaker(Protocol):
    """Binds keys to a scheme. A key that cannot be one is a `ConfigurationError`, here and not later."""

    def __call__(self, keys: Sequence[Secret], *, tolerance_s: float | None = None) -> Scheme: ...


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
