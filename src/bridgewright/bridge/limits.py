"""The bounds of single handlers: `@bridge.on(…, concurrency=, rate_per_s=)`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError
from bridgewright.core.lifecycle.throttle import Bound
from bridgewright.core.model.ranking import Reach

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.core.lifecycle.routes import Routes

MOST_AT_ONCE = 1_000
SLOWEST_PER_S, FASTEST_PER_S = 0.001, 10_000


@dataclass(frozen=True, slots=True)
class Limit:
    """How much of one handler runs in one worker."""

    concurrency: int | None
    rate_per_s: float | None


def handler_limit(concurrency: int | None, rate_per_s: float | None) -> Limit | None:
    """What a handler was registered with, None without a bound; `ConfigurationError` for what is none."""
    if concurrency is None and rate_per_s is None:
        return None
    if concurrency is not None and not 1 <= concurrency <= MOST_AT_ONCE:
        problem = (
            f"concurrency is {concurrency}: a handler may run 1 to {MOST_AT_ONCE} times at once"
        )
        raise ConfigurationError(problem, remedy="to stop it for a while, pause it")
    if rate_per_s is not None and not SLOWEST_PER_S <= rate_per_s <= FASTEST_PER_S:
        problem = f"rate_per_s is {rate_per_s:g}: allowed is {SLOWEST_PER_S:g} to {FASTEST_PER_S:g}"
        raise ConfigurationError(problem, remedy="to stop it for a while, pause it")
    return Limit(concurrency, rate_per_s)


def bounds_of(limits: Mapping[tuple[str, str], Limit], routes: Routes) -> list[Bound]:
    """Handlers' limits as bounds of the events that go to them, and not to one that says more."""
    return [
        Bound(
            (Reach(source, pattern, routes.outranking(source, pattern)),),
            limit.concurrency,
            limit.rate_per_s,
        )
        for (source, pattern), limit in limits.items()
    ]
