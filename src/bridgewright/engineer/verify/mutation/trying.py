"""The tests of an integration, run against the module as it is and against each of its mutants."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from bridgewright.engineer.delivery.package import secrets_of
from bridgewright.engineer.manifest.words import Retry, Sameness
from bridgewright.engineer.verify.mutation.mutants import Subject, mutants, same
from bridgewright.engineer.verify.place import run, variables
from bridgewright.engineer.verify.words import Reason, Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bridgewright.engineer.verify.mutation.mutants import Mutant
    from bridgewright.engineer.verify.place import Integration, Run

MOST_MUTANTS = 20
"""Of one integration; more are drawn from, by the seed, so that each kind is among them."""
MOST_S = 300.0
"""Seconds that its tests may take."""
_PASSED, _FAILED = 0, 1
_SAID = 400


@dataclass(frozen=True, slots=True)
class Trial:
    """How tests are run: `command` with the paths of the tests after it; `extra` are variables that they
    get besides."""

    home: Path
    extra: Mapping[str, str]
    seed: int
    command: tuple[str, ...] = ()
    most: int = MOST_MUTANTS
    most_s: float = MOST_S


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of it: why the tests are refused, what was not judged, and how many mutants there were."""

    refusals: tuple[Refusal, ...]
    unjudged: tuple[str, ...] = ()
    made: int = 0
    caught: int = 0


def subject(integration: Integration, path: Path) -> Subject:
    """What is known of one of its modules."""
    manifest = integration.manifest
    operations = manifest.operations.values()
    unsafe = [
        each.name
        for each in operations
        if each.retry is Retry.NEVER and each.idempotency.kind is Sameness.NONE
    ]
    return Subject(
        path.relative_to(integration.root).as_posix(),
        frozenset(each.name for each in operations),
        frozenset(unsafe),
        tuple(dict.fromkeys(secrets_of(manifest))),
    )


def try_tests(integration: Integration, trial: Trial) -> Tried:
    """Whether its tests pass as it is, and fail for every mutant. Its files are as before afterwards."""
    paths = integration.tests()
    if not paths:
        told = "it has no tests"
        mend = f"write them in {integration.folder}/tests"
        refusal = Refusal(Reason.TESTS_CANNOT_FAIL, integration.name, told, mend)
        return Tried((refusal,))
    began_s = time.monotonic()
    refusal_of = _baseline(integration, trial, paths)
    if refusal_of is not None:
        return Tried((refusal_of,))
    bound_s = min(trial.most_s, 30 + 4 * (time.monotonic() - began_s))
    chosen = _chosen(integration, trial)
    survived, unjudged = [], []
    for mutant in chosen:
        done = _with(integration, {mutant.path: mutant.text}, trial, paths, bound_s)
        if done.code == _PASSED:
            survived.append(mutant)
        elif done.code not in {_FAILED, None}:
            unjudged.append(f"{mutant}: the tests could not be run: {done.said.strip()[-_SAID:]}")
    mend = "write a test that fails for it"
    return Tried(
        tuple(
            Refusal(
                Reason.TESTS_CANNOT_FAIL,
                f"{each.path}:{each.line}",
                f"its tests pass although we {each.kind}",
                mend,
            )
            for each in survived
        ),
        tuple(unjudged),
        len(chosen),
        len(chosen) - len(survived) - len(unjudged),
    )


def _baseline(integration: Integration, trial: Trial, paths: tuple[str, ...]) -> Refusal | None:
    """The tests as things are, with the modules written as mutants are."""
    plain = {
        path.relative_to(integration.root).as_posix(): text
        for path in integration.modules()
        if (text := same(path.read_bytes())) is not None
    }
    done = _with(integration, plain, trial, paths, trial.most_s)
    if done.code == _PASSED:
        return None
    why = "they did not end" if done.code is None else done.said.strip()[-_SAID:]
    told = f"its tests do not pass: {why}"
    return Refusal(Reason.FAILING_TESTS, integration.name, told, f"run {' '.join(paths)}")


def _chosen(integration: Integration, trial: Trial) -> list[Mutant]:
    """All of them, or of each kind in turn as many as there may be."""
    dice = Random(f"{trial.seed}:{integration.name}")  # noqa: S311 - a run can be repeated
    kinds: dict[str, list[Mutant]] = {}
    for path in integration.modules():
        for mutant in mutants(path.read_bytes(), subject(integration, path)):
            kinds.setdefault(mutant.kind, []).append(mutant)
    for each in kinds.values():
        dice.shuffle(each)
    chosen: list[Mutant] = []
    while len(chosen) < trial.most and any(kinds.values()):
        chosen += [each.pop() for each in kinds.values() if each]
    return sorted(chosen[: trial.most], key=lambda mutant: (mutant.path, mutant.line, mutant.kind))


def _canaries(integration: Integration, trial: Trial) -> dict[str, str]:
    """What a secret of the environment is while the tests run: logged, it can be found."""
    dice = Random(f"{trial.seed}:{integration.name}:secrets")  # noqa: S311 - a run can be repeated
    return {
        name: f"canary-{dice.getrandbits(96):024x}" for name in integration.manifest.auth.secrets
    }


def _with(
    integration: Integration,
    texts: Mapping[str, str],
    trial: Trial,
    paths: tuple[str, ...],
    most_s: float,
) -> Run:
    """The tests with other texts in the place of modules, which are put back."""
    before = {name: (integration.root / name).read_bytes() for name in texts}
    command = trial.command or _pytest()
    path = os.pathsep.join([str(integration.imports), str(integration.root)])
    env = variables(trial.home, {**_canaries(integration, trial), **trial.extra})
    env["PYTHONPATH"] = (
        os.pathsep.join([env["PYTHONPATH"], path]) if env.get("PYTHONPATH") else path
    )
    try:
        for name, text in texts.items():
            (integration.root / name).write_text(text, "utf-8")
        return run([*command, *paths], integration.root, env, most_s)
    finally:
        for name, data in before.items():
            (integration.root / name).write_bytes(data)


def _pytest() -> tuple[str, ...]:
    return (sys.executable, "-P", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider")
