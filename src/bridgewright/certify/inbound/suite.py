"""Plays every check that applies to an endpoint, and makes its certificate."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING

from bridgewright.certify.certificate import Certificate, Result, versions
from bridgewright.certify.check import Finding, Status
from bridgewright.certify.inbound.checks import CHECKS, Ability
from bridgewright.certify.inbound.delivery import key_of, scheme_of
from bridgewright.certify.inbound.desk import Desk
from bridgewright.certify.inbound.premises import Foreign, Running
from bridgewright.certify.target import App, Inbound
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bridgewright.certify.inbound.checks import InboundCheck
    from bridgewright.certify.inbound.delivery import Scheme
    from bridgewright.certify.inbound.premises import Premises

    Told = Callable[[str, int, int], None]

AT_ONCE = 3
"""Applications that are tried at once."""
_WORKS = "E0"


@dataclass(frozen=True, slots=True)
class InboundOrder:
    """What is to be certified. An application listens at `path` and gets its keys in `secret_variable`
    and the same with `_PREVIOUS`; those of an endpoint are read from there. `effects` names the file or
    URL that an endpoint's effects are in. `extra` are more variables for an application."""

    target: Inbound
    scheme: str
    seed: int
    path: str = ""
    secret_variable: str = ""
    effects: str = ""
    only: tuple[str, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict, repr=False)


def certify(order: InboundOrder, told: Told = lambda _what, _done, _all: None) -> Certificate:
    """Play, judge, certify. `told` hears of each check that ended."""
    began_s, began_at = time.monotonic(), datetime.now(UTC)
    run = _Run(order, told)
    results = run.results()
    return Certificate(
        target=order.target.place if isinstance(order.target, App) else order.target.url,
        seed=order.seed,
        began_at=began_at.isoformat(timespec="seconds"),
        took_s=time.monotonic() - began_s,
        versions=versions(["uvicorn"] if isinstance(order.target, App) else ()),
        terms=(f"deliveries of {order.scheme}",),
        results=results,
        whole=not order.only,
    )


class _Run:
    """One run."""

    def __init__(self, order: InboundOrder, told: Told) -> None:
        self._order = order
        self._told = told
        self._scheme: Scheme = scheme_of(order.scheme)
        self._variable = order.secret_variable or self._scheme.secret_variable
        dice = Random(f"{order.seed}:keys")  # noqa: S311 - a run can be repeated by its seed
        self._key, self._previous = self._keys(dice)
        self._stranger = key_of(dice)
        self._mark = f"{dice.getrandbits(40):010x}"
        only = order.only
        self._checks = [
            each
            for each in CHECKS
            if not only or each.code in only or "E" in only or each.code == _WORKS
        ]
        self._done = 0

    def _keys(self, dice: Random) -> tuple[Secret, Secret | None]:
        if isinstance(self._order.target, App):
            return key_of(dice), key_of(dice)
        value = os.environ.get(self._variable)
        if not value:
            raise ConfigurationError(
                "nobody knows the key that the endpoint verifies with",
                remedy=f"set {self._variable}, or name its variable by --secret-env",
            )
        if not self._order.effects:
            raise ConfigurationError(
                "nobody can see what the endpoint's handlers did",
                remedy="name the file or URL of its effects by --effects",
            )
        previous = os.environ.get(f"{self._variable}_PREVIOUS")
        return Secret(value), Secret(previous) if previous else None

    def results(self) -> tuple[Result, ...]:
        """Whether it works at all, and then the others."""
        findings = {_WORKS: self._played(self._checks[0])}
        if findings[_WORKS].ok:
            rest = [each for each in self._checks[1:] if not self._missing(each)]
            at_once = AT_ONCE if isinstance(self._order.target, App) else 1
            with ThreadPoolExecutor(at_once) as pool:
                played = pool.map(self._played, rest)
                findings |= {each.code: how for each, how in zip(rest, played, strict=True)}
            late = [each for each in rest if findings[each.code].wrong and findings[each.code].late]
            # A loaded machine may have been late itself: once more, with nothing beside it.
            findings |= {each.code: self._played(each) for each in late}
        return tuple(self._result(each, findings) for each in self._checks)

    def _missing(self, check: InboundCheck) -> Ability | None:
        able = {
            Ability.TIME: self._scheme.signs_time,
            Ability.ROTATION: self._previous is not None,
            Ability.CRASH: isinstance(self._order.target, App),
        }
        return next((need for need in Ability if need in check.needs and not able[need]), None)

    def _played(self, check: InboundCheck) -> Finding:
        premises = self._opened()
        try:
            if premises.problem:
                finding = Finding((premises.problem,))
            else:
                finding = check.play(self._desk(check, premises))
        finally:
            written = premises.close()
        if any(key in written for key in self._revealed()):
            finding = Finding((*finding.wrong, "its key is in what it wrote"))
        self._done += 1
        self._told(check.title, self._done, max(self._done, len(self._checks)))
        return finding

    def _opened(self) -> Premises:
        target = self._order.target
        if not isinstance(target, App):
            return Foreign(target, self._order.effects)
        current, *previous = self._revealed()
        keys = {self._variable: current, f"{self._variable}_PREVIOUS": previous[0]}
        path = self._order.path or f"/{self._order.scheme}"
        return Running(target, path, {**self._order.extra, **keys})

    def _revealed(self) -> list[str]:
        return [key.reveal() for key in (self._key, self._previous) if key is not None]

    def _desk(self, check: InboundCheck, premises: Premises) -> Desk:
        mark = f"{self._mark}{check.code.lower()}"
        return Desk(premises, self._scheme, self._key, self._previous, self._stranger, mark)

    def _result(self, check: InboundCheck, findings: Mapping[str, Finding]) -> Result:
        missing = self._missing(check)
        if missing is not None:
            return Result(check, Status.NOT_APPLICABLE, (f"needs {missing.value}",))
        finding = findings.get(check.code)
        if finding is None:
            return Result(check, Status.VACUOUS, (f"not played: {_WORKS} did not pass",))
        return Result(check, Status.PASSED if finding.ok else Status.FAILED, finding.wrong)
