"""What is ticked and what shows it: in the plan, and in the text of the pull request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bridgewright.engineer.planning.words import Kind
from bridgewright.engineer.verify.words import (
    About,
    Outcome,
    Reason,
    Refusal,
    Standing,
    judged,
    skipped,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bridgewright.engineer.definition.words import Clause
    from bridgewright.engineer.planning.words import Evidence, Plan
    from bridgewright.engineer.verify.history import Range

_SHORT_SHA = 7
_SHA = re.compile(r"[0-9a-f]{7,64}")


def plan(
    work: Range, found: Plan | None, kept: Mapping[About, Outcome], ticked: Sequence[Clause]
) -> Outcome:
    """The plan is closed, and what it shows is there. `ticked` are criteria that the pull request calls
    met: each must be about something that was judged here, and kept."""
    refusals = [*_ticked(ticked, kept)]
    if found is None:
        if refusals:
            return judged(About.PLAN, tuple(refusals))
        return skipped(About.PLAN, "no plan is here; hand it over with --plan")
    refusals += [Refusal(Reason.OPEN_PLAN, "plan", each) for each in found.open()]
    mend = "say what shows it: bridgewright engineer plan phase … --evidence"
    for phase in found.phases:
        place = f"phase {phase.number} ({phase.name})"
        for each in phase.evidence:
            wrong = _wrong(work, each, kept)
            if wrong:
                told = f"its evidence, {each}, {wrong}"
                refusals.append(Refusal(Reason.TICKED_WITHOUT_EVIDENCE, place, told, mend))
    for phase in found.unproved():
        told = "is called complete, and nothing shows it"
        place = f"phase {phase.number} ({phase.name})"
        refusals.append(Refusal(Reason.TICKED_WITHOUT_EVIDENCE, place, told, mend))
    return judged(About.PLAN, tuple(refusals), f"{found.complete} phases complete")


def _wrong(work: Range, shown: Evidence, kept: Mapping[About, Outcome]) -> str:
    """What is wrong with a piece of evidence; "" where it holds."""
    match shown.kind:
        case Kind.COMMIT:
            known = _SHA.fullmatch(shown.value) and any(
                each.sha.startswith(shown.value) for each in work.commits()
            )
            return "" if known else "is no commit of this branch"
        case Kind.FILE:
            there = work.repository.file(work.head, shown.value) is not None
            return "" if there else "is not in the branch"
        case Kind.TEST:
            return _no_test(work, shown.value)
        case Kind.CHECK:
            outcome = next((kept[about] for about in kept if about == shown.value), None)
            if outcome is None:
                return "is no check that was made"
            return "" if outcome.standing is Standing.KEPT else f"is {outcome.standing}"


def _no_test(work: Range, value: str) -> str:
    path, *names = value.split("::")
    data = work.repository.file(work.head, path)
    if data is None:
        return "is not in the branch"
    name = names[-1].partition("[")[0] if names else ""
    there = not name or re.search(rb"\bdef " + re.escape(name.encode()) + rb"\b", data)
    return "" if there else f"is not in {path}"


def _ticked(ticked: Sequence[Clause], kept: Mapping[About, Outcome]) -> Iterator[Refusal]:
    for clause in ticked:
        checks = about(clause)
        bad = [each for each in checks if each is not About.PLAN and not _is_kept(each, kept)]
        if bad or not checks:
            why = ", ".join(f"{each} is {_standing(each, kept)}" for each in bad)
            told = f"{clause.name!r} is ticked, but {why or 'nothing here can show it'}"
            place = f"pull request, line {clause.line}"
            yield Refusal(Reason.TICKED_WITHOUT_EVIDENCE, place, told)


def _is_kept(about: About, kept: Mapping[About, Outcome]) -> bool:
    return about in kept and kept[about].standing is Standing.KEPT


def _standing(about: About, kept: Mapping[About, Outcome]) -> str:
    return str(kept[about].standing) if about in kept else "not judged"


def about(clause: Clause) -> tuple[About, ...]:
    """The checks that a criterion or standard is judged by; none where nobody here can."""
    return _CHECKS.get(clause.subject, ())


_CHECKS: Mapping[str, tuple[About, ...]] = {
    "branching": (About.BRANCH, About.PATHS),
    "commits": (About.COMMITS,),
    "resilience": (About.RESILIENCE, About.TESTS),
    "findings": (About.FINDINGS,),
    "secrets": (About.SECRETS, About.RULES),
    "timeouts": (About.RESILIENCE, About.RULES),
    "logging": (About.RULES, About.TESTS),
    "limits": (About.RULES,),
    "core logic": (About.RULES, About.PATHS),
    "planning": (About.PLAN,),
    "tests": (About.TESTS,),
}
