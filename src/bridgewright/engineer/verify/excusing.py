"""Exemptions that the work makes itself. A rule is excused for good by who takes the work over, not by who
wrote it: else there would be no rule."""

from __future__ import annotations

import tokenize
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bridgewright.engineer.check.exemptions import exemptions
from bridgewright.engineer.verify.words import Reason, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.engineer.check.exemptions import Exemption
    from bridgewright.engineer.verify.history import Range

_MEND = "mend what the rule is about; or have a person take it: verify --take-exemptions"


def excused(work: Range) -> tuple[Refusal, ...]:
    """A refusal for each exemption that a changed module has, and had not on the base, word by word."""
    return tuple(_refusals(work))


def _refusals(work: Range) -> Iterator[Refusal]:
    for change in work.changes():
        if not change.path.endswith(".py"):
            continue
        before = Counter(each.text for each in _made(work, work.since, change.path))
        for each in _made(work, work.head, change.path):
            if before[each.text]:
                before[each.text] -= 1
                continue
            rules = ", ".join(sorted(each.codes)) or "no rule"
            told = f"the work excuses itself from {rules}"
            yield Refusal(Reason.BROKEN_RULE, f"{change.path}:{each.line}", told, _MEND)


def _made(work: Range, commit: str, path: str) -> list[Exemption]:
    """Those of a module; none where it is not there, or is no Python, which the rules refuse."""
    data = work.repository.file(commit, path)
    if data is None:
        return []
    try:
        return list(exemptions(data.decode("utf-8-sig"), datetime.now(UTC).date()))
    except (SyntaxError, UnicodeDecodeError, tokenize.TokenError):
        return []
