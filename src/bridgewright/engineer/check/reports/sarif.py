"""An inspection as SARIF 2.1.0 (OASIS, 2020), which code scanning takes.

`partialFingerprints` is made of the rule, the file and what is said, and not of the line: by it an alert
is the same one in the next run, wherever its line went. Of several alike in one file each has its number.
What is undecided is of the kind `open`, as SARIF calls what could not be determined.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Any

from bridgewright.engineer.check.rule import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bridgewright.engineer.check.inspection import Inspection
    from bridgewright.engineer.check.rule import Problem, Rule

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
FINGERPRINT = "bridgewrightCheck/v1"


def document(inspection: Inspection, rules: Sequence[Rule], version: str) -> dict[str, Any]:
    """One run: every rule, and a result for each problem, the excused ones suppressed."""
    order = [rule.code for rule in rules]
    shown = [*inspection.problems, *inspection.excused]
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "bridgewright check",
                        "semanticVersion": version,
                        "rules": [_rule(each) for each in rules],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [
                    _result(each, mark, order, excused=each in inspection.excused)
                    for each, mark in _marked(shown)
                ],
            }
        ],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "shortDescription": {"text": f"{rule.title}."},
        "fullDescription": {"text": rule.why},
        "help": {"text": rule.mend},
        "defaultConfiguration": {"level": rule.severity.value},
    }


def _result(problem: Problem, mark: str, order: list[str], *, excused: bool) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": problem.code,
        "ruleIndex": order.index(problem.code),
        "message": {"text": f"{problem.message}. {problem.mend}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": problem.path},
                    "region": {"startLine": problem.line, "startColumn": problem.column + 1},
                }
            }
        ],
        "partialFingerprints": {FINGERPRINT: mark},
    }
    if problem.verdict is Verdict.UNKNOWN:
        result.update(kind="open", level="none")
    else:
        result["level"] = problem.severity.value
    if excused:
        result["suppressions"] = [{"kind": "inSource"}]
    return result


def _marked(problems: Sequence[Problem]) -> Iterator[tuple[Problem, str]]:
    seen: Counter[str] = Counter()
    for each in problems:
        said = f"{each.code}\n{each.path}\n{each.message}"
        seen[said] += 1
        yield each, hashlib.sha256(f"{said}\n{seen[said]}".encode()).hexdigest()[:32]
