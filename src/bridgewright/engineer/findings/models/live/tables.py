"""Imported classes that are mapped to tables: SQLAlchemy and Django. Nothing here connects, and no
mapper is configured: a class that names others, which nobody imported, can be read all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bridgewright.engineer.findings.fields import Kind
from bridgewright.engineer.findings.models.columns import (
    COLUMNS,
    DJANGO,
    ENUMS,
    UNTOLD,
    column_facets,
    django_facets,
)
from bridgewright.engineer.findings.models.elements import element_of
from bridgewright.engineer.findings.models.forms import NOBODY, OTHER, Raw, wire_word
from bridgewright.engineer.findings.models.live.hints import form_of, hints_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.engineer.findings.models.forms import Facets

_MAPPED = "Mapped"
_GIVEN = ("length", "precision", "scale", "asdecimal", "timezone", "collation")


def sqlalchemy_fields(cls: Any) -> Iterator[Raw]:
    """The columns of a mapped class by the names of its attributes, and then what is no column."""
    columns = cls.__mapper__.columns
    for name, column in columns.items():
        yield _column(name, column)
    hints = hints_of(cls)
    for parent in cls.__mro__:
        for name, value in vars(parent).items():
            if type(value).__name__ == "InstrumentedAttribute" and name not in columns:
                form = form_of(hints[name]) if name in hints else NOBODY
                inner = form.args[0] if form.name == _MAPPED and form.args else NOBODY
                yield Raw(name, inner, required=False)


def _column(name: str, column: Any) -> Raw:
    table = getattr(column, "table", None)
    counted = column.primary_key and column is getattr(table, "autoincrement_column", None)
    filled = column.default is not None or column.server_default is not None or counted
    marks = {
        **_type(column.type),
        "nullable": bool(column.nullable),
        "unique": _is_unique(column, table),
    }
    return Raw(name, OTHER, not (column.nullable or filled), marks)


def _is_unique(column: Any, table: Any) -> bool:
    if column.unique or table is None:
        return bool(column.unique)
    groups = [each for each in table.constraints if type(each).__name__ == "UniqueConstraint"]
    groups += [each for each in table.indexes if each.unique]
    return any(
        [each.key for each in group.columns] == [column.key]
        for group in [*groups, table.primary_key]
    )


def _type(column_type: Any) -> Facets:
    names = [
        each.__name__
        for each in type(column_type).__mro__
        if each.__module__.startswith("sqlalchemy.") and each.__name__ in COLUMNS
    ]
    if not names:
        return UNTOLD
    given = {name: getattr(column_type, name, None) for name in _GIVEN}
    given["timezone"] = bool(given["timezone"])
    if names[0] in ENUMS:
        given["enums"] = tuple(column_type.enums)
    if names[0] == "ARRAY":
        given["items"] = element_of(_type(column_type.item_type))
    return column_facets(names[0], {key: each for key, each in given.items() if each is not None})


def django_fields(cls: Any) -> Iterator[Raw]:
    """The concrete fields of a Django model; of a foreign key the object, and the key beside it."""
    for each in cls._meta.concrete_fields:
        if each.remote_field is None:
            yield _field(each)
        elif not getattr(each.remote_field, "parent_link", False):
            required = not (each.null or each.blank or each.has_default())
            other = each.related_model
            marks = {"nullable": bool(each.null), "unique": bool(each.unique)}
            model = (
                {}
                if isinstance(other, str)
                else {"model": f"{other.__module__}:{other.__qualname__}"}
            )
            yield Raw(each.name, OTHER, required, {"kind": Kind.OBJECT, **model, **marks})
            target = UNTOLD if isinstance(other, str) else _facets(each.target_field)
            yield Raw(each.attname, OTHER, required, {**target, **marks})


def _field(field: Any) -> Raw:
    automatic = any(
        getattr(field, each, False) for each in ("auto_now", "auto_now_add", "generated")
    )
    automatic = automatic or "Auto" in type(field).__name__ or field.has_default()
    automatic = automatic or _has_database_default(field)
    marks = {
        **_facets(field),
        "nullable": bool(field.null),
        "unique": bool(field.unique),
    }
    return Raw(field.name, OTHER, not (field.null or field.blank or automatic), marks)


def _has_database_default(field: Any) -> bool:
    given = getattr(field, "db_default", None)
    return given is not None and getattr(given, "__name__", "") != "NOT_PROVIDED"


def _facets(field: Any) -> Facets:
    from django.conf import settings  # noqa: PLC0415 - only where a model of it is

    names = [
        each.__name__
        for each in type(field).__mro__
        if each.__module__.startswith("django.") and each.__name__ in DJANGO
    ]
    if not names:
        return UNTOLD
    wanted = ("max_length", "max_digits", "decimal_places", "db_collation")
    given = {name: getattr(field, name, None) for name in wanted}
    values = [value for value, _ in field.flatchoices if value not in (None, "")]
    if values:
        given["enums"] = tuple(wire_word(value) for value in values)
    return django_facets(names[0], {**given, "use_tz": bool(settings.USE_TZ)})
