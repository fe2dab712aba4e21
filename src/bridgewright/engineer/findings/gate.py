"""Which findings fail a build: what is bad enough, not lived with, and not there before."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.findings.codes import Severity
from bridgewright.engineer.findings.ledger import FILE, Status, of_bytes

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from bridgewright.engineer.findings.finding import Examination, Finding
    from bridgewright.engineer.findings.ledger import Ledger

GIT_S = 60.0


class State(StrEnum):
    """Where a finding stands: it is open, lived with, was lived with until a day that is over, or was
    there before this branch."""

    OPEN = "open"
    ACCEPTED = "accepted"
    EXPIRED = "expired"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding, and whether it fails. An acceptance that has expired makes an error of it."""

    finding: Finding
    state: State
    severity: Severity
    fails: bool
    why: str = ""


def judged(
    examination: Examination,
    ledger: Ledger,
    known: frozenset[str],
    fail_on: Severity | None,
    today: date,
) -> tuple[Judged, ...]:
    """Every finding, judged. `known` are ids that were open where the branch began; with `fail_on` None
    nothing fails."""
    return tuple(_judged(each, ledger, known, fail_on, today) for each in examination.findings)


def _judged(
    finding: Finding,
    ledger: Ledger,
    known: frozenset[str],
    fail_on: Severity | None,
    today: date,
) -> Judged:
    entry = ledger.entries.get(finding.id)
    accepted = entry.accepted if entry is not None else None
    if entry is None or accepted is None:
        state = State.KNOWN if finding.id in known else State.OPEN
        bad = fail_on is not None and finding.severity.rank <= fail_on.rank
        return Judged(finding, state, finding.severity, bad and state is State.OPEN)
    said = f"{accepted.reason} (until {accepted.until})"
    if entry.expired(today):
        return Judged(finding, State.EXPIRED, Severity.ERROR, fail_on is not None, said)
    return Judged(finding, State.ACCEPTED, finding.severity, fails=False, why=said)


def open_at(root: Path, reference: str) -> frozenset[str]:
    """The ids that stood, by the ledger, where this branch left `reference`. `ConfigurationError` where
    git does not know it."""
    base = _git(root, "merge-base", "--", reference, "HEAD")
    if base is None:
        raise ConfigurationError(
            f"git knows no commit that {reference} and HEAD have in common",
            place="--against",
            remedy="name a branch that was fetched, with its history (fetch-depth: 0)",
        )
    content = _git(root, "show", f"{base.decode().strip()}:./{FILE}")
    if content is None:
        return frozenset()  # there was no ledger then
    entries = of_bytes(content, f"{reference}:{FILE}").entries
    return frozenset(id_ for id_, e in entries.items() if e.status is not Status.RESOLVED)


def _git(root: Path, *words: str) -> bytes | None:
    try:
        done = subprocess.run(  # noqa: S603
            ["git", *words],  # noqa: S607 - whichever git the project is kept with
            cwd=root,
            capture_output=True,
            check=False,
            timeout=GIT_S,
        )
    except FileNotFoundError:
        raise ConfigurationError("git is not installed", place="--against") from None
    except subprocess.TimeoutExpired:
        raise ConfigurationError(f"git did not end within {GIT_S:g} s", place="--against") from None
    return done.stdout if done.returncode == 0 else None
