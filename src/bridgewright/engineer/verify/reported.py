"""Whether what does not fit between models and provider is reported where the definition wants it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer import encoded
from bridgewright.engineer.verify.words import About, Outcome, Reason, Refusal, judged, undecided

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bridgewright.engineer.definition.words import Definition
    from bridgewright.engineer.verify.history import Range

LEDGER = ".integrations/findings.json"


@dataclass(frozen=True, slots=True)
class Found:
    """One finding: its stable id, and its sentence."""

    id: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Surveyed:
    """What a survey found, how many comparisons it made, and what it could not compare."""

    found: tuple[Found, ...]
    ran: int
    unknown: tuple[str, ...] = ()


if TYPE_CHECKING:
    Survey = Callable[[Path], Surveyed]
    """Compares the models of a checkout with what its providers want."""


def findings(work: Range, definition: Definition, checkout: Path, survey: Survey) -> Outcome:
    """Every finding has its line in the file of findings; or had it before this work, and whoever reads the
    file took it out: then the ledger of the base knows it. The ledger of the work itself proves nothing."""
    surveyed = survey(checkout)
    reported = _lines(work, work.head, definition)
    taken = _ledger(work)
    listed = _lines(work, work.since, definition)
    mend = f"bridgewright findings --write, and commit {definition.findings}"
    missing = [
        Refusal(Reason.UNREPORTED_FINDING, definition.findings, each.sentence, mend)
        for each in surveyed.found
        if plain(each.sentence) not in reported
        and (each.id not in taken or plain(each.sentence) in listed)
    ]
    count = len(surveyed.found) or "none"
    told = f"{count}, {surveyed.ran} checks ran"
    if surveyed.unknown and not missing:
        return undecided(
            About.FINDINGS, f"{told}; not comparable: {'; '.join(surveyed.unknown[:5])}"
        )
    return judged(About.FINDINGS, tuple(missing), told)


def _lines(work: Range, commit: str, definition: Definition) -> frozenset[str]:
    data = work.repository.file(commit, definition.findings)
    try:
        lines = encoded.decode(data or b"", definition.findings).lines()
    except ConfigurationError:
        return frozenset()
    return frozenset(plain(line) for line in lines)


def plain(line: str) -> str:
    """A line without its bullet, its tag, its markup and its spaces."""
    bare = re.sub(r"^\s*[-*+]\s+(?:\[[ xX]\]\s+)?", "", line)
    return " ".join(re.sub(r"^\[[^\]]*\]\s*|[`*_\\]", "", bare).split())


def _ledger(work: Range) -> frozenset[str]:
    """The ids that the base's ledger knows, wherever they stand in it."""
    try:
        content = json.loads(work.repository.file(work.since, LEDGER) or b"null")
    except ValueError:
        return frozenset()
    return frozenset(_ids(content))


def _ids(content: Any) -> set[str]:
    if isinstance(content, dict):
        own = {content["id"]} if isinstance(content.get("id"), str) else set()
        return own | set(content).union(*(_ids(each) for each in content.values()))
    if isinstance(content, list):
        return set[str]().union(*(_ids(each) for each in content))
    return set()
