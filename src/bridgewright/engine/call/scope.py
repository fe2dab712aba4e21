"""What calls share: an account's places and quotas, and for each group of operations a breaker, a
budget and a gate.

Account and host are part of what is shared, so that one tenant's throttle or bad credential stops
nobody else. One lock guards an account and its scopes; nothing is called, read or written under it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.core.model.call import NS_PER_S
from bridgewright.core.policy.breaker import Breaker, BreakerState
from bridgewright.core.policy.budget import Budget
from bridgewright.core.policy.bulkhead import Bulkhead
from bridgewright.core.policy.limiter import Limiter, Meter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from bridgewright.core.model.call import Ticks
    from bridgewright.core.policy.lease import Lease
    from bridgewright.core.policy.numbers import CallNumbers, Quota
    from bridgewright.engine.call.sharing import Party, Sharing

MOST_SCOPES = 1_000
"""Scopes an account keeps; beyond, the oldest that protects nobody goes. Hosts and groups may come from a
user's data, and must not fill the memory."""

LONGEST_GATE_NS = 3_600 * NS_PER_S
"""Everybody is kept away for at most an hour by one answer; then the provider is asked again. A
mistaken header would otherwise silence a process until it is restarted."""


@dataclass(frozen=True, slots=True)
class ScopeKey:
    """Whose calls these are."""

    connector: str
    account: str
    host: str
    group: str


class Scope:
    """Calls that fail, are throttled and retried together. Guarded by the account's lock.

    `rates` are this process's limiters of these calls: their group's own, then the account's.
    `limiters` is what holds now: them, or the `lease` where several processes share the account, as
    long as the shared gate answers; `party` has it asked.
    """

    __slots__ = (
        "account",
        "breaker",
        "budget",
        "closed_by",
        "closed_until",
        "key",
        "lease",
        "limiters",
        "party",
        "rates",
    )

    def __init__(self, key: ScopeKey, account: Account, now: Ticks) -> None:
        numbers = account.numbers
        self.key = key
        self.account = account
        self.breaker = Breaker(numbers.breaker, account.roll, lease_s=2 * numbers.attempt_s)
        self.budget = Budget(numbers.budget, now)
        self.rates = account.rates_of(key.group, now)
        self.limiters: tuple[Limiter | Lease, ...] = self.rates
        self.lease: Lease | None = None
        self.party: Party | None = None
        self.closed_until: Ticks = 0
        self.closed_by = ""

    def __repr__(self) -> str:
        key = self.key
        return f"Scope({key.connector} {key.account} {key.host} {key.group}, {self.breaker})"

    @property
    def leased(self) -> bool:
        """Whether the lease is what holds now."""
        return self.limiters is not self.rates

    def close_gate(self, now: Ticks, until: Ticks, rule: str) -> bool:
        """Keep everybody away until then. False when the gate was closed for longer already."""
        until = min(until, now + LONGEST_GATE_NS)
        if until <= self.closed_until:
            return False
        self.closed_until, self.closed_by = until, rule
        return True

    def room_at(self, now: Ticks, cost: int) -> Ticks:
        """When a call whose places have come may use them: now, unless others were late."""
        found = now
        for limiter in self.rates:
            at = limiter.fits(now, cost)
            if at > now:
                limiter.postpone(at - now)
                found = max(found, at)
        return found

    def passes(self, now: Ticks, cost: int) -> bool:
        """Whether a call may be sent now without a place in any rate."""
        for limiter in self.limiters:  # noqa: SIM110 - `all` would take twice as long
            if not limiter.open(now, cost):
                return False
        return True

    def spend(self, now: Ticks, cost: int, *, placed: bool = True) -> Party | None:
        """The units of an attempt that is sent now: gone, whatever becomes of it. `placed` says that
        it had places, and did not just pass. Whom to wake so that a lease is renewed, if it is time."""
        for limiter in self.limiters:
            if placed:
                limiter.take(now, cost)
            else:
                limiter.use(now, cost)
        lease = self.lease
        if lease is None or not lease.wants or lease.asking:
            return None
        lease.asking = True
        return self.party

    def give_back(self, places: tuple[Ticks, ...], cost: int) -> None:
        """The places of a call that goes away; it may not have asked for all of them."""
        for limiter, place in zip(self.rates, places, strict=False):
            limiter.undo(place, cost)

    def idle(self, now: Ticks) -> bool:
        """Whether forgetting this scope would lose nothing that protects anybody."""
        alone = len(self.rates) > len(self.account.shared_limiters)
        closed = self.breaker.state is BreakerState.CLOSED
        return closed and self.closed_until <= now and not alone


class Account:
    """One account's calls in this process: its lock, its places, its quotas, its scopes.

    `quotas` are per group, those of "" hold for the whole account; `share` is how many processes
    divide them. `roll` draws from 0 to 1 (excluded).
    """

    __slots__ = (
        "_last",
        "_make_lock",
        "_scopes",
        "attempt_ns",
        "bulkhead",
        "connector",
        "lock",
        "name",
        "numbers",
        "quotas",
        "roll",
        "share",
        "shared_limiters",
        "sharing",
    )

    def __init__(  # noqa: PLR0913 - what an account is made of
        self,
        connector: str,
        name: str,
        numbers: CallNumbers,
        quotas: Mapping[str, tuple[Quota, ...]],
        *,
        share: int,
        roll: Callable[[], float],
        make_lock: Callable[[], AbstractContextManager[object]],
        now: Ticks,
    ) -> None:
        self.connector = connector
        self.name = name
        self.numbers = numbers
        self._last = ("\0", "")
        self.attempt_ns = int(numbers.attempt_s * NS_PER_S)
        self.quotas = quotas
        self.share = share
        self.roll = roll
        self._make_lock = make_lock
        self._scopes: dict[tuple[str, str], Scope] = {}
        self.sharing: Sharing | None = None
        self.reset(now)

    def __repr__(self) -> str:
        return f"Account({self.connector} {self.name}, {self.bulkhead})"

    def reset(self, now: Ticks) -> None:
        """Begin anew, as a child does after a fork: the parent's calls and waiters are not its own."""
        self.lock = self._make_lock()
        self.bulkhead = Bulkhead(self.numbers.concurrency, self.numbers.queue)
        self.shared_limiters = self.limiters("", now)
        self._scopes = {}
        if self.sharing is not None:
            self.sharing.after_fork()

    def rates_of(self, group: str, now: Ticks) -> tuple[Limiter, ...]:
        """What holds for a group in this process: its own limiter, then the account's."""
        own = self.limiters(group, now) if group else ()
        return (*own, *self.shared_limiters)

    def limiters(self, group: str, now: Ticks) -> tuple[Limiter, ...]:
        """A new limiter for the quotas of a group, or none; those of "" are the whole account's."""
        quotas = self.quotas.get(group)
        if not quotas:
            return ()
        return (Limiter(Meter(quota, share=self.share, started=now) for quota in quotas),)

    def share_by(self, sharing: Sharing) -> None:
        """Share with other processes from now on. Called before any scope is made."""
        self.sharing = sharing

    def host_of(self, url: str) -> str:
        """The authority of a URL. Most calls go to one: the last is remembered."""
        origin, host = self._last
        if url.startswith(origin):
            return host
        host = _authority(url)
        scheme, _, rest = url.partition("://")
        if rest.startswith(f"{host}/"):
            self._last = f"{scheme}://{host}/", host
        return host

    def scope(self, host: str, group: str, now: Ticks) -> Scope:
        """The scope of a host and a group."""
        found = self._scopes.get((host, group))
        return found if found is not None else self._made(host, group, now)

    def scopes(self) -> tuple[Scope, ...]:
        """Those there are at present, for observers."""
        with self.lock:
            return tuple(self._scopes.values())

    def each_scope(self) -> tuple[Scope, ...]:
        """Those there are at present, for whoever holds the lock."""
        return tuple(self._scopes.values())

    def _made(self, host: str, group: str, now: Ticks) -> Scope:
        with self.lock:
            found = self._scopes.get((host, group))
            if found is None:
                if len(self._scopes) >= MOST_SCOPES:
                    self._forget_one(now)
                key = ScopeKey(self.connector, self.name, host, group)
                found = Scope(key, self, now)
                if self.sharing is not None:
                    self.sharing.join(found, now)
                self._scopes[host, group] = found
            return found

    def _forget_one(self, now: Ticks) -> None:
        """The oldest that is idle; when none is, the oldest: memory comes first."""
        oldest = next((key for key, each in self._scopes.items() if each.idle(now)), None)
        del self._scopes[oldest or next(iter(self._scopes))]


def _authority(url: str) -> str:
    """The authority of an absolute URL, without what may stand before an `@`."""
    parts = url.split("/", 3)
    return parts[2].rpartition("@")[2] if len(parts) > 2 else ""  # noqa: PLR2004 - scheme, nothing, authority
