"""Findings as one object of JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgewright.engineer.findings.finding import Examination
    from bridgewright.engineer.findings.gate import Judged
    from bridgewright.engineer.findings.keeping import Kept


def record(examination: Examination, found: Iterable[Judged], kept: Kept | None) -> dict[str, Any]:
    """Every value of it; `written` is null where nothing was to be."""
    return {
        "integrations": examination.integrations,
        "checks": examination.checks,
        "findings": [_finding(each) for each in found],
        "undecided": [
            {
                "integration": each.integration,
                "what": each.what,
                "why": each.why,
                "place": str(each.place),
            }
            for each in examination.undecided
        ],
        "remarks": list(examination.remarks),
        "written": kept and {"added": list(kept.added), "removed": list(kept.removed)},
    }


def _finding(judged: Judged) -> dict[str, Any]:
    finding = judged.finding
    return {
        "id": finding.id,
        "code": finding.code,
        "severity": judged.severity.value,
        "state": judged.state.value,
        "fails": judged.fails,
        "integration": finding.integration,
        "subject": finding.subject,
        "target": finding.target,
        "sentence": finding.sentence,
        "file": finding.place.file,
        "line": finding.place.line,
        "evidence": list(finding.evidence),
        "remedy": finding.remedy,
        "accepted": judged.why or None,
    }
