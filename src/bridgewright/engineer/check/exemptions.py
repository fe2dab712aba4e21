"""`# bw: ignore[BW102] reason="…" until=2027-01-01`: a line that is excused, why, and how long."""

from __future__ import annotations

import io
import re
import tokenize
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from bridgewright.engineer.check.rule import Place, Rule, Severity, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.engineer.check.project import Project

_EXEMPTION = re.compile(r"#\s*bw:\s*ignore(?P<codes>\[[^\]]*\])?(?P<rest>.*)")
_REASON = re.compile(r"\breason=(?:\"(?P<quoted>[^\"]*)\"|(?P<bare>.*?))(?=\s+until=|\s*$)")
_UNTIL = re.compile(r"\buntil=(?P<day>\S+)")
_CODE = re.compile(r"BW\d{3}")
_WORDS = 2
"""A reason of fewer words is none."""


@dataclass(frozen=True, slots=True)
class Exemption:
    """One comment: the line it stands on, what it excuses, what is wrong with it, if anything is, and its
    own words."""

    line: int
    codes: frozenset[str]
    wrong: str
    text: str


def exemptions(text: str, today: date) -> Iterator[Exemption]:
    """Every exemption among the comments of a module; a text that speaks of one is none."""
    if _EXEMPTION.search(text) is None:
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and (found := _EXEMPTION.search(token.string)):
            codes = frozenset(_CODE.findall(found["codes"] or ""))
            wrong = _wrong(codes, found["rest"], today)
            yield Exemption(token.start[0], codes, wrong, " ".join(found[0].split()))


def _wrong(codes: frozenset[str], rest: str, today: date) -> str:
    if not codes:
        return "it names no rule: an exemption excuses what it names, and nothing else"
    reason = _REASON.search(rest)
    if reason is None or len((reason["quoted"] or reason["bare"] or "").split()) < _WORDS:
        return "it gives no reason"
    until = _UNTIL.search(rest)
    if until is None:
        return "it has no end: say until when it holds (until=2027-01-01)"
    try:
        day = date.fromisoformat(until["day"])
    except ValueError:
        return f"{until['day']} is no date: write it as 2027-01-01"
    return f"it ended on {day}" if day < today else ""


def rule(today: date) -> Rule:
    """The rule of exemptions themselves, on a day."""

    def check(project: Project) -> Iterator[Place]:
        for module in project.modules:
            for each in exemptions(module.text, today):
                if each.wrong:
                    yield Place(
                        module.path, each.line, f"this exemption does not hold: {each.wrong}"
                    )

    return Rule(
        "BW901",
        "An exemption has a reason and an end",
        Severity.ERROR,
        "What is excused without a reason is excused for ever: nobody dares to take it back.",
        'Write `# bw: ignore[BW102] reason="why it is right here" until=2027-01-01`, or mend it.',
        check,
    )


def unread(project: Project) -> Iterator[Place]:
    """Modules that no parser takes: what is in them is not known."""
    for each in project.unread:
        yield Place(each.path, each.line, each.message, verdict=Verdict.UNKNOWN)


UNREAD = Rule(
    "BW902",
    "Every module is read",
    Severity.ERROR,
    "What cannot be parsed has been looked at by nobody.",
    "Mend its syntax, or run check with the version of Python that it is written for.",
    unread,
)
