"""A plan in the text of `task_plan.md`, of any version of the skill."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bridgewright.engineer.planning.words import Evidence, Failure, Kind, Phase, Plan, Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*$")
PHASE = re.compile(r"^###\s+Phase\s+(\d{1,3})\s*[:.\u2013-]?\s*(.*?)\s*$", re.IGNORECASE)
BOXED = re.compile(
    r"^(\s*[-*] \[)([ xX])(\] (?:\*\*)?Phase\s+)(\d{1,3})\s*[:.\u2013-]?\s*(.*?)\s*$", re.IGNORECASE
)
STATUS = re.compile(r"^(\s*(?:[-*]\s+)?\*\*Status:?\*\*:?\s*)(\S.*?)\s*$", re.IGNORECASE)
EVIDENCE = re.compile(r"^\s*(?:[-*]\s+)?\*\*Evidence:?\*\*:?\s*(\S.*?)\s*$", re.IGNORECASE)
BOX = re.compile(r"^\s*[-*] \[([ xX])\] ")
ROW = re.compile(r"^\s*\|(.*)\|\s*$")
RULE = re.compile(r"^[\s|:-]+$")
_CURRENT = re.compile(r"\s*\((?:CURRENT|in[ _]progress)\)", re.IGNORECASE)
_TRAIL = re.compile(r"(?:\*\*|\s*[✓✅]|\s*\[(complete|in_progress|pending)\])+$", re.IGNORECASE)
_BULLET = re.compile(r"^\s*[-*]\s+(?!\[[ xX]\])(.+?)\s*$")
_ATTEMPT = re.compile(r"\s*\(attempt (\d{1,4})\)\s*$")
_SHOWN = re.compile(r"^(commit|file|test|check)\s+(\S+)$")
_CELLS = re.compile(r"(?<!\\)\|")


def parse(lines: Sequence[str]) -> Plan:
    """What the lines of a plan say; anything that is not understood is passed by."""
    phases = tuple(_phases(lines)) or tuple(_boxed(lines))
    return Plan(
        goal=_goal(lines),
        phases=phases,
        decisions=tuple(_pairs(lines, "decision")),
        failures=_failures(lines),
    )


def shown(text: str) -> Evidence | None:
    """Evidence as a line says it; None for what is none."""
    match = _SHOWN.match(text.strip().strip("`"))
    return Evidence(Kind(match[1]), match[2]) if match else None


def section(lines: Sequence[str], word: str) -> tuple[int, int] | None:
    """From the first line below a `##` heading with that word to the next such heading."""
    start = None
    for index, line in enumerate(lines):
        heading = HEADING.match(line)
        if heading is None or len(heading[1]) > 2:  # noqa: PLR2004 - chapters are `#` and `##`
            continue
        if start is not None:
            return start, index
        if len(heading[1]) == 2 and word in heading[2].lower():  # noqa: PLR2004
            start = index + 1
    return None if start is None else (start, len(lines))


def _goal(lines: Sequence[str]) -> str:
    found = section(lines, "goal")
    told = [line.strip() for line in lines[slice(*found)]] if found else []
    for line in told:
        if line and not line.startswith("<!--"):
            return line
    return next((m[2].partition(":")[2].strip() for x in lines if (m := HEADING.match(x))), "")


def _phases(lines: Sequence[str]) -> Iterator[Phase]:
    """`### Phase N: name`, each with a line of its status."""
    starts = [(index, match) for index, line in enumerate(lines) if (match := PHASE.match(line))]
    for index, match in starts:
        end = next(
            (
                at
                for at in range(index + 1, len(lines))
                if (heading := HEADING.match(lines[at])) and len(heading[1]) <= 3  # noqa: PLR2004
            ),
            len(lines),
        )
        body = lines[index + 1 : end]
        told = next((m[2] for line in body if (m := STATUS.match(line))), "")
        trail = _TRAIL.search(match[2])
        boxes = [m[1] != " " for line in body if (m := BOX.match(line))]
        status = _status(told or (trail[1] or "" if trail else ""))
        if not told and boxes and all(boxes):
            status = Status.COMPLETE
        yield Phase(
            int(match[1]),
            _TRAIL.sub("", match[2]),
            status,
            index,
            end,
            _evidence(body),
            (sum(boxes), len(boxes)),
        )


def _boxed(lines: Sequence[str]) -> Iterator[Phase]:
    """`- [x] Phase N: name`, as the first version of the skill has them."""
    for index, line in enumerate(lines):
        match = BOXED.match(line)
        if match is None:
            continue
        end = index + 1
        while end < len(lines) and lines[end][:1] in {" ", "\t"} and lines[end].strip():
            end += 1
        waiting = Status.IN_PROGRESS if _CURRENT.search(match[5]) else Status.PENDING
        yield Phase(
            int(match[4]),
            _TRAIL.sub("", _CURRENT.sub("", match[5])).strip(),
            Status.COMPLETE if match[2] != " " else waiting,
            index,
            end,
            _evidence(lines[index + 1 : end]),
            boxed=True,
        )


def _status(told: str) -> Status:
    word = told.strip("`*_ ").lower().replace(" ", "_").replace("-", "_")
    if word.startswith(("complete", "done")):
        return Status.COMPLETE
    return Status.IN_PROGRESS if word.startswith("in_progress") else Status.PENDING


def _evidence(body: Sequence[str]) -> tuple[Evidence, ...]:
    told = [match[1] for line in body if (match := EVIDENCE.match(line))]
    parts = [shown(part) for text in told for part in text.split(",")]
    return tuple(part for part in parts if part is not None)


def rows(lines: Sequence[str], word: str) -> list[tuple[str, ...]]:
    """The rows of a chapter's table, without its head."""
    found = section(lines, word)
    told = [m[1] for line in lines[slice(*found)] if (m := ROW.match(line))] if found else []
    cells = [
        tuple(cell.strip().replace("\\|", "|") for cell in _CELLS.split(row))
        for row in told[1:]
        if not RULE.match(row)
    ]
    return [row for row in cells if any(row)]


def bullets(lines: Sequence[str], word: str) -> list[str]:
    """The bullets of a chapter."""
    found = section(lines, word)
    return [m[1] for line in lines[slice(*found)] if (m := _BULLET.match(line))] if found else []


def _pairs(lines: Sequence[str], word: str) -> Iterator[tuple[str, str]]:
    for row in rows(lines, word):
        yield row[0], row[1] if len(row) > 1 else ""
    for text in bullets(lines, word):
        first, _, rest = text.partition(":")
        yield first.strip("*[] "), rest.strip()


def _failures(lines: Sequence[str]) -> tuple[Failure, ...]:
    """Each kind of error once: its highest attempt, and the last thing that was done about it."""
    found: dict[str, Failure] = {}
    told = [(row[0], row[1] if len(row) > 1 else "", row[-1]) for row in rows(lines, "error")]
    for text in bullets(lines, "error"):
        first, _, rest = text.partition(": ")
        count = _ATTEMPT.search(first)
        told.append((_ATTEMPT.sub("", first).strip("*[] "), count[1] if count else "", rest))
    for text, attempt, resolution in told:
        key = kind_of(text)
        before = found.get(key, Failure(text, 0))
        number = int(attempt) if attempt.isdecimal() and len(attempt) < 5 else before.attempts + 1  # noqa: PLR2004
        resolved = "" if resolution.strip() in {"", "-", "\u2013", "open"} else resolution.strip()
        found[key] = Failure(before.text, max(number, before.attempts), resolved)
    return tuple(found.values())


def kind_of(text: str) -> str:
    """By what two reports of an error are of one kind: its words, without numbers and addresses."""
    return " ".join(re.sub(r"0x[0-9a-f]+|\d+", "#", text.lower()).split())
