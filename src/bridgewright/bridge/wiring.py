"""Settings turned into the values that journeys work with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from bridgewright import connectors
from bridgewright.core.lifecycle.burial import RetryPolicy
from bridgewright.core.timing.backoff import Backoff
from bridgewright.engine.receive import Source

if TYPE_CHECKING:
    from bridgewright.core.model.event import Event
    from bridgewright.settings import ForwardSettings, SourceSettings, WorkSettings


def source_of(settings: SourceSettings) -> Source:
    """A configured source, its keys bound to its provider's scheme."""
    webhook = connectors.webhook(settings.provider)
    limit = settings.max_body_bytes
    return Source(
        name=settings.name,
        path=settings.path,
        scheme=webhook.scheme(settings.secrets, tolerance_s=settings.tolerance_s),
        read=webhook.read,
        profile=webhook.profile,
        max_body_bytes=webhook.profile.max_body_bytes if limit is None else limit,
        horizon_s=settings.dedupe_horizon_s,
    )


def policy_of(work: WorkSettings, max_attempts: int | None) -> RetryPolicy:
    """How a source's items are retried; `max_attempts` is the source's own, where it has one."""
    backoff = Backoff(work.backoff_base_s, work.backoff_factor, work.backoff_cap_s)
    return RetryPolicy(work.max_attempts if max_attempts is None else max_attempts, backoff)


class Sink(Protocol):
    """A handler of ours that keeps connections open."""

    async def __call__(self, event: Event) -> None: ...

    async def close(self) -> None: ...


def forwarding(settings: ForwardSettings) -> Sink:
    """The handler that hands a source's events on over HTTP."""
    from bridgewright.adapters.sinks.forward import Forwarder  # noqa: PLC0415 - HTTP client: only where used

    return Forwarder(settings.url, settings.secret, timeout_s=settings.timeout_s)
