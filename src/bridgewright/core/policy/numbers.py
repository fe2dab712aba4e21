"""The numbers of a call's policy: what users tune. The order of the rules is fixed.

Defaults and their reasons stand beside each; combinations that cannot work are refused when a
policy is made, not when the first call meets them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bridgewright.core.errors import ConfigurationError
from bridgewright.core.timing.backoff import Backoff

_MIB = 1_048_576


@dataclass(frozen=True, slots=True)
class Quota:
    """A provider's published limit: at most `limit` units in any `window_s` seconds.

    `safe` keeps every window below the limit, whatever its start, at the price of a smaller burst;
    without it the rate is kept on average and one window may see up to twice the limit.
    """

    limit: int
    window_s: float = 1.0
    safe: bool = True

    def __post_init__(self) -> None:
        if self.limit < 1 or not 0 < self.window_s <= 86_400:  # noqa: PLR2004 - a day
            problem = f"a quota of {self.limit} in {self.window_s:g} s cannot be kept"
            raise ConfigurationError(problem, remedy="use 1 or more within at most a day")


@dataclass(frozen=True, slots=True)
class BudgetNumbers:
    """The retry budget: each call deposits `ratio`, each retry takes its price; never above `cap`,
    and `floor_per_s` trickles in so that a quiet connection can retry at all.

    10 %, 10 and 0.02/s keep the load on a dead provider at or below 1.25 times the calls, from 0.2
    to 200 calls a second (measured: benchmarks).
    """

    ratio: float = 0.1
    cap: float = 10.0
    floor_per_s: float = 0.02
    price: float = 1.0
    throttled_price: float = 0.36


@dataclass(frozen=True, slots=True)
class BreakerNumbers:
    """When to stop calling, for how long, and how to come back.

    Opens on `failure_rate` or `slow_rate` of at least `least_calls` within `window_s`, or on
    `consecutive` failures in a row (which is what a quiet connection ever reaches). Open for
    `open_s`, doubling to `open_cap_s` each time it opens again, jittered so that processes do not
    come back together. Then `probes` calls at once may try; `successes` of them close it.
    `observe_only` counts and tells, and stops nobody.
    """

    window_s: float = 30.0
    least_calls: int = 10
    failure_rate: float = 0.5
    slow_rate: float = 0.8
    slow_s: float = 10.0
    consecutive: int = 5
    open_s: float = 5.0
    open_cap_s: float = 300.0
    probes: int = 1
    successes: int = 3
    observe_only: bool = False


@dataclass(frozen=True, slots=True)
class CallNumbers:
    """All numbers of one connection's calls.

    `deadline_s` is the length of a whole call, every wait and attempt included; `attempt_s` that of
    one attempt. `max_wait_s` is the longest pushback waited for within a call. `max_attempts` counts
    the first. `concurrency` calls run at once in one process, `queue` more may wait for them.
    """

    deadline_s: float = 30.0
    attempt_s: float = 15.0
    connect_s: float = 5.0
    idle_s: float = 10.0
    max_wait_s: float = 10.0
    max_attempts: int = 3
    concurrency: int = 50
    queue: int = 100
    max_response_bytes: int = 16 * _MIB
    backoff: Backoff = field(default_factory=lambda: Backoff(0.1, 2.0, 20.0))
    throttled_backoff: Backoff = field(default_factory=lambda: Backoff(1.0, 2.0, 20.0))
    budget: BudgetNumbers = field(default_factory=BudgetNumbers)
    breaker: BreakerNumbers = field(default_factory=BreakerNumbers)

    def __post_init__(self) -> None:
        if self.attempt_s > self.deadline_s:
            _refuse("attempt_s", f"{self.attempt_s:g}", f"at most deadline_s ({self.deadline_s:g})")
        if self.breaker.window_s < 2 * self.breaker.slow_s:
            _refuse("breaker.window_s", f"{self.breaker.window_s:g}", "at least twice slow_s")
        if self.max_attempts < 1:
            _refuse("max_attempts", str(self.max_attempts), "1 or more: it counts the first")
        if self.concurrency < 1 or self.queue < 0:
            _refuse("concurrency", str(self.concurrency), "1 or more, and a queue of 0 or more")
        positive = (self.deadline_s, self.attempt_s, self.connect_s, self.idle_s, self.budget.cap)
        if min(positive) <= 0 or self.max_response_bytes < 1:
            _refuse("a timeout, budget.cap or max_response_bytes", "0 or less", "more than 0")


def _refuse(name: str, value: str, allowed: str) -> None:
    problem = f"{name} is {value}: allowed is {allowed}"
    raise ConfigurationError(problem, place="the numbers of a call")
