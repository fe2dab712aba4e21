"""One look through the folders that a command will see, for what it must not read, reach or change.

It asks by `os.path`, which answers no where `pathlib` raises: what this user may not look into cannot be
read inside either.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.sandbox.credentials import is_credential, is_hidden, is_public

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_FOUND = 5000
"""Each becomes a mount; so many take a tenth of a second."""
_PASSED_BY = frozenset("node_modules site-packages dist-packages __pycache__".split())
"""What others published, not what somebody keeps: too many files to look through before each command."""
_GIT_INNER = frozenset("objects refs logs lfs".split())
_BARE = frozenset({"HEAD", "objects", "refs"})


@dataclass(frozen=True, slots=True)
class Found:
    """What was found: `files` and `folders` with credentials, `doors` (sockets and pipes, by which an
    outside process listens), and `repositories` of git (a `.git`, file or folder, or a bare one)."""

    files: tuple[Path, ...] = ()
    folders: tuple[Path, ...] = ()
    doors: tuple[Path, ...] = ()
    repositories: tuple[Path, ...] = ()


def look(roots: Iterable[Path], tops: Iterable[Path] = ()) -> Found:
    """Look through folders, links not followed, and at what lies directly in `tops`.
    `ConfigurationError` for more than can be hidden."""
    files: list[Path] = []
    folders: list[Path] = []
    doors: list[Path] = []
    repositories: list[Path] = []
    for entry, kind in (*_each(roots), *_tops(tops)):
        if kind == "repository":
            repositories.append(entry)
        elif kind == "folder":
            folders.append(entry)
        elif kind == "door":
            doors.append(entry)
        else:
            files.append(entry)
        if len(files) + len(folders) + len(doors) + len(repositories) > MOST_FOUND:
            raise ConfigurationError(
                f"there are more than {MOST_FOUND} files with names of credentials, sockets or"
                " repositories, too many to hide one by one",
                place=str(entry.parent),
                remedy="give narrower folders to read, or move those files away",
            )
    files += _twins(files, roots)
    real = {Path(os.path.realpath(each)) for each in files}
    return Found(
        tuple(sorted(each for each in real if os.path.isfile(each))),  # noqa: PTH113 - never raises
        tuple(sorted({Path(os.path.realpath(each)) for each in folders})),
        tuple(sorted(doors)),
        tuple(sorted(repositories)),
    )


def _each(roots: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    for root in roots:
        if root.is_dir() and not root.is_symlink():
            yield from _folder(root, frozenset())
        elif is_credential(root.name) and not is_public(root):
            yield root, "file"


def _tops(tops: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    for top in tops:
        try:
            with os.scandir(top) as listed:
                entries = [each for each in listed if not each.is_dir(follow_symlinks=False)]
        except OSError:
            continue
        for entry in entries:
            yield from _entry(entry)


def _folder(folder: Path, skipped: frozenset[str]) -> Iterator[tuple[Path, str]]:
    try:
        with os.scandir(folder) as listed:
            entries = list(listed)
    except OSError:
        return  # who cannot list it here cannot list it inside: the user is the same
    if {each.name for each in entries} >= _BARE and folder.name != ".git":
        yield folder, "repository"
        skipped = skipped | _GIT_INNER
    for entry in entries:
        if entry.name not in skipped:
            yield from _entry(entry)


def _entry(entry: os.DirEntry[str]) -> Iterator[tuple[Path, str]]:
    path = Path(entry.path)
    if entry.name == ".git":
        yield path, "repository"
    if entry.is_dir(follow_symlinks=False):
        if entry.name == ".git":
            yield from _folder(path, _GIT_INNER)
        elif is_hidden(path):
            yield path, "folder"
        elif entry.name not in _PASSED_BY:
            yield from _folder(path, frozenset())
    elif entry.is_symlink():
        yield from _link(path)
    elif entry.is_file(follow_symlinks=False):
        if is_credential(entry.name) and not is_public(path):
            yield path, "file"
    else:
        yield path, "door"


def _link(path: Path) -> Iterator[tuple[Path, str]]:
    """A link by a credential's name leads to one, whatever its target is called."""
    if os.path.isdir(path):  # noqa: PTH112 - never raises
        if is_hidden(path):
            yield path, "folder"
    elif os.path.isfile(path):  # noqa: PTH113 - never raises
        if is_credential(path.name) and not is_public(path):
            yield path, "file"
    elif os.path.exists(path):  # noqa: PTH110 - never raises
        yield Path(os.path.realpath(path)), "door"


def _twins(files: list[Path], roots: Iterable[Path]) -> list[Path]:
    """Other names of the same files: a hard link to a credential is one too."""
    known: set[tuple[int, int]] = set()
    for path in files:
        found = path.stat()
        if found.st_nlink > 1:
            known.add((found.st_dev, found.st_ino))
    if not known:
        return []
    twins: list[Path] = []
    for root in roots:
        for folder, _, names in os.walk(root):
            for name in names:
                path = Path(folder, name)
                try:
                    found = path.lstat()
                except OSError:
                    continue  # it went away
                if stat.S_ISREG(found.st_mode) and (found.st_dev, found.st_ino) in known:
                    twins.append(path)
    return twins
