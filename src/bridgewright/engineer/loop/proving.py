"""The work judged by `engineer verify`, in a sandbox: it runs code that a model wrote."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.loop.ground import LONG
from bridgewright.engineer.loop.tools.words import output
from bridgewright.engineer.offering.answers import object_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bridgewright.engineer.loop.ground import Ground

_KEPT = "kept"
_NEEDED = {"verdict", "tree", "checks", "refusals", "criteria"}
_MOST_TOLD = 40


@dataclass(frozen=True, slots=True)
class Judged:
    """What verify says of a commit. `reasons` are the names of its refusals, and of what could not be found
    out; `told` are they in sentences; `checks` say of each check how it stands."""

    kept: bool
    tree: str
    reasons: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()


def judged(ground: Ground, sha: str, only: Sequence[str] = ()) -> Judged:
    """Hold a commit against the definition. Both its exit code and its words have to say that it is kept: the
    work runs beside verify, and could print what it likes. `ConfigurationError` when there is no verdict."""
    course = ground.course
    line = ["engineer", "verify", "--json", "--head", sha, "--branch", course.branch]
    line += ["--base", course.upstream, *(word for each in only for word in ("--only", each))]
    if ground.given is not None:
        line += ["--definition", str(ground.given)]
    outcome = ground.command(line, bounds=LONG)
    found = object_of("engineer verify", outcome.output.encode())
    if found is None or outcome.planted or not set(found) >= _NEEDED:
        said = output(outcome.output[-1_000:], ground.redaction)
        raise ConfigurationError(
            f"verify gave no verdict: {said.strip() or 'it said nothing'}",
            remedy="run it by hand: bridgewright engineer verify",
        )
    kept = outcome.status == 0 and found["verdict"] == _KEPT
    told = [*_refusals(found), *_open(found)]
    reasons = tuple(reason for reason, _ in told)
    sentences = tuple(output(text, ground.redaction) for _, text in told[:_MOST_TOLD])
    if not kept and not reasons:
        reasons, sentences = ("no-verdict",), ("verify ended as if it had been disturbed",)
    return Judged(kept, found["tree"], reasons, sentences, _checks(found))


def _refusals(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (each["reason"], f"{each['reason']}: {each['place']}: {each['what']}. {each['mend']}")
        for each in found["refusals"]
    ]


def _open(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What could not be found out: nothing of it counts as kept."""
    checks = [
        (f"undecided {each['name']}", f"could not be found out: {each['name']}: {each['told']}")
        for each in found["checks"]
        if each["standing"] == "undecided"
    ]
    criteria = [
        (f"undecided {each['name']}", f"could not be found out: criterion {each['name']}")
        for each in found["criteria"]
        if each["standing"] == "undecided"
    ]
    return checks or criteria


def _checks(found: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(
        f"{each['name']}: {each['standing']}" + (f" ({each['told']})" if each["told"] else "")
        for each in found["checks"]
    )
