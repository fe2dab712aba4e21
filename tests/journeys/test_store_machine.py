"""The SQLite store against a model small enough to be obviously right, step by random step."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
)

from bridgewright.adapters.stores.sqlite import SqliteStore
from bridgewright.certify.contracts.made import FAILURE, NOW, Desk, notice, settle
from bridgewright.core.effects import ListItems, Renew, Survey, Sweep
from bridgewright.core.lifecycle.lease import MAX_LOST_LEASES
from bridgewright.core.model.item import Bury, Cause, Claimed, Complete, Release, Retry, State
from bridgewright.core.model.moment import later
from bridgewright.core.model.operation import Selection
from bridgewright.core.model.planning import PlanMove
from bridgewright.core.recovery import Advance, Freeze, Steer
from tests.tries import tries

KEYS = st.sampled_from([f"k{n}" for n in range(8)])
SOURCES = st.sampled_from(["github", "stripe"])
HORIZON_S = 1_000.0
LEASE_S = 10.0


@dataclass(frozen=True, slots=True)
class Modelled:
    """What we believe of one item."""

    state: State
    due_at: int
    fence: int = 0
    attempts: int = 0
    lost: int = 0


class StoreMachine(RuleBasedStateMachine):
    """Everything is done to the store and to the model, and the answers are compared."""

    leases = Bundle("leases")

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.desk = Desk(SqliteStore(self.folder / "s.db"))
        self.now = NOW
        self.items: dict[int, Modelled] = {}
        self.keys: dict[tuple[str, str], tuple[int, int]] = {}
        self.sources: dict[int, str] = {}
        self.key_of: dict[int, str] = {}
        self.duplicates = 0

    def teardown(self) -> None:
        if hasattr(self, "desk"):
            self.desk.store.close()
            shutil.rmtree(self.folder)

    @rule(seconds=st.sampled_from([0.5, 5.0, 11.0, 400.0]))
    def time_passes(self, seconds: float) -> None:
        self.now = later(self.now, seconds)

    @rule(source=SOURCES, keys=st.lists(KEYS, min_size=1, max_size=4))
    def accept(self, source: str, keys: list[str]) -> None:
        receipts = self.desk.accept(
            *(notice(key) for key in keys), source=source, at=self.now, horizon_s=HORIZON_S
        )
        for key, receipt in zip(keys, receipts, strict=True):
            known = self.keys.get((source, key))
            assert receipt.duplicate is (known is not None)
            if known is not None:
                self.duplicates += 1
                assert receipt.item_id == known[0]
            else:
                assert receipt.item_id not in self.items
                self.items[receipt.item_id] = Modelled(State.WAITING, self.now)
                self.sources[receipt.item_id] = source
                self.key_of[receipt.item_id] = key
                self.keys[source, key] = receipt.item_id, later(self.now, HORIZON_S)

    @rule(target=leases, sources=st.sets(SOURCES, min_size=1), limit=st.integers(1, 5))
    def claim(self, sources: set[str], limit: int) -> object:
        due = {
            i
            for i, m in self.items.items()
            if m.state in {State.WAITING, State.LEASED}
            and m.due_at <= self.now
            and self.sources[i] in sources
        }
        claims = self.desk.claim(*sorted(sources), limit=limit, now=self.now, lease_s=LEASE_S)
        got = {c.item.id for c in claims.claimed} | set(claims.poisoned)
        assert got <= due
        suspects = {
            i
            for i in due
            if self.items[i].lost + (self.items[i].state is State.LEASED) == MAX_LOST_LEASES - 1
        }
        if claims.suspects:
            assert len(got) == 1
            assert got <= suspects
        else:
            assert len(got) == min(limit, len(due))
            assert not got & suspects
        for item_id in claims.poisoned:
            model = self.items[item_id]
            assert (model.state, model.lost) == (State.LEASED, MAX_LOST_LEASES - 1)
            self.items[item_id] = replace(model, state=State.DEAD)
        for claimed in claims.claimed:
            model = self.items[claimed.item.id]
            lost = model.lost + (model.state is State.LEASED)
            assert lost < MAX_LOST_LEASES
            lease = claimed.lease
            assert (lease.fence, lease.attempt) == (model.fence + 1, model.attempts + 1)
            self.items[claimed.item.id] = Modelled(
                State.LEASED, lease.until, lease.fence, lease.attempt, lost
            )
        return multiple(*claims.claimed)

    def holds(self, claimed: Claimed) -> bool:
        model = self.items[claimed.item.id]
        return (model.state, model.fence) == (State.LEASED, claimed.lease.fence)

    @rule(claimed=consumes(leases))
    def complete(self, claimed: Claimed) -> None:
        held = self.holds(claimed)
        assert self.desk.do(settle(claimed, Complete(), self.now)) is held
        if held:
            model = self.items[claimed.item.id]
            self.items[claimed.item.id] = replace(model, state=State.DONE)

    @rule(claimed=leases, seconds=st.sampled_from([0.0, 3.0]))
    def retry(self, claimed: Claimed, seconds: float) -> None:
        held, due_at = self.holds(claimed), later(self.now, seconds)
        assert self.desk.do(settle(claimed, Retry(due_at, FAILURE), self.now)) is held
        if held:
            model = self.items[claimed.item.id]
            self.items[claimed.item.id] = replace(model, state=State.WAITING, due_at=due_at, lost=0)

    @rule(claimed=leases)
    def release(self, claimed: Claimed) -> None:
        held = self.holds(claimed)
        assert self.desk.do(settle(claimed, Release(), self.now)) is held
        if held:
            model = self.items[claimed.item.id]
            self.items[claimed.item.id] = replace(
                model, state=State.WAITING, due_at=self.now, attempts=model.attempts - 1
            )

    @rule(claimed=leases, cause=st.sampled_from([Cause.EXHAUSTED, Cause.PERMANENT]))
    def bury(self, claimed: Claimed, cause: Cause) -> None:
        held = self.holds(claimed)
        assert self.desk.do(settle(claimed, Bury(cause, FAILURE), self.now)) is held
        if held:
            model = self.items[claimed.item.id]
            self.items[claimed.item.id] = replace(model, state=State.DEAD)

    @rule(claimed=leases)
    def renew(self, claimed: Claimed) -> None:
        held = self.holds(claimed)
        lease = (claimed.item.id, claimed.lease.fence)
        renewed = self.desk.do(Renew((lease,), LEASE_S, self.now))
        assert renewed == ((claimed.item.id,) if held else ())
        if held:
            model = self.items[claimed.item.id]
            self.items[claimed.item.id] = replace(model, due_at=later(self.now, LEASE_S))

    @rule(source=SOURCES)
    def redrive(self, source: str) -> None:
        dead = {
            i for i, m in self.items.items() if m.state is State.DEAD and self.sources[i] == source
        }
        plan = self.desk.do(Freeze(Selection(source=source), "why", "ann", self.now))
        assert plan.total == len(dead)
        self.desk.do(Steer(plan.id, PlanMove.RUN, "ann", self.now))
        while plan.remaining:
            plan = self.desk.do(Advance(plan.id, self.now, batch=3)).plan
        handled_since = {
            i
            for i in dead
            if (known := self.keys.get((source, self.key_of[i]))) is not None
            and known[0] > i
            and self.items[known[0]].state is State.DONE
        }
        back = dead - handled_since
        assert (plan.put_back, plan.skipped) == (len(back), len(handled_since))
        for i in back:
            self.items[i] = Modelled(State.WAITING, self.now, self.items[i].fence)

    @rule()
    def sweep(self) -> None:
        self.desk.do(Sweep(self.now))
        self.keys = {key: known for key, known in self.keys.items() if known[1] > self.now}

    @rule()
    def reopen(self) -> None:
        self.desk.store.close()
        self.desk = Desk(SqliteStore(self.folder / "s.db"))

    @invariant()
    def the_store_says_what_the_model_says(self) -> None:
        if not hasattr(self, "desk"):
            return
        rows = {row.id: row for row in self.desk.ask(ListItems(Selection(), 10_000))}
        assert {i: row.state for i, row in rows.items()} == {
            i: m.state for i, m in self.items.items()
        }
        for i, row in rows.items():
            assert row.attempts == self.items[i].attempts, i
        counts = self.desk.ask(Survey()).sources
        assert sum(c.accepted for c in counts) == len(self.items)
        assert sum(c.duplicates for c in counts) == self.duplicates
        for state in State:
            found = sum(m.state is state for m in self.items.values())
            assert sum(getattr(c, state) for c in counts) == found


TestStoreMachine = StoreMachine.TestCase
TestStoreMachine.settings = settings(max_examples=tries(60), stateful_step_count=40, deadline=None)
