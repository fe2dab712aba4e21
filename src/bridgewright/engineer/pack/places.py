"""Where a file of the pack really lies: links inside a project are followed, none leads out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.engineer.pack.words import State

if TYPE_CHECKING:
    from pathlib import Path

_GIT = ".git"


def found(root: Path, path: str) -> Path | State:
    """The file that a path of the pack means below a project, or why there is none."""
    place = root / path
    try:
        inside = root.resolve()
        target = place.resolve()
    except (OSError, RuntimeError):  # links that lead round in a circle
        return State.BLOCKED
    if not target.is_relative_to(inside) or _GIT in target.relative_to(inside).parts:
        return State.OUTSIDE
    if target.is_symlink() or (target.exists() and not target.is_file()):
        return State.BLOCKED
    above = next(each for each in target.parents if each.exists())
    return target if above.is_dir() else State.BLOCKED


WHY = {
    State.OUTSIDE: "a link leads out of the project, and is not followed",
    State.BLOCKED: "something that is no file is in the way",
}
