"""What OpenCode says to a command line, bit for bit (1.18.33, run 2026-11-29).

Of each command in the line the source is matched as it stands, with its redirect where that is its direct
parent; commands that change folders are passed over; the paths that a few commands name are asked about when
they lie outside. What is no command is not looked at: not `> file`, nor the redirect of `{ …; } > file`.
"""

from __future__ import annotations

import os.path
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridgewright.engineer.permissions import shell
from bridgewright.engineer.permissions.matching import deciding
from bridgewright.engineer.permissions.words import Action, Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bridgewright.engineer.permissions.words import Rule

_FOLDERS = frozenset({"cd", "chdir", "popd", "pushd", "push-location", "set-location"})
_FILES = _FOLDERS | {
    *("rm", "cp", "mv", "mkdir", "touch", "chmod", "chown", "cat"),
    *("get-content", "set-content", "add-content", "copy-item"),
    *("move-item", "remove-item", "new-item", "rename-item"),
}
_PARTS = frozenset({"command_name", "word", "string", "raw_string", "concatenation"})
_TWO_QUOTES = 2


@dataclass(frozen=True, slots=True)
class Place:
    """Where commands run: the folder, the work tree around it, and whose home it is."""

    folder: Path
    worktree: Path
    home: Path


def verdict(rules: Sequence[Rule], command: str, place: Place) -> Verdict:
    """What OpenCode would say. `ConfigurationError` as of `shell.tree`."""
    outside: dict[str, None] = {}
    asked: dict[str, None] = {}
    for node in shell.descendants(shell.tree(command), "command"):
        words = [shell.text(child) for child in node.children if child.type in _PARTS]
        name = words[0] if words else ""
        if name in _FILES:
            outside.update(dict.fromkeys(_outside(words, place)))
        if words and name not in _FOLDERS:
            asked[_source(node)] = None
    found = [_reason(rules, "external_directory", folder) for folder in outside]
    found += [_reason(rules, "bash", part) for part in asked]
    return Verdict(tuple(found))


def _reason(rules: Sequence[Rule], permission: str, part: str) -> Reason:
    rule = deciding(rules, permission, part)
    if rule is None:
        return Reason(Action.ASK, part, f"no rule for {permission} matches")
    return Reason(rule.action, part, f"the last rule that matches is {rule} ({rule.origin})")


def _source(node: Any) -> str:
    parent = node.parent
    redirected = parent is not None and parent.type == "redirected_statement"
    return shell.text(parent if redirected else node).strip()


def _outside(words: Sequence[str], place: Place) -> Iterator[str]:
    """The folders outside that a command's words name, as patterns."""
    for word in words[1:]:
        if word.startswith("-") or (words[0] == "chmod" and word.startswith("+")):
            continue
        named = _named(word, place)
        if named is None or _within(named, place.folder) or _within(named, place.worktree):
            continue
        folder = named if Path(named).is_dir() else os.path.dirname(named)  # noqa: PTH120
        yield os.path.join(folder, "*")  # noqa: PTH118 - as OpenCode joins them


def _named(word: str, place: Place) -> str | None:
    """The path that a word names, as far as it is known before it is expanded."""
    quoted = len(word) >= _TWO_QUOTES and word[0] == word[-1] and word[0] in "\"'"
    word = word[1:-1] if quoted else word
    if word == "~" or word.startswith("~/"):
        word = str(place.home) + word[1:]
    glob = re.search(r"[?*[]", word)
    if glob is not None:
        word = word[: glob.start()]
    if not word or word.startswith("(") or "$" in word or "`" in word:
        return None
    return os.path.normpath(os.path.join(place.folder, word))  # noqa: PTH118 - not resolved


def _within(path: str, folder: Path) -> bool:
    """By the words of the path alone: OpenCode follows no link."""
    return path == str(folder) or path.startswith(f"{str(folder).rstrip('/')}/")
