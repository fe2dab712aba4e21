"""All certificates on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Records = Sequence[tuple[str, bool, dict[str, Any]]]

_MARKS = {"passed": "✓", "failed": "**✗**", "vacuous": "vac", "not applicable": "n/a"}
_INBOUND = "E"


def index(records: Records) -> str:
    """The page: levels, the matrix of checks, and why each that failed did."""
    calling = [each for each in records if not _receives(each[2])]
    receiving = [each for each in records if _receives(each[2])]
    lines = [
        "# Certificates",
        "",
        "<!-- Written by `make proof NAME=certificates`: change it there. -->",
        "",
        (
            "What `bridgewright certify` ([what each check means](../certify.md)) says of bare HTTP"
            " clients, of the official SDKs as they come (but for address and credential), and of"
            " every connector of ours. Beside this page there is a certificate of each as a page"
            " (`NAME.html`) and as JSON (`NAME.json`), with seed and versions."
        ),
        "",
        (
            "✓ passed · **✗** failed · vac: kept by a client that had nothing to keep, which counts"
            " as not passed · n/a: does not apply. *naive* is what is written on a first day: no timeout,"
            " and a loop around it. Bare clients are told the deadline as their timeout."
        ),
        "",
        *_levels(records),
        *_matrix("Calls", calling),
        *_matrix("Webhooks", receiving),
        *_reasons(records),
    ]
    return "\n".join(lines)


def _receives(told: dict[str, Any]) -> bool:
    return bool(told["checks"][0]["code"].startswith(_INBOUND))


def _levels(records: Records) -> list[str]:
    lines = [
        "| target | level | passed | failed | vacuous | seed |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for name, _, told in records:
        statuses = [each["status"] for each in told["checks"]]
        counts = (statuses.count(status) for status in ("passed", "failed", "vacuous"))
        level = (told["level"] or "none").capitalize()
        lines.append(f"| {name} | {level} | {' | '.join(map(str, counts))} | {told['seed']} |")
    return [*lines, ""]


def _matrix(title: str, records: Records) -> list[str]:
    if not records:
        return []
    names = [name for name, _, _ in records]
    lines = [f"## {title}", "", f"| check | level | {' | '.join(names)} |"]
    lines.append(f"|---|---|{'---|' * len(names)}")
    for number, check in enumerate(records[0][2]["checks"]):
        marks = [_MARKS[told["checks"][number]["status"]] for _, _, told in records]
        what = f"{check['code']} {check['title']}"
        lines.append(f"| {what} | {check['level']} | {' | '.join(marks)} |")
    return [*lines, ""]


def _reasons(records: Records) -> list[str]:
    lines = ["## Why", ""]
    for name, _, told in records:
        failed = [each for each in told["checks"] if each["status"] == "failed"]
        if failed:
            lines += [f"**{name}**", "", *_listed(failed), ""]
    return lines


def _listed(failed: Iterable[dict[str, Any]]) -> list[str]:
    return [f"- {each['code']}: {_plain('; '.join(each['why']))}" for each in failed]


def _plain(text: str) -> str:
    """Text as Markdown shows it as it is."""
    return "".join(f"\\{letter}" if letter in "\\`*_<>[]|{}$" else letter for letter in text)
