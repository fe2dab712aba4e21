"""An OpenAPI document from a stranger: read with bounds, its references kept inside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from bridgewright.core.errors import ConfigurationError
from bridgewright.simulate.declared import files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.simulate.wire import Content

LARGEST_BYTES = 8_388_608
"""Of a file (8 MiB): the largest documents of large providers are smaller."""
DEEPEST = 64
"""Levels of nesting."""
MOST_NODES = 500_000
"""Values in all; YAML's aliases count as often as they are used."""
HEAVIEST = 2_000
"""Schemas that one value is held against, over all references."""
_IN_PLACE = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else")
LONGEST_CHAIN = 32
"""References that lead to one another."""
_PLAIN = (str, int, float, bool, type(None))
_REBASING = ("$id", "$dynamicRef", "$recursiveRef")


@dataclass(frozen=True, slots=True)
class Paper:
    """A document, addressed by JSON pointers (RFC 6901): `/paths/~1things/post`."""

    content: Content = field(repr=False)

    @property
    def is_modern(self) -> bool:
        """Whether its schemas are JSON Schema (3.1), and not OpenAPI's own dialect (3.0)."""
        return not str(self.content["openapi"]).startswith("3.0")

    def at(self, *keys: str | int) -> str:
        """The pointer that keys lead to, from the top."""
        return below("", *keys)

    def follow(self, pointer: str) -> tuple[str, Any]:
        """Where a pointer leads once references are followed, and what is there; None for nothing.
        ConfigurationError for references that lead to each other and nowhere else."""
        node = self._node(pointer)
        for _ in range(LONGEST_CHAIN):
            if not isinstance(node, dict) or not isinstance(node.get("$ref"), str):
                return pointer, node
            pointer = _plain(node["$ref"])
            node = self._node(pointer)
        raise _unfit(f"{pointer} refers to itself, or through more than {LONGEST_CHAIN} others")

    def child(self, pointer: str, *keys: str | int) -> tuple[str, Any]:
        """What is below a pointer, with every reference on the way followed."""
        for key in keys:
            pointer, _ = self.follow(pointer)
            pointer = below(pointer, key)
        return self.follow(pointer)

    def _node(self, pointer: str) -> Any:
        node: Any = self.content
        for key in pointer.split("/")[1:]:
            name = key.replace("~1", "/").replace("~0", "~")
            if isinstance(node, dict):
                node = node.get(name)
            elif isinstance(node, list) and name.isdecimal() and int(name) < len(node):
                node = node[int(name)]
            else:
                return None
        return node


def below(pointer: str, *keys: str | int) -> str:
    """A pointer to what is inside."""
    escaped = (str(key).replace("~", "~0").replace("/", "~1") for key in keys)
    return "".join((pointer, *(f"/{key}" for key in escaped)))


def load(source: Mapping[str, Any] | str | Path) -> Paper:
    """Read a document: the content itself, or a path to JSON or YAML.

    ConfigurationError, with what to do, for what is too large or too deep, refers outside itself, is
    no OpenAPI 3.0 or 3.1, or is YAML where PyYAML is not installed.
    """
    content = _parsed(Path(source)) if isinstance(source, str | Path) else source
    kept = _Copying().copied(content, "", 0)
    version = kept.get("openapi") if isinstance(kept, dict) else None
    if not isinstance(version, str) or not version.startswith(("3.0", "3.1")):
        raise _unfit(f"it declares openapi {version!r}, and 3.0 and 3.1 are understood")
    if not isinstance(kept.get("paths", {}), dict) or not isinstance(kept.get("info"), dict):
        raise _unfit("`paths` and `info` are objects in every document")
    paper = Paper({"paths": {}, **kept})
    try:
        _Weights(paper).weigh(paper.content, "")
    except RecursionError:
        raise _unfit("its references lead through too many others") from None
    return paper


class _Weights:
    """How many schemas one value is held against at once, references followed: a schema that is itself
    again without end, or a thousand times, would keep whoever validates busy for ever."""

    def __init__(self, paper: Paper) -> None:
        self._paper = paper
        self._known: dict[str, int] = {}
        self._under_way: set[str] = set()

    def weigh(self, node: Any, pointer: str) -> None:
        """Look at everything below."""
        if isinstance(node, dict):
            if any(name in node for name in _IN_PLACE):
                self._of(pointer, node)
            for key, value in node.items():
                self.weigh(value, below(pointer, key))
        elif isinstance(node, list):
            for index, value in enumerate(node):
                self.weigh(value, below(pointer, index))

    def _of(self, pointer: str, node: Any) -> int:
        pointer, node = self._paper.follow(pointer)
        if pointer in self._known or not isinstance(node, dict):
            return self._known.get(pointer, 1)
        if pointer in self._under_way:
            raise _unfit(f"{pointer} is made of itself")
        self._under_way.add(pointer)
        weight = 1 + sum(self._of(place, inside) for place, inside in _in_place(pointer, node))
        if weight > HEAVIEST:
            raise _unfit(f"{pointer} is made of more than {HEAVIEST} schemas")
        self._under_way.remove(pointer)
        self._known[pointer] = weight
        return weight


def _in_place(pointer: str, node: Content) -> list[tuple[str, Any]]:
    """The schemas that are about the same value as one."""
    found: list[tuple[str, Any]] = []
    for name in _IN_PLACE:
        inside = node.get(name)
        if isinstance(inside, list):
            found += [(below(pointer, name, i), each) for i, each in enumerate(inside)]
        elif isinstance(inside, dict):
            found.append((below(pointer, name), inside))
    return found


class _Copying:
    """Copies what it is given, as long as that is bounded and plain."""

    def __init__(self) -> None:
        self._nodes = 0

    def copied(self, node: Any, at: str, depth: int) -> Any:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise _unfit(f"it has more than {MOST_NODES} values")
        if depth > DEEPEST:
            raise _unfit(f"it is nested more than {DEEPEST} levels deep, at {at[:80]}")
        if isinstance(node, dict):
            _refuse_outside(node, at)
            return {
                str(key): self.copied(value, f"{at}/{key}", depth + 1)
                for key, value in node.items()
            }
        if isinstance(node, list | tuple):
            return [self.copied(value, f"{at}/{i}", depth + 1) for i, value in enumerate(node)]
        if isinstance(node, date):  # YAML reads dates as such
            return node.isoformat()
        if isinstance(node, _PLAIN):
            return node
        raise _unfit(f"{at} is a {type(node).__name__}, which JSON has not")


def _refuse_outside(node: dict[Any, Any], at: str) -> None:
    reference = node.get("$ref")
    if isinstance(reference, str) and reference != "#" and not reference.startswith("#/"):
        raise _unfit(f"{at} refers to {reference[:80]!r}, outside of the document")
    for name in _REBASING:
        if isinstance(node.get(name), str):
            raise _unfit(f"{at} has {name}, which is not understood here")


def _parsed(path: Path) -> Any:
    try:
        return files.content(path, LARGEST_BYTES)
    except files.UnreadError as error:
        raise _unfit(str(error), error.remedy) from None


def _plain(reference: str) -> str:
    return unquote(reference[1:])


def _unfit(why: str, remedy: str = "") -> ConfigurationError:
    return ConfigurationError(
        f"this OpenAPI document cannot be simulated: {why}",
        remedy=remedy or "Give a self-contained OpenAPI 3.0 or 3.1 document",
    )
