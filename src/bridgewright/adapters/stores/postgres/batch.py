"""One transaction under way, and the rows that several kinds of commands write at its end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bridgewright.adapters.stores.postgres import ordering
from bridgewright.adapters.stores.postgres.floors import ANY_SOURCE
from bridgewright.adapters.stores.postgres.selection import conditions
from bridgewright.adapters.stores.postgres.texts import statements
from bridgewright.adapters.stores.rows import call_column, failure_columns
from bridgewright.core.lifecycle.fingerprint import of_failure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import psycopg

    from bridgewright.adapters.stores.postgres.floors import Floors
    from bridgewright.core.lifecycle.lease import Standing
    from bridgewright.core.model.item import Bury, Failure
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.operation import Selection


CHANNEL = "bridgewright_due"
"""What a commit that left something due is told on: once per commit, for the server takes a lock for it
that all databases share."""
LONGEST_NOTICE = 8_000
"""Bytes that the server takes with one."""
PAUSES = 0x6277_7061_7573
"""The advisory lock of pauses ("bwpaus"): shared by claims, held alone by whoever pauses."""


@dataclass(frozen=True, slots=True)
class Held:
    """An unfinished item, locked until the transaction ends. `blocks`: it stops its key when it dies."""

    item_id: int
    source: str
    received_at: Moment
    event_type: str
    resource: str | None
    order_key: str | None
    blocks: bool
    standing: Standing


@dataclass(slots=True)
class Batch:
    """One transaction under way: its connection, and what to write at its end. `keys` are those in which
    something came, ended, or stepped back, and when: ordering.py ranks them.

    With a `pipeline` (pipelines.py), `run` and `execute` wait for the answer, and `post` does not.
    """

    wire: psycopg.Connection
    floors: Floors
    clock_s: float
    pipeline: psycopg.Pipeline | None = None
    tally: Counter[tuple[str, str]] = field(default_factory=Counter)
    hits: dict[tuple[str, str], tuple[int, Moment]] = field(default_factory=dict)
    attempts: list[tuple[Any, ...]] = field(default_factory=list)
    dead: list[tuple[Any, ...]] = field(default_factory=list)
    standings: list[tuple[Any, ...]] = field(default_factory=list)
    lowered: list[tuple[str, Moment]] = field(default_factory=list)
    problems: dict[str, tuple[str, int, Moment, Moment]] = field(default_factory=dict)
    latest: dict[tuple[str, str], tuple[Moment, Moment]] = field(default_factory=dict)
    keys: dict[tuple[str, str], Moment] = field(default_factory=dict)
    stops: list[tuple[str, str, int]] = field(default_factory=list)
    woken: Moment | None = None
    due: bool = False
    sql: Mapping[str, bytes] = field(default_factory=statements)

    def run(self, name: str, *values: Any) -> psycopg.Cursor:
        """Execute a named statement with positional values; its rows, or how many it touched."""
        return self.execute(self.sql[name], values)

    def execute(self, sql: bytes, values: Any) -> psycopg.Cursor:
        """The same with a statement that has been put together."""
        cursor = self.wire.execute(sql, values)
        if self.pipeline is not None:
            self.pipeline.sync()
        return cursor

    def named(self, name: str, values: Mapping[str, Any]) -> psycopg.Cursor:
        """Execute a named statement with named values."""
        return self.execute(self.sql[name], values)

    def matching(
        self, name: str, selection: Selection, values: Mapping[str, Any]
    ) -> psycopg.Cursor:
        """Execute a named statement on what a selection means."""
        where, meant = conditions(selection)
        sql = self.sql[name].replace(b"{conditions}", where.encode())
        return self.execute(sql, {**meant, **values})

    def hold_plan(self, plan_id: int | None) -> Any:
        """The row of a plan, locked: of workers that advance it at once, one does."""
        return self.named("hold_plan", {"plan_id": plan_id}).fetchone()

    def hold_pauses(self) -> None:
        """Wait for the claims of every process that are under way; the next ones wait for this."""
        self.run("hold_pauses", PAUSES)

    def woke(self, at: Moment) -> None:
        """Something was put in that is due at this moment, or later, in whatever source."""
        self.due = True
        self.woken = at if self.woken is None else min(self.woken, at)

    def post(self, name: str, *values: Any) -> None:
        """Execute a named statement of which nobody reads the answer. An error in it is raised by the
        next statement that waits, or at the end; nothing is committed then."""
        self.wire.execute(self.sql[name], values)

    def post_rows(self, name: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Post a named statement with one array for each column of `rows`, if there are any."""
        if rows:
            self.post(name, *(list(column) for column in zip(*rows, strict=True)))

    def finish(self) -> None:
        """Write what has gathered: one statement for each kind, however many commands there were."""
        self.post_rows("add_attempts", self.attempts)
        self.post_rows("add_dead", self.dead)
        met = [(one, *self.problems[one]) for one in sorted(self.problems)]
        self.post_rows("meet_problems", met)
        self.post_rows("add_latest", [(*one, *self.latest[one]) for one in sorted(self.latest)])
        self.post_rows("set_work", self.standings)
        ordering.rank_all(self)
        rows: list[tuple[Any, ...]] = [
            (source, what, "", n, None) for (source, what), n in self.tally.items()
        ]
        for (source, name), (hits, at) in self.hits.items():
            rows.append((source, "hit", name, hits, at))
        keys = sorted((source, name, at) for (source, name), (_, at) in self.hits.items())
        self.post_rows("see_keys", keys)
        self.post_rows("add_tally", rows)

    def announce(self) -> None:
        """Tell every process, when this commits, what is due from when on: they look no further back than
        need be, and believe for a while that nothing comes (floors.py). One notice, whatever is told."""
        earliest: dict[str, Moment] = {} if self.woken is None else {ANY_SOURCE: self.woken}
        for source, due_at in self.lowered:
            earliest[source] = min(due_at, earliest.get(source, due_at))
        told = "\n".join(f"{due_at} {source}" for source, due_at in earliest.items())
        payload = told if len(told.encode()) < LONGEST_NOTICE else ""
        self.wire.execute(b"SELECT pg_notify(%s, %s)", (CHANNEL, payload))

    def committed(self) -> None:
        """What this transaction put in is there for everybody now."""
        for source, due_at in self.lowered:
            self.floors.lower(source, due_at)
        if self.woken is not None:
            self.floors.lower_all(self.woken)

    def hit(self, source: str, name: str, at: Moment) -> None:
        """Count a delivery that a key verified."""
        hits, last = self.hits.get((source, name), (0, at))
        self.hits[source, name] = hits + 1, max(last, at)

    def came(self, source: str, key: str, at: Moment) -> None:
        """An item of a key came, ended, or waits again: its key is ranked anew."""
        self.keys[source, key] = max(at, self.keys.get((source, key), at))

    def ended(self, held: Held, at: Moment, *, dead: bool = False) -> None:
        """The same of an item that has a key; `dead` ones that block it stop it."""
        if held.order_key is None:
            return
        if dead and held.blocks:
            self.stops.append((held.source, held.order_key, held.item_id))
        self.came(held.source, held.order_key, at)

    def handled(self, source: str, resource: str, occurred_at: Moment, at: Moment) -> None:
        """An event of a resource was handled."""
        latest, settled_at = self.latest.get((source, resource), (occurred_at, at))
        self.latest[source, resource] = max(latest, occurred_at), max(settled_at, at)

    def wait(self, held: Held, step: Standing) -> None:
        """Write the standing of an item that nobody leases."""
        columns = (str(step.state), step.due_at, step.fence, step.attempts, step.lost)
        self.standings.append((held.item_id, *columns))
        self.lowered.append((held.source, step.due_at))
        self.due = True

    def add_attempt(self, held: Held, at: Moment, outcome: str, failure: Failure) -> None:
        """Write down an attempt that did not succeed."""
        words = failure_columns(failure)
        number = held.standing.attempts
        call = call_column(failure)
        self.attempts.append((held.item_id, held.received_at, number, at, outcome, *words, call))

    def add_dead(self, held: Held, bury: Bury, at: Moment) -> None:
        """Write down a dead letter; its work, if there was any, is dropped by the caller."""
        fate = (str(bury.cause), at, held.standing.fence, held.standing.attempts)
        words = failure_columns(bury.failure)
        problem, title = of_failure(bury.failure)
        self.dead.append((held.item_id, held.received_at, held.source, *fate, *words, problem))
        _, seen, first, last = self.problems.get(problem, (title, 0, at, at))
        self.problems[problem] = title, seen + 1, min(first, at), max(last, at)
