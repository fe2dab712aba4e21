"""The slice that an integration has pinned: its document, held against its lock."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.findings.packs.words import Way
from bridgewright.engineer.findings.provider import slice as slices
from bridgewright.engineer.findings.provider.document import Document, load

if TYPE_CHECKING:
    from pathlib import Path

    from bridgewright.engineer.findings.provider.slice import Side
    from bridgewright.engineer.manifest.words import Manifest

_REMEDY = "pin the slice anew: `bridgewright new` writes both"


@dataclass(frozen=True, slots=True)
class Pinned:
    """A document, and the day on which it was taken; None where its lock does not say."""

    document: Document
    taken_on: date | None = None

    def side(self, method: str, path: str, way: Way) -> Side | None:
        """One direction of an operation; None where the document does not have it."""
        read = slices.request if way is Way.REQUEST else slices.response
        return read(self.document, method, path)

    def webhook(self, event: str) -> Side | None:
        """What an event brings; None where the document does not have it."""
        return slices.webhook(self.document, event)


def pinned(manifest: Manifest, root: Path) -> Pinned | None:
    """The slice of an integration; None where it pins none. `ConfigurationError` when a file is not
    there, cannot be read, or is not what the lock was written for."""
    if manifest.spec is None:
        return None
    path, lock = manifest.folder / manifest.spec.file, manifest.folder / manifest.spec.lock
    name = _shown(path, root)
    document = load(path, name)
    try:
        said = tomllib.loads(lock.read_text("utf-8"))
    except (OSError, ValueError):
        problem = "cannot be read"
        raise ConfigurationError(problem, place=_shown(lock, root), remedy=_REMEDY) from None
    if said.get("sha256") != hashlib.sha256(path.read_bytes()).hexdigest():
        problem = f"is not the file that {manifest.spec.lock} was written for"
        raise ConfigurationError(problem, place=name, remedy=_REMEDY)
    taken_on = said.get("taken_on")
    return Pinned(document, taken_on if isinstance(taken_on, date) else None)


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
