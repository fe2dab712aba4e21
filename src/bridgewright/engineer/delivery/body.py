"""What a pull request says: what it does, what was certified, what does not fit, what it closes.

All of it is made from files; texts from them are shown as they are, in one line each, and name nobody.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from bridgewright.engineer.manifest.words import Manifest

_MENTION = re.compile(r"(?<![\w`])@(?=[A-Za-z0-9])")
_ACTIVE = re.compile(r"(?i)\b(close[sd]?|fix(?:e[sd])?|resolve[sd]?)(:?\s+)(?=[\w/.-]*#\d|https?:)")
_MARKUP = re.compile(r"[<>]")
_MOST_FINDINGS = 50
_MOST_CHARS = 400


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the JSON of `bridgewright certify --json` says."""

    target: str
    level: str
    suite: str
    seed: int
    began_at: str
    passed: int
    checks: int
    open: tuple[str, ...]


def text_of(
    manifests: Iterable[Manifest],
    certificates: Iterable[Certificate],
    findings: Iterable[str] | None,
    closes: Iterable[int],
    intro: str = "",
) -> str:
    """The text. `findings` None is that none were looked for, empty that there are none."""
    parts = [_quiet(intro)] if intro.strip() else []
    parts += [_integration(each) for each in manifests]
    parts.append(_certified(tuple(certificates)))
    parts.append(_found(findings))
    parts += [f"Closes #{number}" for number in closes]
    return "\n\n".join(parts)


def certificate(path: Path) -> Certificate:
    """A certificate's JSON; `ConfigurationError` when the file is none."""
    try:
        read: dict[str, Any] = json.loads(path.read_text("utf-8"))
        checks = read["checks"]
        return Certificate(
            str(read["target"]),
            str(read["level"] or "none"),
            str(read["suite"]),
            int(read["seed"]),
            str(read["began_at"]),
            sum(each["status"] == "passed" for each in checks),
            len(checks),
            tuple(f"{each['code']} {each['status']}" for each in checks if each["status"] in _OPEN),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"this is no certificate: {type(error).__name__}",
            place=str(path),
            remedy="write it by: bridgewright certify --json TARGET > FILE",
        ) from None


_OPEN = frozenset({"failed", "vacuous", "unplayed"})
"""Checks that were neither passed nor beside the point."""


def findings(path: Path, tag: str) -> tuple[str, ...] | None:
    """The lines that a file of findings has with this tag; None when there is no such file."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None
    encoding = "utf-16" if raw[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    mark = f"- [{tag}] "
    lines = raw.decode(encoding, "replace").splitlines()
    return tuple(line[len(mark) :] for line in lines if line.startswith(mark))


def _integration(manifest: Manifest) -> str:
    lines = [f"## {_line(manifest.title)}", ""]
    lines += [f"Package `{manifest.name}`, owner {_line(manifest.owner)}.", ""]
    if manifest.operations:
        lines += [
            "| Operation | Call | Timeout | Retry | Limits |",
            "| --- | --- | --- | --- | --- |",
        ]
    for each in manifest.operations.values():
        cells = (
            f"`{each.name}`",
            f"`{_line(each.call)}`",
            f"{each.timeout.total_s:g} s",
            each.retry.value,
            f"`{each.budget}`" if each.budget else "",
        )
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    for source in manifest.sources.values():
        events = ", ".join(f"`{_line(event)}`" for event in source.events)
        lines += ["", f"Webhooks `{_line(source.name)}`, signed as `{source.scheme}`: {events}"]
    return "\n".join(lines).strip()


def _certified(certificates: tuple[Certificate, ...]) -> str:
    lines = ["### Certificate", ""]
    for each in certificates:
        left = f"; {', '.join(each.open)}" if each.open else ""
        lines.append(
            f"- `{_line(each.target)}`: **{_line(each.level)}**, {each.passed} of {each.checks} checks"
            f" passed{_line(left)} (suite {_line(each.suite)}, seed {each.seed}, {_line(each.began_at)})"
        )
    if not certificates:
        lines.append("None was given.")
    else:
        lines += [
            "",
            "A reader need not believe it: `bridgewright engineer verify` plays it again.",
        ]
    return "\n".join(lines)


def _found(found: Iterable[str] | None) -> str:
    if found is None:
        return "### Findings\n\nNone were looked for: there is no file of findings."
    listed = [f"- {_line(each)}" for each in found]
    more = len(listed) - _MOST_FINDINGS
    shown = listed[:_MOST_FINDINGS] + ([f"- and {more} more"] if more > 0 else [])
    return "\n".join(["### Findings", "", *(shown or ["None."])])


def _quiet(text: str) -> str:
    return "\n".join(_line(line) for line in text.strip().splitlines())


def _line(text: str) -> str:
    """One line in which nothing is active: no markup, nobody called, no issue closed."""
    text = "".join(c if c.isprintable() else " " for c in text)[:_MOST_CHARS]
    text = _MARKUP.sub(lambda found: "&lt;" if found[0] == "<" else "&gt;", text)
    text = _MENTION.sub("@\u200b", text)
    return _ACTIVE.sub(lambda found: f"{found[1]}\u200b{found[2]}", text)
