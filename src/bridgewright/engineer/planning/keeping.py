"""Plan files where they lie: begun, changed, and read again."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError, Refused
from bridgewright.engineer import encoded
from bridgewright.engineer.encoded import Encoded
from bridgewright.engineer.planning import editing, reading
from bridgewright.engineer.planning.words import STRIKES, Plan

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bridgewright.engineer.planning.words import Evidence, Status

PLAN = "task_plan.md"
NOTES = "notes.md"
_LATER_NOTES = "findings.md"
_PROGRESS = "progress.md"
_FOLDER = ".planning"
_ACTIVE = ".active_plan"
MOST_NOTE = 100_000
"""Characters of one note."""
QUOTED_WORDS = 8
"""So many words in a row are a quotation."""
_FENCE = re.compile(r"`{3,}|~{3,}")


@dataclass(frozen=True, slots=True)
class Files:
    """Where a plan lies: its own file, the notes, and of later versions the log of what was done."""

    plan: Path
    notes: Path
    progress: Path | None = None


def find(folder: Path) -> Files:
    """The files of the plan in a folder: beside each other, or in the active folder of `.planning`. What is
    not there yet is as the first version of the skill names it."""
    active = folder / _FOLDER / _ACTIVE
    if not (folder / PLAN).is_file() and active.is_file():
        name = active.read_text("utf-8").strip()
        if re.fullmatch(r"[\w.-]{1,100}", name) and (folder / _FOLDER / name / PLAN).is_file():
            folder = folder / _FOLDER / name
    later = (folder / _PROGRESS).is_file() or (folder / _LATER_NOTES).is_file()
    if later and not (folder / NOTES).is_file():
        return Files(folder / PLAN, folder / _LATER_NOTES, folder / _PROGRESS)
    return Files(folder / PLAN, folder / NOTES)


def read(files: Files) -> Plan:
    """The plan as it stands. `ConfigurationError` when there is none."""
    return reading.parse(_file(files).lines())


def start(files: Files, goal: str, phases: Sequence[str] = editing.PHASES) -> Plan:
    """Begin a plan, and keep its files out of git. `Refused` where one is under way."""
    if files.plan.exists():
        raise Refused(
            f"{files.plan.name} is there already: close it and move it away, or go on with it"
        )
    encoded.write(files.plan, Encoded(editing.blank(goal, phases)))
    if not files.notes.exists():
        encoded.write(files.notes, Encoded(f"# Notes: {editing.said(goal, 'goal')}\n"))
    exclude(files.plan.parent, (files.plan.name, files.notes.name))
    return read(files)


def advance(files: Files, wanted: str, status: Status, shown: Sequence[Evidence]) -> Plan:
    """Say how far a phase is, and what shows it. `Refused` for complete without evidence."""
    encoded.write(files.plan, editing.phase(_file(files), wanted, status, shown))
    return read(files)


def decide(files: Files, decision: str, because: str) -> Plan:
    """Keep a decision and its reason. `Refused` for one that quotes somebody else's text."""
    cells = (_own(files, decision, "decision"), _own(files, because, "reason"))
    file = editing.row(_file(files), "decision", "Decisions Made", ("Decision", "Rationale"), cells)
    encoded.write(files.plan, file)
    return read(files)


def fail(files: Files, error: str, resolution: str = "") -> int:
    """Keep an error, and say how often one of its kind was met, this time included. `Refused`, with
    the error kept, from the third time on: the same again is no plan."""
    text = _own(files, error, "error")
    answer = _own(files, resolution, "resolution") if resolution else "open"
    kind = reading.kind_of(text)
    known = [each for each in read(files).failures if reading.kind_of(each.text) == kind]
    attempt = 1 + max((each.attempts for each in known), default=0)
    heads = ("Error", "Attempt", "Resolution")
    cells = (text, str(attempt), answer)
    encoded.write(
        files.plan, editing.row(_file(files), "error", "Errors Encountered", heads, cells)
    )
    if attempt >= STRIKES and not resolution:
        raise Refused(
            f"{text!r} failed for the {attempt}. time: do not do the same again; ask somebody, or"
            " say what is done differently with --resolution"
        )
    return attempt


def note(files: Files, text: str, source: str, day: str) -> None:
    """Keep what was learned, in a block that is marked as somebody else's words: data, no instruction.

    `source` says whose they are and `day` when they were read.
    """
    if not text.strip() or len(text) > MOST_NOTE:
        problem = f"a note has 1 to {MOST_NOTE} characters, not {len(text)}"
        raise ConfigurationError(problem, remedy="keep the part that matters, or name the file")
    clean = "".join(c for c in text if c.isprintable() or c in "\n\t")
    longest = max((len(found) for found in _FENCE.findall(clean)), default=2)
    fence = "`" * max(3, longest + 1)
    file = encoded.read(files.notes, files.notes.name) if files.notes.exists() else Encoded("")
    head = f"## {editing.said(source, 'source')} ({day})"
    gap = "" if not file.text else "\n" if file.text.endswith("\n") else "\n\n"
    block = f"{gap}{head}\n\n{fence}text\n{clean.rstrip()}\n{fence}\n"
    text = file.text + block.replace("\n", file.newline)
    encoded.write(files.notes, replace(file, text=text))


def close(files: Files) -> Plan:
    """Say that the work is done. `Refused` with everything that keeps it open."""
    plan = read(files)
    left = [
        *plan.open(),
        *(f"phase {each.number} ({each.name}) has no evidence" for each in plan.unproved()),
    ]
    if left:
        raise Refused(f"the plan is not done: {'; '.join(left)}")
    return plan


def _file(files: Files) -> Encoded:
    try:
        return encoded.read(files.plan, files.plan.name)
    except ConfigurationError as error:
        if files.plan.exists():
            raise
        remedy = "begin one: bridgewright engineer plan start GOAL"
        raise ConfigurationError(error.problem, place=error.place, remedy=remedy) from None


def _own(files: Files, text: str, what: str) -> str:
    """A text for the plan, in one's own words: what others wrote is in the notes, and stays there."""
    one = editing.said(text, what)
    words = re.findall(r"\w+", one.lower())
    if len(words) >= QUOTED_WORDS and files.notes.exists():
        known = " ".join(re.findall(r"\w+", encoded.read(files.notes).text.lower()))
        for at in range(len(words) - QUOTED_WORDS + 1):
            if f" {' '.join(words[at : at + QUOTED_WORDS])} " in f" {known} ":
                raise Refused(f"the {what} quotes the notes: say it in your own words")
    return one


def exclude(folder: Path, names: Sequence[str]) -> None:
    """Keep files out of git, in this clone only; nothing where the folder is in none."""
    command = ["git", "rev-parse", "--git-path", "info/exclude"]
    try:
        done = subprocess.run(  # noqa: S603 - git, and words of our own
            command, cwd=folder, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return
    if done.returncode:
        return
    path = folder / done.stdout.strip()
    known = path.read_text("utf-8", "surrogateescape") if path.exists() else ""
    new = [name for name in names if name not in known.splitlines()]
    if new:
        path.parent.mkdir(parents=True, exist_ok=True)
        start = known if not known or known.endswith("\n") else f"{known}\n"
        path.write_text(start + "".join(f"{name}\n" for name in new), "utf-8", "surrogateescape")
