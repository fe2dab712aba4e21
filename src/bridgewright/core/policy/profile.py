"""What a connector declares of its provider for outgoing calls: data and pure functions, no I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridgewright.core.policy.numbers import CallNumbers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bridgewright.core.model.call import Operation, Request, Response
    from bridgewright.core.policy.numbers import Quota
    from bridgewright.core.timing.pushback import PushbackRule

A_MINUTE_S = 60.0


def chosen(key: str) -> bool:
    """No key is the SDK's own making: it makes none."""
    del key
    return False


@dataclass(frozen=True, slots=True)
class Idempotency:
    """How a provider recognises a repeat: by a header (its lower-case name), for `lifetime_s` after
    the key's first use. Requests whose operation is KEYED get one when they have none.

    `minted_by_sdk` tells a key that the SDK made up for this very call from one that its user chose:
    only the latter is the same when the user asks again.
    """

    header: str
    lifetime_s: float
    minted_by_sdk: Callable[[str], bool] = chosen


def nothing(response: Response) -> None:
    """The provider's code in an error body, for one that has none we know."""
    del response


def never(response: Response) -> bool:
    """Whether a 4xx answer means "too fast", for a provider that says so by 429 alone."""
    del response
    return False


@dataclass(frozen=True, slots=True)
class CallProfile:
    """One provider, as the engine needs to know it.

    `classify` names a request's operation and its safety. `throttles` recognises answers that mean
    "too fast" beside 429. `unprocessed` are statuses that the provider documents as "nothing was
    done", so that any request may be sent again; `refusals` are statuses of 4xx that are transient
    (409 of a key in flight). `should_retry` reads a provider's own word (`Stripe-Should-Retry`):
    True, False, or None when it says nothing. `error_code` finds its code in an error body.
    `pushback` are rules for its headers, tried in order before the general ones.
    `quotas` are per group of operations; those of "" hold for the whole account.
    `throttled_for_s` is how long to stay away after a throttle that names no time.
    """

    provider: str
    base_url: str
    classify: Callable[[Request], Operation]
    numbers: CallNumbers = field(default_factory=CallNumbers)
    quotas: Mapping[str, tuple[Quota, ...]] = field(default_factory=dict)
    idempotency: Idempotency | None = None
    throttles: Callable[[Response], bool] = never
    unprocessed: frozenset[int] = frozenset({429})
    refusals: frozenset[int] = frozenset()
    should_retry: Callable[[Response], bool | None] = nothing
    error_code: Callable[[Response], str | None] = nothing
    pushback: tuple[PushbackRule, ...] = ()
    throttled_for_s: float = 1.0
    request_id_headers: tuple[str, ...] = ("request-id", "x-request-id")
    log_headers: frozenset[str] = frozenset()
    secret_fields: frozenset[str] = frozenset()
