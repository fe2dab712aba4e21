"""A pack: rows about a provider's fields, and capabilities with what each needs of our models."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from bridgewright.engineer.findings.codes import Severity


class Confidence(StrEnum):
    """How sure a row is: a person has read the source; somebody remembers it; a program found it in
    prose. What rests on the second is a warning at most, on the third a note."""

    CONFIRMED = "confirmed"
    RECALLED = "recalled"
    MINED = "mined"


class Way(StrEnum):
    """Where a field goes: to the provider, or from it."""

    REQUEST = "request"
    RESPONSE = "response"


class Meaning(StrEnum):
    """What a value means where its kind does not tell."""

    PHONE = "phone"
    MINOR_UNITS = "minor_units"
    DECIMAL_TEXT = "decimal_text"
    ID = "id"
    RFC2822 = "rfc2822"
    EPOCH_S = "epoch_s"


@dataclass(frozen=True, slots=True)
class Source:
    """Where something was read, and when."""

    address: str
    as_of: date
    confidence: Confidence

    def __str__(self) -> str:
        return f"{self.confidence} {self.as_of.isoformat()}, {self.address}"


@dataclass(frozen=True, slots=True)
class Row:
    """What is known of one field. `call` is as the specification has it (`POST /orders`), or empty for
    every call of the provider; None: the row says nothing of that."""

    call: str
    way: Way | None
    field: str
    source: Source
    max_len: int | None = None
    bits: int | None = None
    nullable: bool | None = None
    meaning: Meaning | None = None
    pii: bool = False
    most_keys: int | None = None
    key_len: int | None = None
    value_len: int | None = None
    not_in_keys: str = ""


@dataclass(frozen=True, slots=True)
class Role:
    """A model that a capability is about: the one mapped to the field `request` of it, or from the
    field `response`; else the first of `models` that there is. Nobody has to have an `optional` one."""

    name: str
    request: str = ""
    response: str = ""
    models: tuple[str, ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Need:
    """A field that a capability needs of a role's model, under one of its names. A field that is mapped
    in its place (`request`, `guard`, `response`: the provider's field) is it, whatever its name."""

    role: str
    field: str
    severity: Severity
    source: Source
    also: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    meaning: Meaning | None = None
    request: str = ""
    guard: str = ""
    response: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Capability:
    """A use of a provider; `title` is how sentences call it. Mappings of the operation `call` say which
    model has which role; of every operation where it is empty."""

    name: str
    title: str
    call: str
    roles: Mapping[str, Role]
    needs: tuple[Need, ...]


@dataclass(frozen=True, slots=True)
class Pack:
    """All that is known of a provider beside its specification."""

    provider: str
    place: str
    rows: tuple[Row, ...] = ()
    capabilities: Mapping[str, Capability] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """What packs say of one field of one call, each word with the source that says it."""

    words: Mapping[str, tuple[object, Source]] = field(default_factory=dict)

    def whole(self, word: str) -> int | None:
        """A number; None where no pack says."""
        value = self.words.get(word, (None,))[0]
        return value if isinstance(value, int) else None

    @property
    def meaning(self) -> Meaning | None:
        """What the value means; None where no pack says."""
        value = self.words.get("meaning", (None,))[0]
        return value if isinstance(value, Meaning) else None

    def text(self, word: str) -> str:
        """A text; empty where no pack says."""
        value = self.words.get(word, ("",))[0]
        return value if isinstance(value, str) else ""

    @property
    def personal(self) -> bool:
        """Whether a pack says that the value is about a person."""
        return "pii" in self.words

    def source(self, *words: str) -> Source | None:
        """Where the first of them that is known comes from."""
        return next((self.words[word][1] for word in words if word in self.words), None)
