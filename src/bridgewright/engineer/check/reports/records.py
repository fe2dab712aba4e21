"""An inspection as one object of JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgewright.engineer.check.inspection import Inspection
    from bridgewright.engineer.check.rule import Problem


def record(inspection: Inspection) -> dict[str, Any]:
    """All of it; `undecided` are problems of which nobody can tell by reading whether they are any."""
    return {
        "modules": inspection.modules,
        "integrations": list(inspection.integrations),
        "rules": inspection.rules,
        "problems": _rows(inspection.certain),
        "undecided": _rows(inspection.undecided),
        "excused": _rows(inspection.excused),
    }


def _rows(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    return [
        {
            "code": each.code,
            "severity": each.severity.value,
            "path": each.path,
            "line": each.line,
            "column": each.column + 1,
            "message": each.message,
            "mend": each.mend,
        }
        for each in problems
    ]
