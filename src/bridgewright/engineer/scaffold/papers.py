"""A provider's specification as it lies on disk: one file, or several beside each other, from a stranger.

Nothing is fetched and nothing of it is run: a reference may lead to another file below the first one's
folder, and nowhere else.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from bridgewright.core.errors import ConfigurationError
from bridgewright.simulate.declared import files as documents

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_BYTES = 67_108_864
"""Of a file (64 MiB): the largest that a provider publishes, GitHub's, has 13 MB (2026-11)."""
MOST_FILES = 500
LONGEST_CHAIN = 32
"""References that lead to one another."""

Content = dict[str, Any]
Place = tuple[str, str]
"""A file, by its path below the first one's folder ("" is that one), and a JSON pointer in it."""


@dataclass(frozen=True, slots=True)
class Papers:
    """The files of a specification, each read when it is first referred to."""

    path: Path
    files: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def content(self) -> Content:
        """The first file's content."""
        found: Content = self.files[""]
        return found

    def sha256(self) -> str:
        """Of the first file, as it is."""
        return hashlib.sha256(self.path.read_bytes()).hexdigest()

    def node(self, place: Place) -> Any:
        """What is at a place, None for nothing."""
        file, pointer = place
        node = self._file(file)
        for key in pointer.split("/")[1:]:
            name = key.replace("~1", "/").replace("~0", "~")
            if isinstance(node, dict):
                node = node.get(name)
            elif isinstance(node, list) and name.isdecimal() and int(name) < len(node):
                node = node[int(name)]
            else:
                return None
        return node

    def follow(self, place: Place) -> tuple[Place, Any]:
        """Where a place leads once references are followed, and what is there."""
        node = self.node(place)
        for _ in range(LONGEST_CHAIN):
            reference = node.get("$ref") if isinstance(node, dict) else None
            if not isinstance(reference, str):
                return place, node
            place = self.target(place[0], reference)
            node = self.node(place)
        raise unfit(f"{place[1]} refers to itself, or through more than {LONGEST_CHAIN} others")

    def target(self, file: str, reference: str) -> Place:
        """The place that a reference in a file names; `ConfigurationError` for one that leads out."""
        named, _, pointer = reference.partition("#")
        pointer = unquote(pointer)
        if pointer and not pointer.startswith("/"):
            raise unfit(f"{shown(reference)} is no JSON pointer")
        if not named:
            return file, pointer
        if ":" in named or named.startswith(("/", "\\")):
            raise unfit(f"{shown(reference)} leads to elsewhere, and nothing is fetched")
        folder = self.path.parent.resolve()
        there = ((folder / file).parent if file else folder) / unquote(named)
        there = there.resolve()
        if not there.is_relative_to(folder):
            raise unfit(f"{shown(reference)} leads out of the specification's folder")
        if there == self.path.resolve():
            return "", pointer
        return there.relative_to(folder).as_posix(), pointer

    def _file(self, name: str) -> Any:
        if name not in self.files:
            if len(self.files) >= MOST_FILES:
                raise unfit(f"it has more than {MOST_FILES} files")
            self.files[name] = _parsed(self.path.parent / name)
        return self.files[name]


def read(path: Path) -> Papers:
    """The specification in a file; `ConfigurationError` for what is no OpenAPI 3.0 or 3.1."""
    content = _parsed(path)
    version = content.get("openapi") if isinstance(content, dict) else None
    if not isinstance(version, str) or not version.startswith(("3.0", "3.1")):
        told = shown(content.get("swagger", version)) if isinstance(content, dict) else "nothing"
        raise unfit(f"it declares {told}, and OpenAPI 3.0 and 3.1 are understood")
    if not isinstance(content.get("paths", {}), dict) or not isinstance(content.get("info"), dict):
        raise unfit("`paths` and `info` are objects in every document")
    return Papers(path, {"": content})


def shown(text: object) -> str:
    """A stranger's text, short and on one line."""
    return ascii(str(text)[:80])


def unfit(why: str, remedy: str = "") -> ConfigurationError:
    """What cannot be used, and why."""
    remedy = (
        remedy or "give an OpenAPI 3.0 or 3.1 document as JSON or YAML, with its files beside it"
    )
    return ConfigurationError(f"this specification cannot be used: {why}", remedy=remedy)


def _parsed(path: Path) -> Any:
    try:
        return _plain(documents.content(path, LARGEST_BYTES), 0)
    except documents.UnreadError as error:
        raise unfit(str(error), error.remedy) from None
    except ValueError as error:
        raise unfit(f"{path.name} cannot be used: {error}") from None


def _plain(node: Any, depth: int) -> Any:
    """YAML's values as JSON has them: keys are texts (`200:`), dates as they were written."""
    if depth > LONGEST_CHAIN * 4:
        raise ValueError("it is nested too deep")
    if isinstance(node, dict):
        return {str(key): _plain(value, depth + 1) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value, depth + 1) for value in node]
    return node.isoformat() if isinstance(node, date) else node
