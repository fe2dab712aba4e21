"""The one form in which a model's field and a provider's field are compared."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self


class Kind(StrEnum):
    """What values a field has. `ANY` holds every value; `UNKNOWN` says that nobody could tell which,
    and nothing may be concluded from it."""

    STRING = "string"
    INTEGER = "integer"
    DECIMAL = "decimal"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    TIME = "time"
    DURATION = "duration"
    BYTES = "bytes"
    ARRAY = "array"
    OBJECT = "object"
    NULL = "null"
    ANY = "any"
    UNKNOWN = "unknown"

    def holds(self, other: Kind) -> bool | None:
        """Whether every value of `other` is one of this kind as well: an integer is a decimal and a
        number, and anything is any. None when one of them is unknown, or the other may be anything."""
        if Kind.UNKNOWN in {self, other}:
            return None
        if self is Kind.ANY or self is other:
            return True
        if other is Kind.ANY:
            return None
        return other in _NARROWER.get(self, frozenset())


_NARROWER = {
    Kind.NUMBER: frozenset({Kind.INTEGER, Kind.DECIMAL}),
    Kind.DECIMAL: frozenset({Kind.INTEGER}),
}


class Zone(StrEnum):
    """Whether a time says which zone it is of."""

    AWARE = "aware"
    NAIVE = "naive"
    UNKNOWN = "unknown"


class ModelKind(StrEnum):
    """The library that a model is written in."""

    PYDANTIC = "pydantic"
    DATACLASS = "dataclass"
    ATTRS = "attrs"
    MSGSPEC = "msgspec"
    TYPED_DICT = "typed_dict"
    SQLALCHEMY = "sqlalchemy"
    DJANGO = "django"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Where:
    """A line of a file, counted from 1; 0 when only the file is known. The file is named from the
    project's root, with `/`; "" is nowhere."""

    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


NOWHERE = Where()


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """What is known of one field.

    A limit that is None is not there: the field is unbounded in that way, as far as it says. A limit that
    could not be read (`max_length=limit()`) is named in `unknown`; ask `knows` before concluding from
    its absence.

    - `required`: it has to be given when a value is made, and is always there when one is read. None:
      unknown. `nullable`: it may be null. None: unknown.
    - `min_len`, `max_len`: characters of a string, bytes of bytes, elements of an array, keys of an
      object.
    - `enum`: the only values, in words as the wire shows them (an integer in digits); empty when there is
      no such list. `open_enum`: others may come too.
    - `format`: the meaning of a string as JSON Schema names it (`uuid`, `email`, `uri`, `date-time`),
      or of the wire (`date-time-rfc-2822`, `unix-time`).
    - `precision`, `scale`: all digits of a decimal, and those behind its point.
    - `zone`: of times only. `bits`: the width of an integer; None is unbounded.
    - `unit`: `minor` or `major` of money, `s` or `ms` of time, as the name says it.
    - `unique`: no two rows have the same. `collation`: as the database names it.
    - `alias`: the name on the wire where it is another one.
    - `items`: the elements of an array, the values of an object with free keys.
    - `fields`: of an object that is written out in place. `model`: `module:Name` of one that is a model.
    - `computed`: a property; it can be read, and nothing can be kept in it.
    """

    name: str
    kind: Kind = Kind.UNKNOWN
    required: bool | None = True
    nullable: bool | None = False
    min_len: int | None = None
    max_len: int | None = None
    pattern: str | None = None
    enum: tuple[str, ...] = ()
    open_enum: bool = False
    format: str | None = None
    precision: int | None = None
    scale: int | None = None
    zone: Zone = Zone.UNKNOWN
    bits: int | None = None
    unit: str | None = None
    unique: bool = False
    collation: str | None = None
    alias: str | None = None
    items: FieldSpec | None = None
    fields: tuple[FieldSpec, ...] = ()
    model: str | None = None
    computed: bool = False
    unknown: frozenset[str] = frozenset()
    where: Where = field(default=NOWHERE, compare=False)

    def knows(self, facet: str) -> bool:
        """Whether what the field says of this facet (`max_len`, `enum` …) is all there is to it."""
        value = getattr(self, facet)
        if facet in {"required", "nullable"} and value is None:
            return False
        return facet not in self.unknown and value is not Kind.UNKNOWN and value is not Zone.UNKNOWN

    def find(self, name: str) -> FieldSpec | None:
        """A field of an object that is written out in place."""
        return _named(self.fields, name)

    def but(self, **changes: Any) -> Self:
        """The same with other facets."""
        return replace(self, **changes)


@dataclass(frozen=True, slots=True)
class Model:
    """One model of the application. `complete`: these are all its fields. When it is False (a parent
    class could not be read), nobody may say that it lacks one."""

    name: str
    module: str
    kind: ModelKind
    fields: tuple[FieldSpec, ...]
    where: Where = field(default=NOWHERE, compare=False)
    complete: bool = True

    @property
    def path(self) -> str:
        """`app.models:User`."""
        return f"{self.module}:{self.name}"

    def find(self, name: str) -> FieldSpec | None:
        """A field by its name in Python, or by its name on the wire when none has that one."""
        return _named(self.fields, name)


def _named(fields: tuple[FieldSpec, ...], name: str) -> FieldSpec | None:
    for each in fields:
        if each.name == name:
            return each
    return next((each for each in fields if each.alias == name), None)
