"""Keys by which a provider recognises a repeat: minted once, bound to one request."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.moment import Moment, seconds_between

if TYPE_CHECKING:
    from bridgewright.core.model.call import Request

LONGEST_KEY = 255
"""Stripe's limit (docs.stripe.com/api/idempotent_requests, 2026-11-23), the tightest we know of."""


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A key of the caller's own, with what has to outlive the process that first used it.

    Keep `as_text()` beside the intent (an order, an outbox item) before the first attempt, and give
    it back after a crash: the provider then recognises the repeat. `fingerprint` is that of the
    request it was first used for, "" before; `minted_at` says from when the provider's lifetime
    counts.
    """

    value: str
    minted_at: Moment
    fingerprint: str = ""

    def __post_init__(self) -> None:
        if not 0 < len(self.value) <= LONGEST_KEY or not self.value.isascii():
            problem = f"an idempotency key has 1 to {LONGEST_KEY} ASCII characters"
            raise ConfigurationError(problem, remedy="use the id of the intent: order-17")
        if not self.value.isprintable() or self.value != self.value.strip():
            problem = "an idempotency key travels in a header: no control character or outer blank"
            raise ConfigurationError(problem, remedy="use the id of the intent: order-17")

    def as_text(self) -> str:
        """One line that `from_text` reads back."""
        return f"{self.minted_at} {self.fingerprint or '-'} {self.value}"

    @classmethod
    def from_text(cls, text: str) -> IdempotencyKey:
        """The key that `as_text` wrote; `ConfigurationError` for anything else."""
        try:
            minted_at, fingerprint, value = text.split(" ", 2)
            return cls(value, Moment(int(minted_at)), "" if fingerprint == "-" else fingerprint)
        except ValueError:
            problem = "this is not an idempotency key as `as_text` writes it"
            raise ConfigurationError(problem) from None

    def bound_to(self, request: Request) -> IdempotencyKey | None:
        """The key bound to `request`; None when it is bound to another one already."""
        found = fingerprint(request)
        if self.fingerprint not in ("", found):
            return None
        return replace(self, fingerprint=found)

    def expired(self, now: Moment, lifetime_s: float) -> bool:
        """Whether the provider may have forgotten the key: a repeat would then be a second time."""
        return seconds_between(self.minted_at, now) >= lifetime_s


def fingerprint(request: Request) -> str:
    """What makes two requests the same to a provider: method, URL and body. A body that is read as
    it is sent has only its length to show."""
    digest = hashlib.sha256(f"{request.method} {request.url}\n".encode("utf-8", "surrogatepass"))
    body = request.body
    if isinstance(body, bytes):
        digest.update(body)
    elif body is not None:
        digest.update(f"stream of {body.length}".encode())
    return digest.hexdigest()[:32]
