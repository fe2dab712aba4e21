"""Paths that a tool is given, and the places that it writes to: below the project, and nowhere else."""

from __future__ import annotations

from enum import Enum
from pathlib import Path, PurePosixPath

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.sandbox.credentials import names_one

MOST_CHARS = 400
_REMEDY = "name it relative to the project, without `..`"


class Sort(Enum):
    """What has to be there."""

    FILE = "a file"
    FOLDER = "a folder"
    ANY = "a file or folder"
    NEW = "a place, which may be new"


def confined(root: Path, text: str, sort: Sort) -> str:
    """The path, if it is one below `root` by its words and, with every symbolic link followed, in truth.

    Hidden names (`.env`, `.git`) and files of keys are refused too. `ConfigurationError` for a path that
    is not to be reached. It holds for the moment: who can write in the project can put a link there after.
    """
    if not 1 <= len(text) <= MOST_CHARS or not text.isprintable() or "\\" in text:
        raise ConfigurationError("is no path", place=ascii(text[:80]), remedy=_REMEDY)
    path = PurePosixPath(text)
    if path.is_absolute() or ".." in path.parts or text[0] in "~-":
        raise ConfigurationError("is outside the project", place=ascii(text), remedy=_REMEDY)
    true = inside(root, text)
    hidden = any(part.startswith(".") for part in (*path.parts, *true.parts))
    if hidden or names_one(path.parts) or names_one(true.parts):
        remedy = "what is hidden or holds keys is not for tools: put what is needed elsewhere"
        raise ConfigurationError("is not for tools", place=ascii(text), remedy=remedy)
    there = root / path
    fits = {
        Sort.FILE: there.is_file(),
        Sort.FOLDER: there.is_dir(),
        Sort.ANY: there.exists(),
        Sort.NEW: True,
    }
    if not fits[sort]:
        raise ConfigurationError(f"is not {sort.value} of the project", place=text, remedy=_REMEDY)
    return path.as_posix()


def inside(root: Path, text: str) -> Path:
    """Where a place truly is, relative to `root`. `ConfigurationError` for one that a symbolic link puts
    outside."""
    home = root.resolve()
    try:
        found = (home / text).resolve()
    except (OSError, RuntimeError) as error:
        raise ConfigurationError(
            "cannot be followed", place=ascii(text), remedy="take the symbolic link away"
        ) from error
    if not found.is_relative_to(home):
        remedy = "put the file itself there, in place of a symbolic link"
        raise ConfigurationError("leads out of the project", place=ascii(text), remedy=remedy)
    return found.relative_to(home)


def top_of(folder: Path) -> Path | None:
    """The top of the working tree of git that a folder is in, None for none."""
    for each in (folder, *folder.parents):
        if (each / ".git").exists():
            return each
    return None
