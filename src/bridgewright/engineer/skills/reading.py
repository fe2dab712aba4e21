"""A `SKILL.md` held against the Agent Skills specification."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer import encoded
from bridgewright.engineer.definition import frontmatter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from bridgewright.engineer.definition.frontmatter import Value

FILE = "SKILL.md"
MOST_NAME = 64
"""Characters of a name."""
MOST_DESCRIPTION = 1_024
"""Characters of a description: it is in every conversation, whether the skill is used or not."""
MOST_COMPATIBILITY = 500
"""Characters of what a skill needs around it."""
MOST_LINES = 500
"""A body has fewer lines than this; what is longer goes into files that are read when they are needed."""
KEYS = ("name", "description", "license", "compatibility", "metadata", "allowed-tools")
"""All that the specification knows; what one host needs belongs below `metadata`."""
_ALLOWED = re.compile(r"[a-z0-9-]+")


class Rule(StrEnum):
    """What a skill can break."""

    HEAD = "head"
    """It cannot be read, or has no head that can."""
    NAME = "name"
    FOLDER = "folder"
    """The folder that it is in is not called as it is."""
    DESCRIPTION = "description"
    COMPATIBILITY = "compatibility"
    METADATA = "metadata"
    TEXT = "text"
    """`license` or `allowed-tools` is no text."""
    BODY = "body"
    UNKNOWN = "unknown"
    """A key that the specification does not know: a host passes it by, or refuses the skill."""


@dataclass(frozen=True, slots=True)
class Breach:
    """One thing that does not hold: where it is (`FILE`, or `FILE:LINE` for a head that cannot be read), and
    what is wrong."""

    rule: Rule
    place: str
    what: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"


def breaches(folder: Path, name: str = "") -> tuple[Breach, ...]:
    """What the skill in a folder breaks, nothing for a good one. `name` is how places call its file."""
    name = name or f"{folder.name}/{FILE}"
    try:
        content = encoded.read(folder / FILE, name)
    except ConfigurationError as error:
        return (_unread(error, name),)
    return held(content, folder.name, name)


def held(content: encoded.Encoded, folder: str, name: str = FILE) -> tuple[Breach, ...]:
    """The same for a text, and the name of the folder that it is or would be in."""
    lines = content.lines()
    try:
        head, start = frontmatter.split(lines, name)
    except ConfigurationError as error:
        return (_unread(error, name),)
    found = [*_head(head, folder), *_body(lines[start:])]
    return tuple(Breach(rule, name, what) for rule, what in found)


def _unread(error: ConfigurationError, name: str) -> Breach:
    return Breach(Rule.HEAD, error.place or name, error.problem)


def _head(head: Mapping[str, Value], folder: str) -> Iterator[tuple[Rule, str]]:
    yield from ((Rule.NAME, what) for what in _name(head.get("name")))
    name = head.get("name")
    if isinstance(name, str) and unicodedata.normalize("NFC", folder) != name:
        yield Rule.FOLDER, f"its name is {name!a}, and its folder is {folder!a}"
    wrong = _sized(head.get("description"), MOST_DESCRIPTION)
    if wrong:
        yield Rule.DESCRIPTION, f"its description {wrong}"
    if "compatibility" in head:
        wrong = _sized(head["compatibility"], MOST_COMPATIBILITY)
        if wrong:
            yield Rule.COMPATIBILITY, f"its compatibility {wrong}"
    yield from _others(head)


def _others(head: Mapping[str, Value]) -> Iterator[tuple[Rule, str]]:
    metadata = head.get("metadata", {})
    texts = isinstance(metadata, dict) and all(isinstance(v, str) for v in metadata.values())
    if not texts:
        yield Rule.METADATA, "its metadata are no texts by name: put each value into quotes"
    for key in ("license", "allowed-tools"):
        if key in head and not isinstance(head[key], str):
            yield Rule.TEXT, f"its {key} is no text"
    for key in head:
        if key not in KEYS:
            known = ", ".join(KEYS)
            yield Rule.UNKNOWN, f"has the key {key!a}, which is none of {known}"


def _name(name: Value) -> Iterator[str]:
    if not isinstance(name, str) or not name:
        yield "it has no name"
        return
    if len(name) > MOST_NAME:
        yield f"its name has {len(name)} characters, and {MOST_NAME} is the most"
    if _ALLOWED.fullmatch(name) is None:
        yield f"its name {name[:MOST_NAME]!a} has more than a-z, 0-9 and hyphens"
    if name.startswith("-") or name.endswith("-") or "--" in name:
        yield "its name begins or ends with a hyphen, or has two in a row"


def _sized(value: Value, most: int) -> str:
    if not isinstance(value, str) or not value.strip():
        return "is not there, empty, or no text"
    return f"has {len(value)} characters, and {most} is the most" if len(value) > most else ""


def _body(body: Sequence[str]) -> Iterator[tuple[Rule, str]]:
    lines = list(body)
    while lines and not lines[-1].strip():
        lines.pop()
    if not any(line.strip() for line in lines):
        yield Rule.BODY, "it says nothing below its head"
    elif len(lines) >= MOST_LINES:
        yield Rule.BODY, f"its body has {len(lines)} lines, and should have fewer than {MOST_LINES}"
