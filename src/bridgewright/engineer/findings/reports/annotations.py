"""Findings as workflow commands of GitHub Actions, which it shows beside the lines of a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.engineer.findings.codes import Severity
from bridgewright.engineer.findings.gate import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bridgewright.engineer.findings.finding import Examination, Place
    from bridgewright.engineer.findings.gate import Judged

_WORDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def commands(examination: Examination, found: Iterable[Judged]) -> Iterator[str]:
    """One command a line: findings that are not lived with, and what is undecided as errors."""
    for each in found:
        if each.state is not State.ACCEPTED:
            finding = each.finding
            word = _WORDS[each.severity]
            said = " ".join(e for e in (finding.sentence, finding.remedy, f"[{finding.id}]") if e)
            yield _command(word, finding.place, finding.code, said)
    for unknown in examination.undecided:
        yield _command("error", unknown.place, "undecided", f"{unknown.what}: {unknown.why}")


def _command(word: str, place: Place, title: str, text: str) -> str:
    named = f"file={_value(place.file)},line={place.line},title={_value(title)}"
    return f"::{word} {named}::{_escaped(text)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _value(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
