"""Where a trial is played: a fault server and a process for it, and the books of both at the end."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridgewright.certify.ask import Ask, Operation
from bridgewright.certify.observed import Arrivals, Observed
from bridgewright.certify.subject import Wanted, subject_of
from bridgewright.certify.trial import (
    Arrived,
    Begin,
    Call,
    Cancel,
    Finish,
    Heal,
    Mark,
    Pause,
    Until,
)
from bridgewright.simulate.faults.conduct import bomb
from bridgewright.simulate.faults.fault import Fault
from bridgewright.simulate.faults.server import FaultServer

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from bridgewright.certify.canary import Canaries
    from bridgewright.certify.subject import Subject
    from bridgewright.certify.target import Outbound
    from bridgewright.certify.trial import Step, Trial
    from bridgewright.simulate.faults.answers import Answer

RECOVERY_S = 1.0
"""How long a target's circuit may stay open, as it is told."""
_LOOK_S = 0.004
"""How often the books are looked at while a step waits for something."""
_ARRIVAL_S = 10.0
"""How long a request may take to arrive that a step waits for."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What every trial of a run has in common. `extra` are more variables for the target."""

    target: Outbound
    canaries: Canaries = field(repr=False)
    answer: Answer = field(repr=False)
    ca_file: str
    traceparent: str
    extra: Mapping[str, str] = field(repr=False)
    building: threading.Semaphore = field(repr=False)


def play(trial: Trial, setting: Setting) -> Observed:
    """One trial from beginning to end; ends in any case, at the latest after its patience."""
    if Fault.GZIP_BOMB in trial.ports:
        bomb()
    with FaultServer(setting.answer, trial.ports, trial.pace) as server:
        ask = Ask(
            base_url=server.url(trial.ports[0]),
            operation=Operation.READ,
            secret=setting.canaries.secret,
            person=setting.canaries.person,
            deadline_s=trial.deadline_s,
            recovery_s=RECOVERY_S,
            ca_file=setting.ca_file,
            traceparent=setting.traceparent,
        )
        subject = subject_of(setting.target, ask, setting.extra, setting.building)
        scene = Scene(trial, server, subject)
        try:
            if not subject.problem:
                scene.play()
            return scene.observed(setting.canaries)
        finally:
            scene.close()


class Scene:
    """One trial under way."""

    def __init__(self, trial: Trial, server: FaultServer, subject: Subject) -> None:
        self._trial = trial
        self._server = server
        self._subject = subject
        self._numbers = 0
        self._marks: dict[str, float] = {}
        self._closed: tuple[str, tuple[str, ...]] | None = None

    def play(self) -> None:
        """Step after step; what hangs ends the scene."""
        for step in self._trial.steps:
            if not self._do(step):
                return

    def _do(self, step: Step) -> bool:
        """One step; whether the scene goes on."""
        match step:
            case Mark(name=name):
                self._marks[name] = time.monotonic()
            case Heal():
                self._server.heal()
            case Cancel():
                self._subject.cancel(self._numbers)
            case Begin():
                for _ in range(step.times):
                    self._ask(step.operation, step.port, main=step.alone)
            case _:
                return self._waited(step)
        return True

    def _waited(self, step: Call | Pause | Arrived | Finish | Until) -> bool:
        """A step that takes its time."""
        match step:
            case Call(operation=operation, keyed=keyed, port=port):
                number = self._ask(operation, port, keyed=keyed)
                return self._wait(lambda: self._over(number), self._patience_s)
            case Arrived(requests=requests):
                journal = self._server.journal(self._trial.ports[0])
                return self._wait(lambda: len(journal.entries) >= requests, _ARRIVAL_S)
            case Until():
                return self._until(step)
            case Finish():
                return self._wait(self._all_over, self._patience_s)
            case Pause(for_s=for_s):
                time.sleep(for_s)
        return True

    @property
    def _patience_s(self) -> float:
        return self._trial.deadline_s + self._trial.patience_s

    def _ask(
        self, operation: Operation, port: int, *, keyed: bool = False, main: bool = True
    ) -> int:
        self._numbers += 1
        key = f"certify-{id(self):x}-{self._numbers}" if keyed else None
        url = self._server.url(self._trial.ports[port])
        self._subject.begin(Wanted(self._numbers, operation, url, key, port, main))
        return self._numbers

    def _over(self, number: int) -> bool:
        return self._subject.ended[number].ended_s is not None

    def _all_over(self) -> bool:
        return all(each.ended_s is not None for each in self._subject.ended.values())

    def _until(self, step: Until) -> bool:
        end_s = time.monotonic() + step.most_s
        while time.monotonic() < end_s:
            first = self._numbers + 1
            for _ in range(step.times):
                self._ask(Operation.READ, 0, main=step.times == 1)
            if not self._wait(self._all_over, self._patience_s):
                return False
            ended = self._subject.ended
            if any(ended[number].ok for number in range(first, self._numbers + 1)):
                self._marks["recovered"] = time.monotonic()
                return True
            time.sleep(step.every_s)
        return True

    def _wait(self, until: Callable[[], bool], most_s: float) -> bool:
        end_s = time.monotonic() + most_s
        while not until():
            if time.monotonic() >= end_s:
                return False
            time.sleep(_LOOK_S)
        return True

    def observed(self, canaries: Canaries) -> Observed:
        """The books as they stand; the process is killed after a look at its memory."""
        subject, server = self._subject, self._server
        if subject.problem:
            return Observed(self._trial, problem=subject.problem)
        alive, grown_mb = subject.alive, subject.grown_mb()
        calls = tuple(each for _, each in sorted(subject.ended.items()))
        ports = tuple(self._arrivals(place) for place in range(len(self._trial.ports)))
        written, heard = self._end()
        seen = [f"{kind} in what it wrote" for kind in sorted(canaries.seen_in(written))]
        elsewhere = server.other.entries
        leaked = frozenset[str]().union(*(canaries.seen_in(each.text) for each in elsewhere))
        return Observed(
            self._trial,
            calls=calls,
            ports=ports,
            elsewhere=elsewhere,
            marks=tuple(self._marks.items()),
            seen=tuple(dict.fromkeys([*seen, *heard])),
            leaked=leaked,
            grown_mb=grown_mb,
            alive=alive,
            awaited=subject.awaited,
            modules=subject.modules,
        )

    def _arrivals(self, place: int) -> Arrivals:
        journal = self._server.journal(self._trial.ports[place])
        return Arrivals(journal.entries, journal.connections, journal.open, journal.peak)

    def _end(self) -> tuple[str, tuple[str, ...]]:
        if self._closed is None:
            self._closed = self._subject.close()
        return self._closed

    def close(self) -> None:
        """Leave nothing behind."""
        self._end()


def authority_file(folder: Path) -> str:
    """Write the certificate of this run's authority where a target can read it."""
    from bridgewright.simulate.faults.certificates import authority  # noqa: PLC0415

    path = folder / "authority.pem"
    path.write_bytes(authority().pem())
    return str(path)
