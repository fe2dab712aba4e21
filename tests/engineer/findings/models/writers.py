"""Drawn models written in each library, and what can be known of them there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bridgewright.engineer.findings.fields import FieldSpec, Kind, ModelKind, Zone
from tests.engineer.findings.models.drawn import Drawn, DrawnModel, spec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PLAIN = {
    Kind.STRING: "str",
    Kind.INTEGER: "int",
    Kind.NUMBER: "float",
    Kind.DECIMAL: "Decimal",
    Kind.BOOLEAN: "bool",
    Kind.DATE: "dt.date",
    Kind.DATETIME: "dt.datetime",
    Kind.TIME: "dt.time",
    Kind.DURATION: "dt.timedelta",
    Kind.BYTES: "bytes",
}
HEAD = """\
from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import typing as t
from decimal import Decimal
from uuid import UUID

import attrs
import msgspec
import pydantic
import sqlalchemy as sa
from attrs import validators as v
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass

"""
NO_FUTURE = HEAD.removeprefix("from __future__ import annotations\n")


@dataclass(frozen=True, slots=True)
class Written:
    """Source text, and the fields that every reading of it has to come to."""

    text: str
    expected: tuple[FieldSpec, ...]


def enum_name(model: str, each: Drawn) -> str:
    return f"{model}{each.name.title().replace('_', '')}Words"


def enums(model: DrawnModel, base: str = "enum.StrEnum") -> Iterator[str]:
    """Classes for the enums that fields name."""
    for each in (*model.parent, *model.fields):
        if each.named:
            lines = "".join(f'    N_{word.upper()} = "{word}"\n' for word in each.enum)
            yield f"class {enum_name(model.name, each)}({base}):\n{lines}\n\n"


def annotation(model: str, each: Drawn, limits: str = "") -> str:
    """The type of a field, with what is noted on it."""
    if each.items is not None:
        inner = f"list[{annotation(model, each.items)}]"
    elif each.named:
        inner = enum_name(model, each)
    elif each.enum:
        words = ", ".join(f'"{word}"' for word in each.enum)
        inner = f"t.Literal[{words}]"
    else:
        inner = "UUID" if each.format == "uuid" else PLAIN[each.kind]
    if limits:
        inner = f"t.Annotated[{inner}, {limits}]"
    if not each.nullable:
        return inner
    return f"t.Optional[{inner}]" if each.optional else f"{inner} | None"


def arguments(**given: object) -> str:
    return ", ".join(f"{key}={value!r}" for key, value in given.items() if value is not None)


def _unlimited(each: Drawn) -> Drawn:
    items = None if each.items is None else _unlimited(each.items)
    return replace(
        each, max_len=None, min_len=None, precision=None, scale=None, zone=Zone.UNKNOWN, items=items
    )


def _zoned(each: Drawn) -> Drawn:
    """Elements of arrays are written without what is noted on them."""
    return replace(each, items=None if each.items is None else _unlimited(each.items))


def _class(
    model: DrawnModel, write: Callable[[Drawn], str], head: str, bases: str, own: str = ""
) -> str:
    """A class and its parent."""
    text, name = "", model.name
    parents = bases
    if model.parent:
        lines = "".join(f"    {write(each)}\n" for each in model.parent)
        text += f"{head}class {name}Parent{_in(bases)}:\n{lines}\n\n"
        parents = ", ".join([f"{name}Parent", *bases.split(", ")[1:]])
    lines = "".join(f"    {write(each)}\n" for each in model.fields)
    return f"{text}{head}class {name}{_in(parents)}:\n{own}{lines}\n\n"


def _in(bases: str) -> str:
    return f"({bases})" if bases else ""


def pydantic(model: DrawnModel) -> Written:
    def write(each: Drawn) -> str:
        each = _zoned(each)
        given = arguments(
            min_length=each.min_len,
            max_length=each.max_len,
            max_digits=each.precision,
            decimal_places=each.scale,
        )
        text = annotation(model.name, each, f"pydantic.Field({given})" if given else "")
        if each.zone is not Zone.UNKNOWN:
            text = text.replace("dt.datetime", f"pydantic.{each.zone.title()}Datetime")
        return f"{each.name}: {text}{' = None' if each.default else ''}"

    expected = tuple(spec(_zoned(each)) for each in (*model.parent, *model.fields))
    text = "".join(enums(model)) + _class(model, write, "", "pydantic.BaseModel")
    return Written(text, expected)


def dataclass_(model: DrawnModel) -> Written:
    def write(each: Drawn) -> str:
        default = " = dataclasses.field(default=None)" if each.optional else " = None"
        return f"{each.name}: {annotation(model.name, each)}{default if each.default else ''}"

    expected = tuple(spec(_unlimited(each)) for each in (*model.parent, *model.fields))
    head = "@dataclasses.dataclass(kw_only=True)\n"
    return Written("".join(enums(model)) + _class(model, write, head, ""), expected)


def attrs_(model: DrawnModel) -> Written:
    def plain(each: Drawn) -> Drawn:
        limited = replace(_unlimited(each), max_len=each.max_len, min_len=each.min_len)
        return limited if each.items is None else _unlimited(each)

    def write(each: Drawn) -> str:
        each = plain(each)
        rules = [f"v.max_len({each.max_len})"] * (each.max_len is not None)
        rules += [f"v.min_len({each.min_len})"] * (each.min_len is not None)
        rule = f"[{', '.join(rules)}]" if len(rules) != 1 else rules[0]
        rule = f"v.optional({rule})" if each.nullable and rules else rule
        given = [f"validator={rule}"] * bool(rules) + ["default=None"] * each.default
        value = f" = attrs.field({', '.join(given)})" if given else ""
        return f"{each.name}: {annotation(model.name, each)}{value}"

    expected = tuple(spec(plain(each)) for each in (*model.parent, *model.fields))
    head = "@attrs.define(kw_only=True)\n"
    return Written("".join(enums(model)) + _class(model, write, head, ""), expected)


def msgspec_(model: DrawnModel) -> Written:
    def plain(each: Drawn) -> Drawn:
        return replace(_zoned(each), precision=None, scale=None)

    def write(each: Drawn) -> str:
        each = plain(each)
        zone = {Zone.AWARE: True, Zone.NAIVE: False}.get(each.zone)
        given = arguments(min_length=each.min_len, max_length=each.max_len, tz=zone)
        text = annotation(model.name, each, f"msgspec.Meta({given})" if given else "")
        return f"{each.name}: {text}{' = None' if each.default else ''}"

    expected = tuple(spec(plain(each)) for each in (*model.parent, *model.fields))
    text = _class(model, write, "", "msgspec.Struct, kw_only=True")
    return Written("".join(enums(model)) + text, expected)


def typed_dict(model: DrawnModel) -> Written:
    """What has a default is not required here."""

    def write(each: Drawn) -> str:
        inner = annotation(model.name, each)
        return f"{each.name}: {f't.NotRequired[{inner}]' if each.default else inner}"

    expected = tuple(spec(_unlimited(each)) for each in (*model.parent, *model.fields))
    return Written("".join(enums(model)) + _class(model, write, "", "t.TypedDict"), expected)


_BITS = {Kind.INTEGER: 32}
_COLUMNS = {
    Kind.STRING: "String",
    Kind.INTEGER: "Integer",
    Kind.NUMBER: "Float",
    Kind.DECIMAL: "Numeric",
    Kind.BOOLEAN: "Boolean",
    Kind.DATE: "Date",
    Kind.DATETIME: "DateTime",
    Kind.TIME: "Time",
    Kind.DURATION: "Interval",
    Kind.BYTES: "LargeBinary",
}


def sqlalchemy(model: DrawnModel) -> Written:
    """Types by annotation where there is nothing to add. Enums are kept by their members' names."""

    def write(each: Drawn) -> str:
        if each.items is not None:
            inner = f"sa.ARRAY({_column_type(each.items)})"
        else:
            inner = _column_type(each) if _says_more(each) else ""
        given = [inner] * bool(inner) + ["default=_nothing"] * each.default
        value = f" = mapped_column({', '.join(given)})" if given else ""
        return f"{each.name}: Mapped[{annotation(model.name, each)}]{value}"

    def known(each: Drawn) -> FieldSpec:
        timed = each.kind in (Kind.DATETIME, Kind.TIME)
        zone = Zone.AWARE if each.zone is Zone.AWARE else Zone.NAIVE
        enum = tuple(f"N_{word.upper()}" for word in each.enum) if each.named else each.enum
        made = spec(replace(each, min_len=None, zone=zone if timed else Zone.UNKNOWN, enum=enum))
        if each.items is not None:
            inner = known(each.items).but(name="[]", nullable=None, required=True, unit=None)
            made = made.but(items=inner, max_len=None)
        required = not (each.default or each.nullable)
        return made.but(required=required, bits=_BITS.get(each.kind))

    key = FieldSpec("key", Kind.INTEGER, required=False, bits=32, unique=True)
    expected = (key, *(known(each) for each in (*model.parent, *model.fields)))
    own = f'    __tablename__ = "{model.name.lower()}"\n'
    own += "    key: Mapped[int] = mapped_column(primary_key=True)\n"
    text = _class(model, write, "", "", own)
    text = text.replace(f"class {model.name}:", f"class {model.name}(Base):")
    text = text.replace(f"({model.name}Parent):", f"({model.name}Parent, Base):")
    text = text.replace("Parent:\n", "Parent:\n    __abstract__ = True\n")
    return Written("".join(enums(model)) + text, expected)


def _says_more(each: Drawn) -> bool:
    return each.max_len is not None or each.precision is not None or each.zone is Zone.AWARE


def _column_type(each: Drawn) -> str:
    if each.format == "uuid":
        return "sa.Uuid"
    given = [str(each.max_len)] * (each.max_len is not None)
    given += [f"{each.precision}, {each.scale}"] * (each.precision is not None)
    given += ["timezone=True"] * (each.zone is Zone.AWARE)
    return f"sa.{_COLUMNS[each.kind]}({', '.join(given)})"


DJANGO_HEAD = "from django.db import models\n\n\n"
_FIELDS = {
    Kind.STRING: "CharField",
    Kind.INTEGER: "IntegerField",
    Kind.NUMBER: "FloatField",
    Kind.DECIMAL: "DecimalField",
    Kind.BOOLEAN: "BooleanField",
    Kind.DATE: "DateField",
    Kind.DATETIME: "DateTimeField",
    Kind.TIME: "TimeField",
    Kind.DURATION: "DurationField",
    Kind.BYTES: "BinaryField",
}


def django(model: DrawnModel, *, use_tz: bool = True) -> Written:
    """Strings have a length, decimals digits, arrays are left out."""

    def plain(each: Drawn) -> Drawn:
        is_string = each.kind is Kind.STRING and each.format is None
        return replace(
            each,
            min_len=None,
            max_len=(each.max_len or 99) if is_string else None,
            precision=(each.precision or 12) if each.kind is Kind.DECIMAL else None,
            scale=(each.scale or 2) if each.kind is Kind.DECIMAL else None,
            zone=_zone(each, use_tz=use_tz),
        )

    def write(each: Drawn) -> str:
        each = plain(each)
        name = "UUIDField" if each.format == "uuid" else _FIELDS[each.kind]
        given = [f"max_length={each.max_len}"] * (each.max_len is not None)
        if each.kind is Kind.DECIMAL:
            given.append(f"max_digits={each.precision}, decimal_places={each.scale}")
        if each.named:
            given.append(f"choices={enum_name(model.name, each)}.choices")
        elif each.enum:
            pairs = ", ".join(f'("{word}", "{word.title()}")' for word in each.enum)
            given.append(f"choices=[{pairs}]")
        given += ["null=True"] * each.nullable + ["default=None"] * each.default
        return f"{each.name} = models.{name}({', '.join(given)})"

    listed = [each for each in (*model.parent, *model.fields) if each.items is None]
    key = FieldSpec("id", Kind.INTEGER, required=False, bits=64, unique=True)
    expected = (key, *(_django_known(plain(each)) for each in listed))
    kept = DrawnModel(
        model.name,
        tuple(each for each in model.fields if each.items is None),
        tuple(each for each in model.parent if each.items is None),
    )
    text = _class(kept, write, "", "models.Model", "    __doc__ = None\n")
    abstract = "Parent(models.Model):\n    class Meta:\n        abstract = True\n\n"
    text = text.replace("Parent(models.Model):\n", abstract)
    return Written("".join(enums(model, "models.TextChoices")) + text, expected)


def _zone(each: Drawn, *, use_tz: bool) -> Zone:
    if each.kind is not Kind.DATETIME:
        return Zone.UNKNOWN
    return Zone.AWARE if use_tz else Zone.NAIVE


def _django_known(each: Drawn) -> FieldSpec:
    made = spec(each, required=not (each.default or each.nullable))
    return made.but(bits=_BITS.get(each.kind))


WRITERS = {
    ModelKind.PYDANTIC: pydantic,
    ModelKind.DATACLASS: dataclass_,
    ModelKind.ATTRS: attrs_,
    ModelKind.MSGSPEC: msgspec_,
    ModelKind.TYPED_DICT: typed_dict,
    ModelKind.SQLALCHEMY: sqlalchemy,
}
"""Of the libraries whose models live in any module."""
