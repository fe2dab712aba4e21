"""Findings as SARIF 2.1.0 (OASIS, 2020), which code scanning takes. `partialFingerprints` is the id:
by it an alert is the same one in the next run, wherever its line went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bridgewright.engineer.findings.codes import CODES
from bridgewright.engineer.findings.gate import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgewright.engineer.findings.finding import Examination, Place
    from bridgewright.engineer.findings.gate import Judged

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
FINGERPRINT = "bridgewrightFinding/v1"


def document(examination: Examination, found: Sequence[Judged], version: str) -> dict[str, Any]:
    """One run: a rule for each code, a result for each finding, a notification for what is undecided."""
    rules = list(CODES.values())
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "bridgewright findings",
                        "semanticVersion": version,
                        "rules": [
                            {
                                "id": rule.name,
                                "shortDescription": {"text": f"{_sentence(rule.title)}."},
                                "help": {"text": f"{_sentence(rule.remedy)}."},
                                "defaultConfiguration": {"level": rule.severity.value},
                            }
                            for rule in rules
                        ],
                    }
                },
                "invocations": [
                    {
                        "executionSuccessful": not examination.undecided,
                        "toolExecutionNotifications": [
                            {
                                "level": "error",
                                "message": {"text": f"{each.what}: {each.why}"},
                                "locations": [_location(each.place)],
                            }
                            for each in examination.undecided
                        ],
                    }
                ],
                "results": [_result(each, list(CODES)) for each in found],
            }
        ],
    }


def _result(judged: Judged, order: list[str]) -> dict[str, Any]:
    finding = judged.finding
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": order.index(finding.code),
        "level": judged.severity.value,
        "message": {"text": "\n".join((finding.sentence, *finding.evidence))},
        "locations": [_location(finding.place)],
        "partialFingerprints": {FINGERPRINT: finding.id},
        "baselineState": "unchanged" if judged.state is State.KNOWN else "new",
    }
    if judged.state is State.ACCEPTED:
        result["suppressions"] = [{"kind": "external", "justification": judged.why}]
    return result


def _location(place: Place) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": place.file},
            "region": {"startLine": place.line},
        }
    }


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
