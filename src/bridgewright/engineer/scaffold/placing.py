"""A package put where it belongs: nothing that somebody wrote is overwritten, and nothing half.

`scaffold.lock` has the hash of each file as it was made: what differs from it has been edited since.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.scaffold.toml import text
from bridgewright.settings.loading import FILE_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.engineer.scaffold.package import Package

LOCK = "scaffold.lock"


@dataclass(frozen=True, slots=True)
class Placed:
    """What became of it: files that were `written`, those `kept` because somebody edited them, and those
    that were as they should be already; and the tables that `bridgewright.toml` was given."""

    written: tuple[str, ...]
    kept: tuple[str, ...]
    same: tuple[str, ...]
    tables: tuple[str, ...]


def place(package: Package, root: Path, *, force: bool = False) -> Placed:
    """Write a package below `root`.

    Files that are there already are left alone: `ConfigurationError` names them, and nothing is written.
    With `force` those are replaced that were made by us and not edited since; edited ones are kept.
    """
    folder = root / package.folder / package.name
    made = _made_before(folder / LOCK)
    there = {name: _hash_of(folder / name) for name in package.files}
    wanted = {name: _hash(content.encode()) for name, content in package.files.items()}
    same = [name for name in wanted if there[name] == wanted[name]]
    others = [name for name in wanted if there[name] not in (None, wanted[name])]
    if others and not force:
        raise ConfigurationError(
            f"{', '.join(others)} would be overwritten; nothing was written",
            place=f"{package.folder}/{package.name}",
            remedy="use --force to replace what was made by this command and not edited since",
        )
    kept = [name for name in others if there[name] != made.get(name)]
    files = {name: package.files[name] for name in wanted if name not in {*same, *kept}}
    missing = {name: body for name, body in package.around.items() if not (root / name).exists()}
    tables, settings = _settings(package.tables, root / FILE_NAME)
    for name, body in missing.items():
        _write(root / name, body)
    for name, body in files.items():
        _write(folder / name, body)
    known = {name: wanted[name] for name in wanted if name not in kept}
    known |= {name: made[name] for name in kept if name in made}
    _write(folder / LOCK, _lock(known))
    if tables:
        _write(root / FILE_NAME, settings)
    written = [*missing, *(f"{package.folder}/{package.name}/{name}" for name in files)]
    return Placed(tuple(written), tuple(kept), tuple(same), tuple(tables))


def _settings(tables: Mapping[tuple[str, str], str], path: Path) -> tuple[list[str], str]:
    """The tables that a file lacks, and the file with them at its end."""
    before = ""
    if path.exists():
        try:
            before = path.read_bytes().decode("utf-8")
            known = tomllib.loads(before)
        except (OSError, ValueError) as error:
            problem = f"cannot be read: {type(error).__name__}"
            raise ConfigurationError(problem, place=path.name, remedy="correct it first") from None
    else:
        known = {}
    lacking = [key for key in tables if key[1] not in (known.get(key[0]) or {})]
    end = "\r\n" if "\r\n" in before else "\n"
    added = "\n".join(tables[key] for key in lacking).replace("\n", end)
    gap = "" if not before else end if before.endswith("\n") else end * 2
    return [".".join(key) for key in lacking], f"{before}{gap}{added}"


def _made_before(path: Path) -> Mapping[str, str]:
    try:
        found = tomllib.loads(path.read_text("utf-8")).get("files", {})
    except (OSError, ValueError):
        return {}
    return (
        {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}
    )


def _lock(known: Mapping[str, str]) -> str:
    lines = [
        "# The files of this package as `bridgewright new` made them, by SHA-256. Do not edit.",
        "[files]",
        *(f"{text(name)} = {text(value)}" for name, value in sorted(known.items())),
    ]
    return "\n".join(lines) + "\n"


def _hash_of(path: Path) -> str | None:
    return _hash(path.read_bytes()) if path.is_file() else None


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _write(path: Path, content: str) -> None:
    """The whole file, or the one that was there."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as file:
            file.write(content.encode())
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
        Path(file.name).chmod(mode)
        Path(file.name).replace(path)
    except OSError as error:
        problem = f"cannot be written: {error.strerror}"
        remedy = "use a folder you may write to"
        raise ConfigurationError(problem, place=path.name, remedy=remedy) from None


def _umask() -> int:
    found = os.umask(0o022)
    os.umask(found)
    return found
