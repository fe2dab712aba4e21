"""How far a listener has come, on disk: one file for each server, source and name."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def folder(environ: Mapping[str, str]) -> Path:
    """Where state is kept: `XDG_STATE_HOME` (XDG Base Directory Specification 0.8), else the folder that
    it names as the default; on Windows the user's local one."""
    if sys.platform == "win32":
        home = Path(environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    else:
        home = Path(environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return home / "bridgewright" / "listen"


@dataclass(frozen=True, slots=True)
class Cursor:
    """One listener's place. Nothing of an event is in it but a number."""

    path: Path
    server: str
    source: str
    name: str

    @classmethod
    def of(cls, environ: Mapping[str, str], server: str, source: str, name: str) -> Cursor:
        """The place of a listener of this name."""
        digest = hashlib.sha256(f"{server}\n{source}\n{name}".encode()).hexdigest()[:12]
        return cls(folder(environ) / f"{source}-{name}-{digest}.json", server, source, name)

    def read(self) -> int | None:
        """The number of the last item that was dealt with; None at first use."""
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._refused(f"cannot be read: {error.strerror}") from None
        try:
            reached = json.loads(content)["reached"]
        except (ValueError, KeyError, TypeError, RecursionError):
            reached = None
        if isinstance(reached, int) and not isinstance(reached, bool) and reached >= 0:
            return reached
        raise self._refused("is no cursor of ours")

    def write(self, reached: int) -> None:
        """Keep the place: on disk, whole or not at all."""
        content = {
            "server": self.server,
            "source": self.source,
            "name": self.name,
            "reached": reached,
        }
        beside = self.path.with_suffix(".new")
        try:
            with beside.open("w", encoding="utf-8") as file:
                json.dump(content, file)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self.path)
        except OSError as error:
            raise self._refused(f"cannot be written: {error.strerror}") from None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the place: two listeners of one name would each get a part, and neither would know."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            file = self.path.with_suffix(".lock").open("a")
        except OSError as error:
            raise self._refused(f"cannot be made: {error.strerror}") from None
        with file:
            if not _locked(file.fileno()):
                problem = f"another listener of the name {self.name!r} listens to {self.source}"
                raise ConfigurationError(problem, remedy="end it, or give this one a --name")
            yield

    def _refused(self, why: str) -> ConfigurationError:
        remedy = "correct or remove it; without it --since says where to begin"
        return ConfigurationError(f"the cursor {self.path} {why}", remedy=remedy)


def _locked(number: int) -> bool:
    """Whether the lock on an open file is ours now; it ends with the process, however that ends. Where the
    system has no such lock (Windows), everybody is alone."""
    if sys.platform == "win32":
        return True
    import fcntl  # noqa: PLC0415 - not everywhere

    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
