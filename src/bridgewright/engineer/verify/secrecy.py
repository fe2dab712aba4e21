"""No secret in what the work adds: in any of its commits, for one that was removed again is out too."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bridgewright.engineer.leaks.texts import leaks
from bridgewright.engineer.verify.words import About, Outcome, Reason, Refusal, judged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.engineer.verify.history import Range

_HUNK = re.compile(r"@@+ .*\+(\d+)(?:,\d+)? @@+")


def secrets(work: Range) -> Outcome:
    """What the lines that were added, the names of files, and the messages give away."""
    found: list[Refusal] = []
    mend = "revoke it at the provider now, for it is in the history; then write the branch anew"
    own = work.commits()
    for each in own:
        told = [leak.kind for leak in leaks(each.message)]
        found += [
            Refusal(Reason.LEAKED_KEY, each.short, f"{kind}, in its message", mend) for kind in told
        ]
        for name, first, text in _runs(work.repository.patch(each)):
            found += [
                Refusal(
                    Reason.LEAKED_KEY,
                    f"{each.short}:{name}:{first + leak.line - 1}",
                    leak.kind,
                    mend,
                )
                for leak in leaks(text)
            ]
    names = [each.path for each in work.changes() if leaks(each.path)]
    found += [
        Refusal(Reason.LEAKED_KEY, "the name of a file", leaks(n)[0].kind, mend) for n in names
    ]
    return judged(About.SECRETS, tuple(found), f"the lines that {len(own)} commits add")


def _runs(patch: str) -> Iterator[tuple[str, int, str]]:
    """The lines that a diff adds, those that stand together as one text, which a key may go over."""
    name, first, lines = "", 0, list[str]()
    for path, number, text in added(patch):
        if lines and (path != name or number != first + len(lines)):
            yield name, first, "\n".join(lines)
            lines = []
        if not lines:
            name, first = path, number
        lines.append(text)
    if lines:
        yield name, first, "\n".join(lines)


def added(patch: str) -> Iterator[tuple[str, int, str]]:
    """Each line that a diff adds: its file, its number and its text."""
    name, line, ours = "", 0, False
    width = 1
    for text in patch.split("\n"):
        if text.startswith("diff "):
            ours = False
        elif text.startswith("@@"):
            match = _HUNK.match(text)
            ours, line = match is not None, int(match[1]) if match else 0
            width = max(1, len(text) - len(text.lstrip("@")) - 1)
        elif not ours and text.startswith("+++ "):
            name = text.removeprefix("+++ ").removeprefix("b/").rstrip("\t")
        elif ours:
            marks = text[:width]
            if "+" in marks and "-" not in marks:
                yield name, line, text[width:]
            line += "-" not in marks
