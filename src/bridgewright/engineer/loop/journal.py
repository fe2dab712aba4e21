"""What happened in a run, one record a line, written before and after each thing that has an effect.

It lies in git's own folder, where no tool of the model reaches and git commits nothing. A run that was
killed is found by it; what is done is then found out from git, the files and GitHub, and not believed of
it. Records hold names, paths, sizes and numbers, and texts only after they were redacted.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from secrets import token_hex
from typing import TYPE_CHECKING, Any, cast

from bridgewright.core.errors import ConfigurationError, Refused
from bridgewright.engineer.delivery.words import Edge

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from bridgewright.engineer.delivery.git import Git

    Heard = Callable[[str, Edge], None]

FOLDER = "bridgewright"
_LOCK = "engineer.lock"
_NAME = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}")
_SUFFIX = ".jsonl"


def unheard(_what: str, _edge: Edge) -> None:
    """Told to nobody."""


@dataclass(frozen=True, slots=True)
class Journal:
    """One run's. `heard` is told of each record, before it is on the disk and after."""

    path: Path
    heard: Heard = field(default=unheard, repr=False)

    @property
    def run(self) -> str:
        """The run's name."""
        return self.path.name.removesuffix(_SUFFIX)

    def write(self, what: str, **content: Any) -> None:
        """One more record; it is on the disk when this returns."""
        self.heard(what, Edge.BEFORE)
        record = {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "what": what}
        line = json.dumps(record | content, ensure_ascii=False, default=str)
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, f"{line}\n".encode("utf-8", "replace"))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self.heard(what, Edge.AFTER)

    def mended(self) -> None:
        """Take a last line away that was torn by a kill: what is written next begins a line of its own."""
        data = self.path.read_bytes()
        whole = data.rfind(b"\n") + 1
        if whole != len(data):
            os.truncate(self.path, whole)

    def records(self) -> list[dict[str, Any]]:
        """All that was written. A last line that was torn by a kill is none; `ConfigurationError` for any
        other that is no record."""
        lines = self.path.read_bytes().split(b"\n")
        found: list[dict[str, Any]] = []
        for number, line in enumerate(lines[:-1], start=1):
            try:
                record = json.loads(line)
            except ValueError:
                record = None
            if not isinstance(record, dict) or "what" not in record:
                if number == len(lines) - 1:
                    break
                raise ConfigurationError(
                    "is no record", place=f"{self.path.name}:{number}", remedy="begin a new run"
                )
            found.append(cast("dict[str, Any]", record))
        return found


def folder_of(git: Git) -> Path:
    """Where the journals of a working tree are; made when it is not there."""
    folder = git.root / git.do("rev-parse", "--git-path", FOLDER)
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def begun(git: Git, heard: Heard = unheard) -> Journal:
    """A new one, without a record."""
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{token_hex(3)}{_SUFFIX}"
    return Journal(folder_of(git) / name, heard)


def last(git: Git, heard: Heard = unheard) -> Journal | None:
    """That of the run that was begun last, None where there was none."""
    names = [each.name for each in folder_of(git).glob(f"*{_SUFFIX}")]
    known = sorted(name for name in names if _NAME.fullmatch(name.removesuffix(_SUFFIX)))
    return Journal(folder_of(git) / known[-1], heard) if known else None


@contextmanager
def alone(git: Git) -> Generator[None]:
    """As the only run in a working tree; the lock ends with the process, however it ends."""
    with (folder_of(git) / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            msg = "another run of the engineer is at work in this working tree: wait for it, or end it"
            raise Refused(msg) from None
        yield
