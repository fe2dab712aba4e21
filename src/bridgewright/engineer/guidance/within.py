"""One file of a folder, read so that nothing else is: no way out, no credential, nothing without an end."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NoReturn

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer import encoded
from bridgewright.engineer.sandbox.credentials import names_one

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_ENTRIES = 2_000
"""What is looked at of one folder: one of guidance has dozens, and a link may lead to the whole project."""
MOST_DEEP = 8
_GIT = ".git"


@dataclass(frozen=True, slots=True)
class Walked:
    """The files below a folder, as paths below its top; and what was not looked at, and why."""

    files: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def real(top: Path, place: str, name: str = "") -> Path:
    """The file or folder that a path below `top` means, links followed. `ConfigurationError`, which calls it
    `name`, when it is not below, lies in `.git`, or is called like a credential on the way or at its end."""
    name = name or place
    parts = PurePosixPath(place).parts
    if not place.isprintable() or not name.isprintable():
        _refuse(ascii(name), "has characters in its name that cannot be shown, and is not read")
    if not parts or ".." in parts or PurePosixPath(place).is_absolute():
        _refuse(name, "is no path below the folder, and is not read")
    inside = os.path.realpath(top)
    target = Path(os.path.realpath(top / place))
    if not target.is_relative_to(inside):
        _refuse(name, "a link leads out of the folder, and is not followed")
    for each in (parts, target.relative_to(inside).parts):
        if _GIT in (part.casefold() for part in each):
            _refuse(name, "is git's own, and is not read")
        if names_one(each):
            _refuse(name, "is called like a file of credentials, and is not read")
    return target


def content(top: Path, place: str, name: str = "") -> encoded.Encoded:
    """The text of a file below a folder, of any encoding. `ConfigurationError` as of `real`, and when it is
    not there, no ordinary file, no text, or larger than a text that a person wrote."""
    name = name or place
    target = real(top, place, name)
    try:
        return encoded.decode(_bytes(target, name), name)
    except FileNotFoundError:
        raise ConfigurationError("there is no such file", place=name) from None
    except OSError as error:
        problem = f"cannot be read: {error.strerror or type(error).__name__}"
        raise ConfigurationError(problem, place=name) from None


def _bytes(target: Path, name: str) -> bytes:
    """At most one more than what is a text. The last step follows no link, for it was followed before, and
    waits for nobody: a pipe is opened, and refused."""
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(target, flags)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            _refuse(name, "is no ordinary file, and is not read")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(encoded.MOST_BYTES + 1)
    finally:
        os.close(descriptor)


def walked(top: Path, folder: str) -> Walked:
    """What is below a folder of `top`, sorted, what is nearer first. Links to folders inside are followed,
    each folder once; a folder that is not there has nothing."""
    files: list[str] = []
    remarks: list[str] = []
    seen: set[Path] = set()
    waiting = [(folder, 0)] if os.path.lexists(top / folder) else []
    left = MOST_ENTRIES
    while waiting:
        place, deep = waiting.pop(0)
        try:
            target = real(top, place)
            names = [] if target in seen else sorted(_listed(target, place))
        except ConfigurationError as error:
            remarks.append(str(error))
            continue
        seen.add(target)
        for name in names[:left]:
            path = f"{place}/{name}"
            if not os.path.isdir(top / path):  # noqa: PTH112 - never raises
                files.append(path)
            elif deep < MOST_DEEP:
                waiting.append((path, deep + 1))
        remarks += _unseen(place, len(names) - left)
        left = max(0, left - len(names))
    return Walked(tuple(files), tuple(remarks))


def _unseen(place: str, more: int) -> Iterator[str]:
    if more > 0:
        yield f"{place}: {more} files are left out, {MOST_ENTRIES} are the most"


def _listed(target: Path, place: str) -> list[str]:
    try:
        return os.listdir(target)  # noqa: PTH208 - names, not paths
    except OSError as error:
        problem = f"cannot be listed: {error.strerror or type(error).__name__}"
        raise ConfigurationError(problem, place=place) from None


def _refuse(name: str, problem: str) -> NoReturn:
    raise ConfigurationError(problem, place=name)
