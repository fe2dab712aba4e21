"""What came of a trial, by the books of who watched."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridgewright.simulate.faults.journal import effects_of

if TYPE_CHECKING:
    from bridgewright.certify.trial import Trial
    from bridgewright.simulate.faults.journal import Entry

SLACK_S = 1.0
"""How much later than its deadline a call may end: processes have to be scheduled too."""


@dataclass(frozen=True, slots=True)
class Ended:
    """One call: when it began and ended by our clock, None for one that never did.

    `ok` is what it claimed. `elapsed_s` was measured beside it; `error` is the type of its
    exception and `typed` whether that is one for callers, where the target is Python.
    """

    number: int
    port: int
    began_s: float
    ended_s: float | None = None
    ok: bool = False
    elapsed_s: float | None = None
    error: str = ""
    typed: bool = True


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What a port received: requests, connections, those still open at the end, the most requests
    that were under way at once."""

    entries: tuple[Entry, ...] = field(repr=False)
    connections: int
    open: int
    peak: int

    @property
    def effects(self) -> int:
        """How often something may have happened."""
        return effects_of(self.entries)


@dataclass(frozen=True, slots=True)
class Observed:
    """All of it. `seen` says where canaries showed, `elsewhere` what arrived at another host or port;
    `grown_mb` is by how much the peak of the process's memory grew, None where nobody could measure
    it; `problem` why the trial could not be played."""

    trial: Trial
    calls: tuple[Ended, ...] = ()
    ports: tuple[Arrivals, ...] = ()
    elsewhere: tuple[Entry, ...] = field(default=(), repr=False)
    marks: tuple[tuple[str, float], ...] = ()
    seen: tuple[str, ...] = ()
    leaked: frozenset[str] = frozenset()
    grown_mb: float | None = None
    startup_s: float = 0.0
    alive: bool = True
    awaited: bool = False
    modules: tuple[str, ...] = ()
    problem: str = ""

    @property
    def last(self) -> Ended:
        """The call that this is about: the last one."""
        return self.calls[-1]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The requests at the first port."""
        return self.ports[0].entries

    @property
    def requests(self) -> int:
        """How many arrived at the first port."""
        return len(self.entries)

    @property
    def effects(self) -> int:
        """How often something may have happened at the first port."""
        return self.ports[0].effects

    def at(self, mark: str) -> float:
        """When a mark was passed."""
        return dict(self.marks)[mark]

    def since(self, mark: str) -> tuple[Entry, ...]:
        """The requests after a mark."""
        return tuple(each for each in self.entries if each.heard.at_s >= self.at(mark))

    @property
    def took_s(self) -> float | None:
        """How long the last call took; None if it never ended. By the cell's own stopwatch where there
        is one, else by ours, without the start of a process."""
        last = self.last
        if last.ended_s is None:
            return None
        if last.elapsed_s is not None:
            return last.elapsed_s
        return last.ended_s - last.began_s - self.startup_s

    @property
    def late(self) -> str:
        """Why the last call is too late, in words; empty when it is not."""
        took_s, deadline_s = self.took_s, self.trial.deadline_s
        if took_s is None:
            return f"still going {self.trial.patience_s:g} s after its deadline of {deadline_s:g} s"
        if took_s > deadline_s + SLACK_S:
            return f"took {took_s:.1f} s of {deadline_s:g} s"
        return ""
