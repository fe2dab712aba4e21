"""The file on disk: read whole, written whole or not at all, by one at a time."""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from bridgewright.simulate.cassettes.document import Tape, tape_of
from bridgewright.simulate.cassettes.trouble import CassetteError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LARGEST_BYTES = 268_435_456
"""A file beyond this (256 MiB) is no cassette that anybody reviews."""


def load(path: Path) -> Tape | None:
    """What the file holds; None when there is none. CassetteError, with the place, when it is broken."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise CassetteError("this is larger than 256 MiB", place=f"{path}")
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise CassetteError("this is not UTF-8", place=f"{path}") from None
    except OSError as error:
        raise CassetteError(f"this cannot be read: {error.strerror}", place=f"{path}") from None
    return tape_of(text, f"{path}")


def change(path: Path, text_after: Callable[[Tape | None], str]) -> None:
    """Write what is to follow what the file holds now, while nobody else writes in its folder.

    The file is the old one or the new one whenever the process dies: the text goes to another file,
    to the disk, and then takes its name. What a process that died left beside it is removed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _alone(path.parent):
        for left in path.parent.glob(f".{path.name}.*.part"):
            left.unlink(missing_ok=True)
        _replace(path, text_after(load(path)))


def _replace(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    try:
        with part.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
    _settle(path.parent)


def _settle(folder: Path) -> None:
    """Have the folder remember the new name, too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder's lock: other processes wait, and a process that dies lets go of it."""
    import fcntl  # noqa: PLC0415 - there is none on Windows, where cassettes are still played

    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
