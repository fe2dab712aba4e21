"""What of git stays as it is, and what of it must be seen for git to work inside."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

_CONFIG_S = 10.0
_SECRET_SETTING = re.compile(
    r"(?im)^(?:[^\n]*://(?!git@)[^/\s@]+@"
    r"|(?![ \t]*\[)[^\n]*(?:extraheader|password|token|secret|oauth))[^\n]*(?:\n|\Z)"
)
_POINTER = re.compile(r"gitdir:\s*(.+?)\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Kept:
    """`seen` are folders of git outside the checkout that a git inside needs; `obeyed` are files and
    folders that a git outside obeys: its hooks, and every file of configuration that it reads."""

    seen: tuple[Path, ...] = ()
    obeyed: tuple[Path, ...] = ()


def kept(work: Path) -> Kept:
    """What belongs to the repository around a folder, nothing where there is none."""
    top = next((each for each in (work, *work.parents) if (each / ".git").exists()), None)
    if top is None:
        return Kept()
    entry = top / ".git"
    seen = [] if entry.is_relative_to(work) and entry.is_dir() else [entry]
    if entry.is_file():
        seen += _behind(entry)
    return Kept(tuple(seen), tuple(_obeyed(top)))


def _behind(entry: Path) -> list[Path]:
    """The folders that a `.git` file names, where they name it too: one that was planted leads nowhere."""
    found = _POINTER.fullmatch(_text(entry))
    if found is None:
        return []
    gitdir = Path(os.path.realpath(entry.parent / found[1]))
    if back := _text(gitdir / "gitdir").strip():
        if os.path.realpath(gitdir / back) != os.path.realpath(entry):
            return []
        return [
            gitdir,
            Path(os.path.realpath(gitdir / (_text(gitdir / "commondir").strip() or "."))),
        ]
    modules = [each / ".git/modules" for each in entry.parent.parents]
    return [gitdir] if any(gitdir.is_relative_to(each) for each in modules) else []


def _obeyed(top: Path) -> list[Path]:
    """Files of configuration and hooks. Reading a configuration runs nothing of it."""
    command = ["git", "config", "--list", "--show-origin", "--includes", "-z"]
    try:
        done = subprocess.run(  # noqa: S603 - git, and words of our own
            command, cwd=top, capture_output=True, check=False, timeout=_CONFIG_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    words = done.stdout.decode("utf-8", "surrogateescape").split("\0")
    found: set[Path] = set()
    for origin, setting in zip(words[0::2], words[1::2], strict=False):
        if origin.startswith("file:"):
            found.add(top / origin.removeprefix("file:"))
        key, _, value = setting.partition("\n")
        if key == "core.hookspath" or (key == "core.fsmonitor" and "/" in value):
            found.add(top / Path(value).expanduser())
    return sorted({Path(os.path.normpath(each)) for each in found if os.path.exists(each)})  # noqa: PTH110 - never raises


def cleaned(config: Path) -> str | None:
    """The text of a configuration without the settings that hold a credential, None if none does."""
    text = _text(config)
    clean = _SECRET_SETTING.sub("", text.replace("\\\n", ""))
    return clean if _SECRET_SETTING.search(text) else None


def identity(repository: Path) -> tuple[int, int]:
    """Which one it is, so that another in its place is told from it; zeros for none."""
    try:
        found = repository.lstat()
    except OSError:
        return (0, 0)
    return (found.st_dev, found.st_ino)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "surrogateescape")
    except OSError:
        return ""
