"""What may be given to a tool: each kind as a JSON schema, and as a word of a command line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.offering.confinement import Sort, confined

if TYPE_CHECKING:
    from pathlib import Path

MOST_CHARS = 200
"""Characters of one text, unless its field says otherwise: a name, a sentence."""
MOST_MANY = 50
"""Values of one field that takes several."""


class Kind(Protocol):
    """One kind of value."""

    def schema(self) -> dict[str, Any]:
        """What a host is told of it, in JSON Schema."""
        ...

    def word(self, value: object, root: Path) -> str:
        """The value as a command takes it. ValueError for one that is not of this kind, in words;
        `ConfigurationError` for a place that is not to be reached."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """One line. `pattern` is what all of it must match; `hint` says so in words."""

    pattern: str = ""
    hint: str = ""
    most_chars: int = MOST_CHARS

    def schema(self) -> dict[str, Any]:
        """A string, with its bounds and its pattern."""
        made: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": self.most_chars}
        return made | ({"pattern": f"^(?:{self.pattern})$"} if self.pattern else {})

    def word(self, value: object, root: Path) -> str:
        """The text, when it is one printable line that fits."""
        del root
        if not isinstance(value, str) or not 1 <= len(value) <= self.most_chars:
            msg = f"must be a text of 1 to {self.most_chars} characters"
            raise ValueError(msg)
        if not value.isprintable():
            msg = "must be one line, without control characters"
            raise ValueError(msg)
        if self.pattern and re.fullmatch(self.pattern, value) is None:
            msg = f"must be {self.hint}"
            raise ValueError(msg)
        return value


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number, from `least` to `most`."""

    least: int
    most: int

    def schema(self) -> dict[str, Any]:
        """An integer, with its bounds."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most}

    def word(self, value: object, root: Path) -> str:
        """Its digits; neither 1.0 nor true is a number here."""
        del root
        if type(value) is not int or not self.least <= value <= self.most:
            msg = f"must be a whole number from {self.least} to {self.most}"
            raise ValueError(msg)
        return str(value)


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of a few words."""

    words: tuple[str, ...]

    def schema(self) -> dict[str, Any]:
        """An enumeration."""
        return {"type": "string", "enum": list(self.words)}

    def word(self, value: object, root: Path) -> str:
        """The word itself, when it is one of them."""
        del root
        if not isinstance(value, str) or value not in self.words:
            msg = f"must be one of {', '.join(self.words)}"
            raise ValueError(msg)
        return value


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes or no; yes gives the option, no leaves it away."""

    def schema(self) -> dict[str, Any]:
        """A boolean."""
        return {"type": "boolean"}

    def word(self, value: object, root: Path) -> str:
        """Something for yes, and nothing for no."""
        del root
        if not isinstance(value, bool):
            msg = "must be true or false"
            raise ValueError(msg)  # noqa: TRY004 - one error for what is not of a kind
        return "yes" if value else ""


@dataclass(frozen=True, slots=True)
class Place:
    """A path below the project."""

    sort: Sort

    def schema(self) -> dict[str, Any]:
        """A string, of which words say what it must be."""
        told = "A path relative to the project, without .. and without hidden names."
        return {"type": "string", "minLength": 1, "maxLength": 400, "description": told}

    def word(self, value: object, root: Path) -> str:
        """The path, confined to `root`."""
        if not isinstance(value, str):
            msg = "must be a path"
            raise ValueError(msg)  # noqa: TRY004 - one error for what is not of a kind
        return confined(root, value, self.sort)


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """`NAME=FILE`: a name, and a file below the project."""

    def schema(self) -> dict[str, Any]:
        """A string of two parts."""
        told = "NAME=FILE: an integration, and a file of the project."
        return {"type": "string", "minLength": 3, "maxLength": 450, "description": told}

    def word(self, value: object, root: Path) -> str:
        """Both parts, the path confined to `root`."""
        name, equals, place = value.partition("=") if isinstance(value, str) else ("", "", "")
        if not equals or re.fullmatch(r"[a-z][a-z0-9_]{0,40}", name) is None:
            msg = "must be NAME=FILE"
            raise ValueError(msg)
        return f"{name}={confined(root, place, Sort.FILE)}"


@dataclass(frozen=True, slots=True)
class NameOrPlace:
    """A plain name, or a file below the project; a name that is also a file of it is that file."""

    def schema(self) -> dict[str, Any]:
        """A string that is either."""
        told = "A name, or a file of the project."
        return {"type": "string", "minLength": 1, "maxLength": 400, "description": told}

    def word(self, value: object, root: Path) -> str:
        """The name, or the path confined to `root`."""
        if not isinstance(value, str):
            msg = "must be a name or a path"
            raise ValueError(msg)  # noqa: TRY004 - one error for what is not of a kind
        plain = re.fullmatch(r"[a-z][a-z0-9_-]{0,40}", value) is not None
        return value if plain and not (root / value).exists() else confined(root, value, Sort.FILE)


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a tool is given. `option` is where the command takes it, "" for a word without one;
    `many` takes a list."""

    name: str
    told: str
    kind: Kind
    option: str = ""
    needed: bool = False
    many: bool = False

    def schema(self) -> dict[str, Any]:
        """The field as a host is told of it."""
        one = self.kind.schema()
        if self.many:
            one = {"type": "array", "items": one, "maxItems": MOST_MANY}
            one |= {"minItems": 1} if self.needed else {}
        return one | {"description": self.told}

    def words(self, value: object, root: Path) -> list[str]:
        """What the command line has for it."""
        try:
            return [self._spelt(word) for word in self._each(value, root) if word]
        except ValueError as error:
            raise ConfigurationError(
                str(error), place=self.name, remedy=f"it is: {self.told}"
            ) from None

    def _each(self, value: Any, root: Path) -> list[str]:
        if not self.many:
            return [self.kind.word(value, root)]
        values = cast("list[object]", value) if isinstance(value, list) else None
        if values is None or not self.needed <= len(values) <= MOST_MANY:
            msg = f"must be a list of {int(self.needed)} to {MOST_MANY} values"
            raise ValueError(msg)
        return [self.kind.word(each, root) for each in values]

    def _spelt(self, word: str) -> str:
        if isinstance(self.kind, Flag):
            return self.option
        return f"{self.option}={word}" if self.option else word
