"""Imported classes of the libraries without tables: pydantic, dataclasses, attrs, msgspec, TypedDict."""

from __future__ import annotations

import dataclasses
import functools
import typing
from typing import TYPE_CHECKING, Any

from bridgewright.engineer.findings.fields import ModelKind
from bridgewright.engineer.findings.models.forms import NOBODY, Form, Raw
from bridgewright.engineer.findings.models.keys import peeled
from bridgewright.engineer.findings.models.live.hints import form_of, hints_of
from bridgewright.engineer.findings.models.marks import alias_of, mark_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.engineer.findings.models.forms import Facets

LIBRARIES = frozenset(
    "pydantic attr attrs msgspec sqlalchemy django typing builtins abc enum".split()
)


def pydantic_fields(cls: Any) -> Iterator[Raw]:
    """Pydantic 2, its dataclasses with it. Limits are noted beside the type, and inside it."""
    for name, known in cls.__pydantic_fields__.items():
        marks: dict[str, Any] = {}
        for each in known.metadata:
            marks |= mark_of(each)
        marks |= alias_of(*_aliases(known))
        yield Raw(name, form_of(known.annotation), known.is_required(), marks)


def _aliases(known: Any) -> tuple[Any, ...]:
    return (known.serialization_alias, known.alias, known.validation_alias)


def dataclass_fields(cls: Any) -> Iterator[Raw]:
    """The standard library's."""
    hints = hints_of(cls)
    for each in dataclasses.fields(cls):
        given = each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING
        yield Raw(each.name, form_of(hints.get(each.name, each.type)), given and each.init)


def attrs_fields(cls: Any) -> Iterator[Raw]:
    """attrs, by both of its names. Limits are in validators."""
    hints = hints_of(cls)
    for each in cls.__attrs_attrs__:
        hint = hints.get(each.name, each.type)
        marks: dict[str, Any] = {}
        form = NOBODY if hint is None else form_of(hint)
        for validator in _validators(each.validator):
            marks |= _validated(validator)
            if not form.name and type(validator).__name__ == "_InstanceOfValidator":
                form = _instance(validator.type)
        plain = each.name.lstrip("_")
        marks |= alias_of(None if each.alias in (each.name, plain) else each.alias)
        required = each.init and type(each.default).__name__ == "_Nothing"
        yield Raw(each.name, form, required, marks)


def _validators(validator: Any) -> Iterator[Any]:
    if validator is None:
        return
    match type(validator).__name__:
        case "_AndValidator":
            for each in validator._validators:  # noqa: SLF001 - attrs offers no other way to look
                yield from _validators(each)
        case "_OptionalValidator":
            yield from _validators(validator.validator)
        case _:
            yield validator


def _validated(validator: Any) -> Facets:
    match type(validator).__name__:
        case "_MaxLengthValidator":
            return {"max_len": validator.max_length}
        case "_MinLengthValidator":
            return {"min_len": validator.min_length}
        case "_MatchesReValidator":
            return {"pattern": validator.pattern.pattern}
        case "_InValidator" if all(isinstance(each, str) for each in validator.options):
            return {"enum": tuple(validator.options)}
        case _:
            return {}


def _instance(given: Any) -> Form:
    return form_of(given) if isinstance(given, type) else NOBODY


def msgspec_fields(cls: Any) -> Iterator[Raw]:
    """Msgspec. What may be UNSET may be absent."""
    hints = hints_of(cls)
    import msgspec  # noqa: PLC0415 - only where a model of it is

    for each in msgspec.structs.fields(cls):
        name = each.encode_name if each.encode_name != each.name else None
        yield Raw(
            each.name, form_of(hints.get(each.name, each.type)), each.required, alias_of(name)
        )


def typed_dict_fields(cls: Any) -> Iterator[Raw]:
    """TypedDict. Where annotations are kept as text its `__required_keys__` know nothing of what is
    marked `Required` or `NotRequired`: the mark is read, and they are asked only where there is none."""
    for name, hint in hints_of(cls).items():
        marked, inner = peeled(form_of(hint))
        yield Raw(name, inner, name in cls.__required_keys__ if marked is None else marked)


def properties(cls: type) -> Iterator[Raw]:
    """What can be read of an instance as a field can, and is computed."""
    seen: set[str] = set()
    for parent in cls.__mro__:
        if parent.__module__.partition(".")[0] in LIBRARIES:
            continue
        for name, value in vars(parent).items():
            getter = _getter(value)
            if getter is not None and name not in seen and not name.startswith("_"):
                yield Raw(name, _answer(getter), required=False, marks={"computed": True})
            seen.add(name)


def _getter(value: Any) -> Any:
    if type(value).__name__ == "PydanticDescriptorProxy":
        value = value.wrapped
    if isinstance(value, property):
        return value.fget
    if isinstance(value, functools.cached_property) or type(value).__name__ == "cached_property":
        return value.func
    if type(value).__name__ == "hybrid_property":
        return value.fget
    return None


def _answer(getter: Any) -> Form:
    try:
        hint = typing.get_type_hints(getter, include_extras=True).get("return", typing.Any)
    except Exception:  # noqa: BLE001 - names of the application that are there for checkers only
        return NOBODY
    return NOBODY if hint is typing.Any else form_of(hint)


def kind_of(cls: Any) -> ModelKind | None:  # noqa: PLR0911 - one for each library
    """The library that a class is a model of. Nothing but plain attributes is asked of it."""
    if hasattr(cls, "__pydantic_fields__"):
        return ModelKind.PYDANTIC
    if typing.is_typeddict(cls):
        return ModelKind.TYPED_DICT
    if hasattr(cls, "__struct_fields__"):
        return ModelKind.MSGSPEC
    if "__mapper__" in vars(cls):
        return ModelKind.SQLALCHEMY
    if hasattr(cls, "__attrs_attrs__"):
        return ModelKind.ATTRS
    if hasattr(getattr(cls, "_meta", None), "concrete_fields"):
        return None if cls._meta.abstract else ModelKind.DJANGO  # Django's way in
    if dataclasses.is_dataclass(cls):
        return ModelKind.DATACLASS
    return None
