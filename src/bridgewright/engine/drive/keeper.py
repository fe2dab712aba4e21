"""The keeper: one thread that asks the gate for every call of this process, whether it waits in a thread
or on a loop. No call ever waits on a socket of the gate's."""

from __future__ import annotations

import secrets
import threading
import weakref
from collections import deque
from typing import TYPE_CHECKING, Protocol

from bridgewright.core.errors import GateUnavailable
from bridgewright.core.model.call import NS_PER_S
from bridgewright.core.model.fact import GateLost, GateRegained
from bridgewright.core.policy.shared import LONGEST_CLOSED_US
from bridgewright.engine.drive.calling import begin_anew_after_fork

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.core.model.call import Ticks
    from bridgewright.core.model.fact import Fact
    from bridgewright.core.model.sharing import LeaseAsk, LeaseGrant
    from bridgewright.core.ports import Gate, Observer

PROBE_S = 1.0
"""How often an absent gate is asked, on average: each process draws from half of it to one and a half."""
REJOIN_US = 2_000_000
"""How long after the first process found the gate again all go back to it: by then all have found it."""
TRIES = 2
"""A connection that a restart left dead fails once; the second finds a new one."""
MOST_SHUT = 1_000
"""Closed scopes kept to be told of when the gate is back."""


class Asking(Protocol):
    """A scope that shares: what it asks for, and what it does with the answer."""

    def ask(self, now: Ticks) -> LeaseAsk: ...

    def answer(self, grant: LeaseGrant, asked_at: Ticks, now: Ticks) -> Fact | None: ...


class Enlisted(Protocol):
    """An account that shares: what it does while nobody can be asked, and afterwards."""

    def lose(self, now: Ticks, workers: int) -> None: ...

    def regain(self) -> None: ...


class Keeper:
    """Asks a gate, in its own thread, which begins with the first question.

    `refuses` says what an absent gate means: nothing is sent, or everybody keeps to a share. Facts go
    to `observer`, from that thread. `roll` draws from 0 to 1.
    """

    __slots__ = (
        "__weakref__",
        "_accounts",
        "_closed",
        "_gate",
        "_lock",
        "_lost_at",
        "_observer",
        "_queue",
        "_rejoin_at",
        "_roll",
        "_shut",
        "_stirred",
        "_thread",
        "_ticks",
        "_workers",
        "refuses",
        "worker",
    )

    def __init__(
        self,
        gate: Gate,
        *,
        refuses: bool,
        observer: Observer,
        ticks: Callable[[], Ticks],
        roll: Callable[[], float],
    ) -> None:
        self._gate = gate
        self.refuses = refuses
        self._observer = observer
        self._ticks = ticks
        self._roll = roll
        self._accounts: weakref.WeakSet[Enlisted] = weakref.WeakSet()
        self._begin()
        begin_anew_after_fork(self)

    def _begin(self) -> None:
        self.worker = secrets.token_hex(8)
        self._lock = threading.Lock()
        self._stirred = threading.Event()
        self._queue: deque[Asking] = deque()
        self._shut: dict[tuple[str, str], Ticks] = {}
        self._thread: threading.Thread | None = None
        self._lost_at: Ticks | None = None
        self._rejoin_at: Ticks | None = None
        self._workers = 1
        self._closed = False

    def __repr__(self) -> str:
        return f"Keeper({'lost' if self._lost_at is not None else 'asks'})"

    def enlist(self, account: Enlisted) -> None:
        """Have an account hear of the gate's going and coming."""
        with self._lock:
            self._accounts.add(account)
            lost = self._lost_at is not None or self._closed
        if lost:
            account.lose(self._ticks(), self._workers)

    def want(self, asking: Asking) -> None:
        """Have the gate asked for a scope, soon. From any thread; never waits."""
        self._queue.append(asking)
        self._stir()

    def shut(self, account: str, scope: str, for_ns: Ticks) -> None:
        """Have the others told that a scope is closed. From any thread; never waits."""
        until = self._ticks() + min(for_ns, LONGEST_CLOSED_US * 1_000)
        key = (account, scope)
        with self._lock:
            if key in self._shut or len(self._shut) < MOST_SHUT:
                self._shut[key] = max(until, self._shut.get(key, 0))
        self._stir()

    def close(self) -> None:
        """Stop asking: calls that are still made keep to a share. Safe to call twice."""
        with self._lock:
            self._closed = True
            thread = self._thread
        self._stirred.set()
        if thread is not None and thread is not threading.current_thread():
            thread.join()
        self._gate.close()
        self._tell_accounts(lost=True)

    def after_fork(self) -> None:
        """Begin anew in a child, whose thread is gone."""
        self._begin()

    def _stir(self) -> None:
        if self._thread is None:
            self._start()
        if self._lost_at is None:  # an absent gate is asked at its own pace
            self._stirred.set()

    def _start(self) -> None:
        thread = threading.Thread(target=self._run, name="bridgewright-keeper", daemon=True)
        with self._lock:
            if self._thread is not None or self._closed:
                return
            self._thread = thread
            try:
                thread.start()
            except RuntimeError:  # no thread begins when the interpreter ends
                self._thread = None

    def _run(self) -> None:
        stirred = self._stirred
        while not self._closed:
            if self._lost_at is None:
                stirred.wait()
                stirred.clear()
                self._serve()
            else:
                stirred.wait(self._pause_s())
                stirred.clear()
                self._probe()

    def _pause_s(self) -> float:
        if self._rejoin_at is None:
            return PROBE_S * (0.5 + self._roll())
        return max(0.0, (self._rejoin_at - self._ticks()) / NS_PER_S)

    def _serve(self) -> None:
        try:
            self._tell_shut()
            while self._queue:
                self._ask(self._queue.popleft())
                if self._shut:
                    self._tell_shut()
        except GateUnavailable as error:
            self._lose(str(error))
        except Exception as error:  # noqa: BLE001 - a mistake in a gate may not keep every call waiting
            self._lose(f"the gate failed with {type(error).__name__}")

    def _ask(self, asking: Asking) -> None:
        for left in reversed(range(TRIES)):
            asked_at = self._ticks()
            try:
                grant = self._gate.lease(asking.ask(asked_at))
            except GateUnavailable:
                if not left:
                    raise
                continue
            self._workers = grant.workers
            fact = asking.answer(grant, asked_at, self._ticks())
            if fact is not None:
                self._observer(fact)
            return

    def _tell_shut(self) -> None:
        """What cannot be told now is kept, for when the gate is back."""
        while self._shut:
            with self._lock:
                (account, scope), until = next(iter(self._shut.items()))
            left = until - self._ticks()
            for again in reversed(range(TRIES)):
                try:
                    if left > 0:
                        self._gate.shut(account, scope, left // 1_000)
                    break
                except GateUnavailable:
                    if not again:
                        raise
            with self._lock:
                if self._shut.get((account, scope)) == until:
                    del self._shut[account, scope]

    def _lose(self, why: str) -> None:
        self._lost_at = self._ticks()
        self._queue.clear()
        self._tell_accounts(lost=True)
        outage = "refuse" if self.refuses else "local"
        self._observer(GateLost(outage, self._workers, why))

    def _probe(self) -> None:
        """Whether it answers again: tell what is closed first, so that nobody is let through; then go
        back when the others do."""
        self._queue.clear()
        try:
            self._tell_shut()
            if self._rejoin_at is None:
                self._rejoin_at = self._ticks() + self._gate.rejoin(REJOIN_US) * 1_000
        except Exception:  # noqa: BLE001 - whatever it fails with, it is asked again
            self._rejoin_at = None
            return
        if self._ticks() < self._rejoin_at:
            return
        lost_at, self._lost_at, self._rejoin_at = self._lost_at, None, None
        self._tell_accounts(lost=False)
        self._observer(GateRegained((self._ticks() - (lost_at or 0)) / NS_PER_S))

    def _tell_accounts(self, *, lost: bool) -> None:
        with self._lock:
            accounts = tuple(self._accounts)
        for account in accounts:
            if lost:
                account.lose(self._ticks(), self._workers)
            else:
                account.regain()
