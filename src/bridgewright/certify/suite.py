"""Plays every check that applies to a target, and makes the certificate."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from bridgewright.certify import checks as catalogue
from bridgewright.certify.canary import drawn
from bridgewright.certify.certificate import Certificate, Result, distributions, versions
from bridgewright.certify.check import Evidence, Finding, Need, Status, Terms
from bridgewright.certify.stage import Setting, authority_file, play
from bridgewright.certify.target import Function, Outbound
from bridgewright.simulate.faults.answers import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from bridgewright.certify.check import Check
    from bridgewright.certify.observed import Observed
    from bridgewright.certify.trial import Trial
    from bridgewright.simulate.faults.answers import Answer

    Told = Callable[[str, int, int], None]

AT_ONCE = 16
"""Trials under way at once; most of them only wait."""
_WORKS = "A0"


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be certified. `only` are codes or their first letters, () for all checks. `answer`
    is how the provider answers on a good day; `keys` says that it knows idempotency keys; `traces`
    that the target passes trace context on. `extra` are variables that the target gets besides."""

    target: Outbound
    seed: int
    answer: Answer = field(default=plain, repr=False)
    keys: bool = True
    traces: bool = False
    only: tuple[str, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict, repr=False)
    at_once: int = AT_ONCE


def certify(order: Order, told: Told = lambda _what, _done, _all: None) -> Certificate:
    """Play, judge, certify. `told` hears of each trial that ended: what, how many, of how many."""
    began_s, began_at = time.monotonic(), datetime.now(UTC)
    _hear_interrupts()
    with tempfile.TemporaryDirectory(prefix="bridgewright-certify-") as folder:
        run = _Run(order, Path(folder), told)
        results = run.results()
    return Certificate(
        target=_called(order.target),
        seed=order.seed,
        began_at=began_at.isoformat(timespec="seconds"),
        took_s=time.monotonic() - began_s,
        versions=versions(distributions(run.modules)),
        terms=_said(order),
        results=results,
        whole=not order.only,
    )


def _hear_interrupts() -> None:
    """A shell has what it runs in the background ignore SIGINT, and programs would inherit that."""
    main = threading.current_thread() is threading.main_thread()
    if main and signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _called(target: Outbound) -> str:
    return target.place if isinstance(target, Function) else " ".join(target.command)


def _said(order: Order) -> tuple[str, ...]:
    said = [] if order.keys else ["the provider knows no idempotency keys"]
    said += [f"only {', '.join(order.only)}"] if order.only else []
    return tuple(said)


def chosen(checks: Iterable[Check], only: tuple[str, ...]) -> tuple[Check, ...]:
    """Those that were asked for, with what they are paired with; all when nothing was."""
    known = {each.code: each for each in checks}
    wanted = {code for code in known if not only or code.startswith(only)}
    while more := {pair for code in wanted for pair in known[code].pairs} - wanted:
        wanted |= more
    return tuple(each for code, each in known.items() if code in wanted)


class _Run:
    """One run: what was played, and what is known of the target."""

    def __init__(self, order: Order, folder: Path, told: Told) -> None:
        self._order = order
        self._told = told
        self._done = 0
        self._total = 0
        self._lock = threading.Lock()
        self._seen: dict[Trial, Observed] = {}
        dice = Random(f"{order.seed}:canaries")  # noqa: S311 - a run can be repeated by its seed
        self._terms = Terms(keys=order.keys, traceparent=_trace(dice))
        self._setting = Setting(
            target=order.target,
            canaries=drawn(dice),
            answer=order.answer,
            ca_file=authority_file(folder),
            traceparent=self._terms.traceparent,
            extra=order.extra,
            building=threading.Semaphore(os.cpu_count() or 1),
        )
        self._checks = chosen(catalogue.outbound(), order.only)
        self._trials = {
            each.code: tuple(each.trials(Random(f"{order.seed}:{each.code}")))  # noqa: S311
            for each in self._checks
        }
        self.modules: tuple[str, ...] = ()

    def results(self) -> tuple[Result, ...]:
        """Whether it works at all, then everything that applies, then the judgements."""
        applying = [each for each in self._checks if not self._missing(each)]
        first = [each for each in applying if each.code == _WORKS]
        self._total = len({trial for each in applying for trial in self._trials[each.code]})
        self._play(first)
        self._learn()
        works = all(self._judged(each).ok for each in first)
        if works:
            self._play(applying)
        findings = {each.code: self._judged(each) for each in (applying if works else first)}
        return tuple(self._result(each, findings) for each in self._checks)

    def _missing(self, check: Check) -> Need | None:
        able = {
            Need.SESSION: isinstance(self._order.target, Function) or self._order.target.session,
            Need.KEYS: self._order.keys,
            Need.MEMORY: Path("/proc/self/status").exists(),
            Need.TRACES: self._order.traces,
        }
        return next((need for need in Need if need in check.needs and not able[need]), None)

    def _play(self, checks: Iterable[Check]) -> None:
        wanted = dict.fromkeys(trial for each in checks for trial in self._trials[each.code])
        left = [trial for trial in wanted if trial not in self._seen]
        together = [trial for trial in left if not trial.alone]
        with ThreadPoolExecutor(self._order.at_once) as pool:
            list(pool.map(self._one, together))
        for trial in left:
            if trial.alone:
                self._one(trial)

    def _one(self, trial: Trial) -> None:
        observed = play(trial, self._setting)
        with self._lock:
            self._seen[trial] = replace(observed, startup_s=self._startup_s())
            self._done += 1
            self._told(trial.name, self._done, max(self._total, self._done))

    def _startup_s(self) -> float:
        """How long a program takes to do anything at all; a function is called when it is imported."""
        if isinstance(self._order.target, Function) or self._order.target.session:
            return 0.0
        known = [each.took_s for each in self._works() if each.took_s is not None]
        return max(known, default=0.0)

    def _works(self) -> list[Observed]:
        return [self._seen[each] for each in self._trials.get(_WORKS, ()) if each in self._seen]

    def _learn(self) -> None:
        """What a program needs at rest, and which modules a function brought with it."""
        self.modules = tuple(name for each in self._works() for name in each.modules)
        if not isinstance(self._order.target, Function):
            idle_mb = max((each.grown_mb or 0.0 for each in self._works()), default=0.0)
            self._terms = replace(self._terms, idle_mb=idle_mb)

    def _judged(self, check: Check) -> Finding:
        """The finding of a check. What was only late is played once more, alone, before it is held
        against a target: a loaded machine may have been late itself."""
        finding = self._judge(check)
        if finding.wrong and finding.late:
            for trial in self._trials[check.code]:
                if self._seen[trial].late:
                    self._one(trial)
            finding = self._judge(check)
        return finding

    def _judge(self, check: Check) -> Finding:
        own = tuple(self._seen[trial] for trial in self._trials[check.code])
        broken = tuple(f"{each.trial.name}: {each.problem}" for each in own if each.problem)
        if broken:
            return Finding(broken)
        short = tuple(each for each in own if _unfinished(each))
        if short and check.needs:
            return Finding(tuple(f"{each.trial.name}: it hung, and was killed" for each in short))
        return check.judge(Evidence(own, self._terms, tuple(self._seen.values())))

    def _result(self, check: Check, findings: Mapping[str, Finding]) -> Result:
        missing = self._missing(check)
        if missing is not None:
            return Result(check, Status.NOT_APPLICABLE, (f"needs {missing.value}",))
        finding = findings.get(check.code)
        if finding is None:
            return Result(check, Status.VACUOUS, (f"not played: {_WORKS} did not pass",))
        if finding.wrong:
            return Result(check, Status.FAILED, finding.wrong)
        if finding.idle:
            return Result(check, Status.VACUOUS, (finding.idle,))
        lost = [code for code in check.pairs if code in findings and findings[code].wrong]
        if lost:
            why = f"says nothing while {', '.join(lost)} is not passed"
            return Result(check, Status.VACUOUS, (why,))
        return Result(check, Status.PASSED)


def _unfinished(observed: Observed) -> bool:
    """Whether a trial of many calls broke off in the middle."""
    return bool(observed.trial.session and observed.calls and observed.last.ended_s is None)


def _trace(dice: Random) -> str:
    return f"00-{dice.getrandbits(128):032x}-{dice.getrandbits(64):016x}-01"
