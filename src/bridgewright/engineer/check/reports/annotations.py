"""Problems as workflow commands of GitHub Actions (docs.github.com, "Workflow commands", read
2026-11-29): each is shown at its line of the pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.engineer.check.rule import Severity, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bridgewright.engineer.check.rule import Problem


def lines(problems: Iterable[Problem]) -> Iterator[str]:
    """One command a problem. What is undecided is a notice."""
    for each in problems:
        places = {
            "file": each.path,
            "line": str(each.line),
            "col": str(each.column + 1),
            "title": each.code,
        }
        said = ",".join(f"{name}={_property(value)}" for name, value in places.items())
        yield f"::{_level(each)} {said}::{_message(f'{each.message}. {each.mend}')}"


def _level(problem: Problem) -> str:
    if problem.verdict is Verdict.UNKNOWN:
        return "notice"
    return "error" if problem.severity is Severity.ERROR else "warning"


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
