"""What an account shares with other processes: a party for each scope, between its lease and the keeper
that asks the gate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bridgewright.core.model.fact import ThrottleClosed
from bridgewright.core.model.sharing import LeaseAsk
from bridgewright.core.policy.lease import NS_PER_US, Lease
from bridgewright.core.policy.limiter import Limiter, Meter
from bridgewright.core.policy.shared import AHEAD_US, lease_us, meter, reserved

if TYPE_CHECKING:
    from bridgewright.core.model.call import Ticks
    from bridgewright.core.model.sharing import LeaseGrant
    from bridgewright.core.policy.bulkhead import Ticket
    from bridgewright.engine.call.scope import Account, Scope
    from bridgewright.engine.drive.keeper import Keeper

HEARD = "heard of another process"
"""The rule by which a gate closed that another process of ours met."""
NS_PER_S = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Terms:
    """How an account is shared: under which `name`, for how long units may be held (between the two
    lengths, in microseconds), and by how many `processes` at least when nobody can be asked."""

    name: str
    longest_us: int
    shortest_us: int
    processes: int = 1


class Party:
    """One scope's part: what the keeper asks for it, and what it does with the answer."""

    __slots__ = ("_sharing", "expires", "gone", "granted", "lease", "scope")

    def __init__(self, scope: Scope, lease: Lease, sharing: Sharing) -> None:
        self.scope = scope
        self.lease = lease
        self._sharing = sharing
        # A ticket, so that whoever tidies up after a step wakes the keeper as it wakes callers.
        self.expires: Ticks = 0
        self.granted = False
        self.gone = False

    def __repr__(self) -> str:
        return f"Party({self.scope.key.connector} {self.scope.key.group}, {self.lease})"

    def wake(self) -> bool:
        """Have the gate asked."""
        self._sharing.keeper.want(self)
        return True

    def ask(self, now: Ticks) -> LeaseAsk:
        """What to ask for now."""
        key, sharing = self.scope.key, self._sharing
        with self.scope.account.lock:
            least, wanted, most = self.lease.ask(now)
            cold, self.lease.cold = self.lease.cold, False
        return LeaseAsk(
            sharing.terms.name,
            f"{key.host}\0{key.group}",
            sharing.keeper.worker,
            self.lease.meters,
            least,
            wanted,
            most,
            AHEAD_US,
            cold,
        )

    def answer(self, grant: LeaseGrant, asked_at: Ticks, now: Ticks) -> ThrottleClosed | None:
        """Deal out what came; the fact that a gate closed, when it did."""
        scope, lease = self.scope, self.lease
        closed = False
        with scope.account.lock:
            if grant.closed_us:
                closed = scope.close_gate(now, now + grant.closed_us * NS_PER_US, HEARD)
                grant = replace(grant, due_us=0)
            woken = lease.deal(grant, asked_at, now)
            lease.asking = again = lease.wants and not grant.closed_us
        _wake(woken)
        if again:
            self.wake()
        if not closed:
            return None
        key = scope.key
        for_s = grant.closed_us * NS_PER_US / NS_PER_S
        return ThrottleClosed(key.connector, key.account, key.host, key.group, for_s, HEARD)

    def shut(self, for_ns: Ticks) -> None:
        """Tell the others that the provider asked us to stay away."""
        key, keeper = self.scope.key, self._sharing.keeper
        keeper.shut(self._sharing.terms.name, f"{key.host}\0{key.group}", for_ns)


class Sharing:
    """How one account is shared; `keeper` asks the gate for all accounts of a bridge."""

    __slots__ = ("__weakref__", "_account", "_away", "_share", "keeper", "terms")

    def __init__(self, account: Account, keeper: Keeper, terms: Terms) -> None:
        self._account = account
        self._away = False
        self._share = terms.processes
        self.keeper = keeper
        self.terms = terms
        keeper.enlist(self)

    def __repr__(self) -> str:
        return f"Sharing({self._account})"

    def join(self, scope: Scope, now: Ticks) -> None:
        """Have a new scope share. The account's lock is held."""
        quotas = self._account.quotas
        groups = dict.fromkeys((scope.key.group, ""))
        named = [
            (group, number, quota)
            for group in groups
            for number, quota in enumerate(quotas.get(group, ()))
        ]
        terms = self.terms
        held = lease_us((quota for *_, quota in named), terms.longest_us, terms.shortest_us)
        meters = tuple(meter(quota, group, number, held) for group, number, quota in named)
        scope.lease = Lease(meters, held * NS_PER_US, now)
        scope.party = Party(scope, scope.lease, self)
        if self._away:
            self._go_by_share(scope, now)
        else:
            scope.limiters = (scope.lease,)

    def lose(self, now: Ticks, workers: int) -> None:
        """The gate is away: everybody keeps to a share that is small enough, or sends nothing.

        What takes over begins without a burst, and not before a lease and its first interval are over:
        what was sent just now, and by whom, is not known here.
        """
        account = self._account
        woken: list[Ticket] = []
        with account.lock:
            self._away = True
            self._share = max(self.terms.processes, workers)
            longest_ns = self.terms.longest_us * NS_PER_US
            account.shared_limiters = self._limiters("", now + longest_ns)
            for scope in account.each_scope():
                self._go_by_share(scope, now)
                if scope.lease is not None:
                    woken += scope.lease.everybody()
        _wake(woken)

    def _go_by_share(self, scope: Scope, now: Ticks) -> None:
        lease = scope.lease
        if lease is None:
            return
        lease.forget()
        lease.refuses = self.keeper.refuses
        own = self._limiters(scope.key.group, now + lease.held_ns) if scope.key.group else ()
        scope.rates = (*own, *self._account.shared_limiters)
        scope.limiters = (lease,) if lease.refuses else scope.rates

    def _limiters(self, group: str, now: Ticks) -> tuple[Limiter, ...]:
        quotas = self._account.quotas.get(group)
        if not quotas:
            return ()
        made = Limiter(Meter(reserved(each), share=self._share, started=now) for each in quotas)
        made.begin_after_interval(now)
        return (made,)

    def regain(self) -> None:
        """The gate answers again."""
        woken: list[Ticket] = []
        with self._account.lock:
            self._away = False
            for scope in self._account.each_scope():
                lease = scope.lease
                if lease is not None:
                    lease.forget()
                    lease.cold, lease.refuses = True, False
                    scope.limiters = (lease,)
                    woken += lease.everybody()
        _wake(woken)

    def after_fork(self) -> None:
        """A child asks for itself."""
        self._away = False


def _wake(tickets: list[Ticket]) -> None:
    for ticket in tickets:
        ticket.wake()
