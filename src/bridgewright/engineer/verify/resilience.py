"""Whether an integration is as resilient as its manifest says: it is certified again, here and now."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.certify.check import Level, Status
from bridgewright.engineer.verify.place import APP, TARGET, run, variables
from bridgewright.engineer.verify.words import Reason, Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bridgewright.engineer.verify.place import Integration

MOST_S = 1_200.0
"""Seconds that one certificate may take: a run takes a minute or two on a machine of its own."""
_REASONS = {
    "A": Reason.MISSING_TIMEOUT,
    "B2": Reason.RETRIED_POST,
    "B3": Reason.RETRIED_POST,
    "C1": Reason.RETRIED_POST,
    "F1": Reason.LEAKED_KEY,
    "X": Reason.LEAKED_KEY,
    **dict.fromkeys(("E1", "E2", "E3"), Reason.UNVERIFIED_WEBHOOK),
}
_GOOD = frozenset({Status.PASSED.value, Status.NOT_APPLICABLE.value})
_WORKS = "A0"
_SAID = 300


@dataclass(frozen=True, slots=True)
class Certified:
    """What one certificate came to: the level that was reached, and each check with its status and why."""

    place: str
    level: str
    suite: str
    seed: int
    checks: tuple[tuple[str, str, str], ...]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Bench:
    """How certificates are made: variables that the work gets besides, and what `certify` is told."""

    home: Path
    extra: Mapping[str, str]
    options: tuple[str, ...] = ()
    most_s: float = MOST_S


def certify(integration: Integration, bench: Bench) -> tuple[Certified, ...]:
    """A certificate of its calls, and one for each source whose receiver is there."""
    found = []
    target = integration.certified(TARGET)
    if target is not None:
        keys = [] if _keyed(integration) else ["--no-keys"]
        found.append(_certificate(integration, target, keys, bench))
    app = integration.certified(APP)
    schemes = [source.scheme for source in integration.manifest.sources.values()] if app else []
    found += [_certificate(integration, app or "", ["--scheme", each], bench) for each in schemes]
    return tuple(found)


def _keyed(integration: Integration) -> bool:
    """Whether the provider knows keys as the suite sends them."""
    headers = {each.idempotency.header.lower() for each in integration.manifest.operations.values()}
    return "idempotency-key" in headers


def _certificate(
    integration: Integration, place: str, words: Sequence[str], bench: Bench
) -> Certified:
    names = [word for name in bench.extra for word in ("--env", name)]
    # -P: what lies in the checkout must not be taken for the modules that judge it.
    command = [sys.executable, "-P", "-m", "bridgewright", "certify", *words, *names]
    command += ["--json", *bench.options, place]
    done = run(command, integration.imports, variables(bench.home, bench.extra), bench.most_s)
    for line in done.said.splitlines():
        if line.startswith('{"command": "certify"'):
            return certified_of(json.loads(line))
    why = "it did not end" if done.code is None else done.said.strip()[-_SAID:]
    return Certified(place, "", "", 0, (), f"no certificate was made: {why}")


def certified_of(record: Mapping[str, Any]) -> Certified:
    """From the JSON of `bridgewright certify`."""
    checks = [(each["code"], each["status"], "; ".join(each["why"])) for each in record["checks"]]
    level = record["level"] or ""
    return Certified(record["target"], level, record["suite"], record["seed"], tuple(checks))


def refusals(integration: Integration, made: Sequence[Certified]) -> tuple[Refusal, ...]:
    """Why the certificates are not of the level that the manifest asks for."""
    found: list[Refusal] = []
    manifest = integration.manifest
    if manifest.operations and integration.certified(TARGET) is None:
        mend = (
            f"write {integration.folder}/certify.py with a function `target`: see docs/certify.md"
        )
        told = "it has operations, and nothing that could be certified"
        found.append(Refusal(Reason.UNCERTIFIED, integration.name, told, mend))
    for each in made:
        if each.problem:
            found.append(Refusal(Reason.UNCERTIFIED, each.place, each.problem))
        elif not reaches(each.level, manifest.level):
            found += _why(each, manifest.level)
    return tuple(found)


def reaches(level: str, asked: Level) -> bool:
    """Whether a level, "" for none, is that level or a higher one."""
    known = {each.word: each.value for each in Level}
    return known.get(level, 0) >= asked.value


def _why(made: Certified, asked: Level) -> list[Refusal]:
    """One refusal for each reason, with the checks that it comes from."""
    bad = [(code, why) for code, status, why in made.checks if status not in _GOOD]
    works = [each for each in bad if each[0] == _WORKS]
    told: dict[Reason, list[str]] = {}
    for code, why in works or bad:
        told.setdefault(reason_of(code), []).append(f"{code}: {why}"[:_SAID])
    if not told:
        told[Reason.NOT_RESILIENT] = [f"it is {made.level or 'of no level'}"]
    reached = made.level or "no level"
    return [
        Refusal(
            reason,
            made.place,
            f"{reached}, and {asked.word} is asked for: {'; '.join(said)}",
            f"see it: bridgewright certify {made.place} --seed {made.seed}",
        )
        for reason, said in told.items()
    ]


def reason_of(code: str) -> Reason:
    """The reason that a check of the suite is refused for."""
    if code == _WORKS:
        return Reason.NOT_RESILIENT
    return _REASONS.get(code) or _REASONS.get(code[:1], Reason.NOT_RESILIENT)
