"""Changes of a plan's text. Each gives the new text; all that it is not about stays, byte for byte."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError, Refused
from bridgewright.engineer.planning import reading
from bridgewright.engineer.planning.words import MOST_TEXT, Evidence, Phase, Plan, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgewright.engineer.encoded import Encoded

PHASES = ("Sync and read", "Plan", "Build and test", "Findings", "Deliver")
"""Those of the integration engineer's workflow."""
MOST_PHASES = 50
_CONTROL = re.compile(r"`{3}|<!--|-->|^\s*#|^\s*[-*] \[")


def said(text: str, what: str) -> str:
    """A text that may stand in a plan: one line, short, and no markup that would change its form.
    `ConfigurationError` otherwise."""
    one = " ".join(text.split())
    wrong = ""
    if not one:
        wrong = "is empty"
    elif len(one) > MOST_TEXT:
        wrong = f"has {len(one)} characters, and a plan takes {MOST_TEXT}"
    elif _CONTROL.search(one) or not one.isprintable():
        wrong = "has markup of its own"
    if wrong:
        remedy = (
            "say it in one plain sentence; the whole of it belongs into notes: engineer plan note"
        )
        raise ConfigurationError(f"the {what} {wrong}", remedy=remedy)
    return one


def blank(goal: str, phases: Sequence[str]) -> str:
    """A new plan: all phases pending but the first."""
    if not 1 <= len(phases) <= MOST_PHASES:
        problem = f"a plan has 1 to {MOST_PHASES} phases, not {len(phases)}"
        raise ConfigurationError(problem)
    told = "\n".join(
        f"### Phase {number}: {said(name, 'name of a phase')}\n\n"
        f"- **Status:** {Status.IN_PROGRESS if number == 1 else Status.PENDING}\n"
        for number, name in enumerate(phases, start=1)
    )
    return (
        f"# Task Plan: {said(goal, 'goal')}\n\n## Goal\n\n{said(goal, 'goal')}\n\n"
        f"## Phases\n\n{told}\n"
        "## Decisions Made\n\n| Decision | Rationale |\n|---|---|\n\n"
        "## Errors Encountered\n\n| Error | Attempt | Resolution |\n|---|---|---|\n\n"
        f"## Status\n\n**Currently in Phase 1** - {said(phases[0], 'name of a phase')}\n"
    )


def found(plan: Plan, wanted: str) -> Phase:
    """A phase by its number, or by its name or a part of it that only one has."""
    if wanted.isdecimal():
        named = [phase for phase in plan.phases if phase.number == int(wanted)]
    else:
        named = [phase for phase in plan.phases if wanted.lower() in phase.name.lower()]
    if len(named) != 1:
        known = ", ".join(f"{phase.number} ({phase.name})" for phase in plan.phases)
        problem = f"{wanted!r} is {'no phase' if not named else 'more than one phase'} of the plan"
        raise ConfigurationError(problem, remedy=f"its phases are {known}")
    return named[0]


def phase(file: Encoded, wanted: str, status: Status, shown: Sequence[Evidence] = ()) -> Encoded:
    """A phase's status, and evidence for it. `Refused` for one that would be complete without any."""
    at = found(reading.parse(file.lines()), wanted)
    kept = file.kept()
    if status is Status.COMPLETE and not (at.evidence or shown):
        raise Refused(
            f"phase {at.number} ({at.name}) has no evidence: say what shows it, such as"
            " --evidence 'file integrations/acme/client.py' or --evidence 'check resilience'"
        )
    kept = _with_evidence(file, kept, at, shown)
    kept = _boxed(kept, at, status) if at.boxed else _stated(file, kept, at, status)
    return _current(file.with_lines(kept))


def _with_evidence(
    file: Encoded, kept: list[str], at: Phase, shown: Sequence[Evidence]
) -> list[str]:
    new = [each for each in shown if each not in at.evidence]
    if not new:
        return kept
    last = at.end
    while last > at.line + 1 and not kept[last - 1].strip():
        last -= 1
    told = ", ".join(str(each) for each in new)
    line = f"{'  ' if at.boxed else ''}- **Evidence:** {told}{file.newline}"
    before = _ended(file, kept[:last])
    return [*before, line, *kept[last:]]


def _ended(file: Encoded, kept: list[str]) -> list[str]:
    """With an end on the last line, where something is to follow it."""
    if kept and not kept[-1].endswith("\n"):
        return [*kept[:-1], kept[-1] + file.newline]
    return kept


def _boxed(kept: list[str], at: Phase, status: Status) -> list[str]:
    body, end = _cut(kept[at.line])
    body = re.sub(r"\s*\(CURRENT\)", "", body)
    mark = "x" if status is Status.COMPLETE else " "
    body = reading.BOXED.sub(lambda m: f"{m[1]}{mark}{body[m.end(2) : m.end()]}", body)
    trail = " (CURRENT)" if status is Status.IN_PROGRESS else ""
    return [*kept[: at.line], f"{body}{trail}{end}", *kept[at.line + 1 :]]


def _stated(file: Encoded, kept: list[str], at: Phase, status: Status) -> list[str]:
    for index in range(at.line + 1, at.end):
        body, end = _cut(kept[index])
        match = reading.STATUS.match(body)
        if match is not None:
            return [*kept[:index], f"{match[1]}{status}{end}", *kept[index + 1 :]]
    line = f"- **Status:** {status}{file.newline}"
    return [*_ended(file, kept[: at.line + 1]), line, *kept[at.line + 1 :]]


def _cut(line: str) -> tuple[str, str]:
    body = line.rstrip("\r\n")
    return body, line[len(body) :]


def _current(file: Encoded) -> Encoded:
    """The line that says which phase is worked on, where the plan has one."""
    plan, kept = reading.parse(file.lines()), file.kept()
    at = plan.current
    told = f"**Currently in Phase {at.number}** - {at.name}" if at else "**All phases complete**"
    for index, line in enumerate(kept):
        body, end = _cut(line)
        if re.match(r"^\*\*(?:Currently in Phase \S+|All phases complete)\*\*", body):
            return file.with_lines([*kept[:index], told + end, *kept[index + 1 :]])
    return file


def row(
    file: Encoded, word: str, title: str, heads: Sequence[str], cells: Sequence[str]
) -> Encoded:
    """One more row in the table of a chapter, or one more bullet where the chapter is a list; the
    chapter is added where the plan has none."""
    lines, kept = file.lines(), file.kept()
    line = f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |{file.newline}"
    place = reading.section(lines, word)
    if place is None:
        head = f"| {' | '.join(heads)} |{file.newline}|{'---|' * len(heads)}{file.newline}"
        gap = file.newline if kept and kept[-1].strip() else ""
        chapter = f"{gap}## {title}{file.newline}{file.newline}{head}{line}"
        return file.with_lines([*_ended(file, kept), chapter])
    start, end = place
    table = [at for at in range(start, end) if reading.ROW.match(lines[at])]
    last = table[-1] + 1 if table else _filled(kept, start, end)
    if not table:
        *first, tail = cells
        line = f"- {_bullet(first)}: {tail}{file.newline}"
    return file.with_lines([*_ended(file, kept[:last]), line, *kept[last:]])


def _filled(kept: Sequence[str], start: int, end: int) -> int:
    """After the last line of a chapter that says something."""
    end = min(end, len(kept))
    while end > start and not kept[end - 1].strip():
        end -= 1
    return end


def _bullet(cells: Sequence[str]) -> str:
    return cells[0] if len(cells) == 1 else f"{cells[0]} (attempt {cells[1]})"
