"""Type objects of an imported class as forms."""

from __future__ import annotations

import enum
import types
import typing
from dataclasses import is_dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.engineer.findings.models.forms import (
    ENUM,
    KNOWN,
    LITERAL,
    MODEL,
    NOBODY,
    NULL,
    OTHER,
    UNION,
    WRAPPERS,
    Form,
    unread,
)
from bridgewright.engineer.findings.models.marks import mark_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_DROPPED = frozenset({"UnsetType"})
_PLAIN = (str, int, float, bool)


def hints_of(cls: type) -> Mapping[str, Any]:
    """The annotations of a class and its parents, resolved and with what is noted on them. What cannot
    be resolved (a name that is imported for type checkers only) is left as it was written."""
    try:
        return typing.get_type_hints(cls, include_extras=True)
    except Exception:  # noqa: BLE001 - the application's names may raise whatever they like
        found: dict[str, Any] = {}
        for parent in reversed(cls.__mro__):
            found |= {name: _one(parent, name, hint) for name, hint in _own(parent).items()}
        return found


def _own(cls: type) -> Mapping[str, Any]:
    return dict(vars(cls).get("__annotations__", {}))


def _one(cls: type, name: str, hint: Any) -> Any:
    """One annotation by itself: those beside it may be the ones that cannot be resolved."""
    holder = type("_Holder", (), {"__annotations__": {name: hint}, "__module__": cls.__module__})
    try:
        return typing.get_type_hints(holder, include_extras=True)[name]
    except Exception:  # noqa: BLE001 - as above
        return hint


def form_of(hint: Any) -> Form:  # noqa: PLR0911 - one answer for each kind of hint
    """The form of a type object; of one that nothing is known of, an unread one."""
    if hint is None or hint is types.NoneType:
        return Form(NULL)
    if hint is Ellipsis:
        return Form("...")
    origin = typing.get_origin(hint)
    if origin is not None:
        return _generic(hint, origin)
    if isinstance(hint, typing.NewType):
        return form_of(hint.__supertype__)
    if isinstance(hint, type):
        return _class(hint)
    if hint is typing.Any:
        return Form("typing.Any")
    if type(hint).__name__ == "TypeAliasType":
        return form_of(hint.__value__)
    return _named(hint)


def _generic(hint: Any, origin: Any) -> Form:  # noqa: PLR0911 - as above
    args = typing.get_args(hint)
    if origin is typing.Annotated:
        made = form_of(args[0])
        for each in args[1:]:
            made = made.marked(mark_of(each))
        return made
    if origin in (typing.Union, types.UnionType):
        kept = [each for each in args if getattr(each, "__name__", "") not in _DROPPED]
        return Form(UNION, tuple(form_of(each) for each in kept))
    if origin is typing.Literal:
        return Form(LITERAL, (), tuple(_plain(each) for each in args))
    word = getattr(origin, "__name__", getattr(origin, "_name", "")) or ""
    if word in WRAPPERS:
        return Form(word, tuple(form_of(each) for each in args))
    if type(origin).__name__ == "TypeAliasType":
        return NOBODY
    name = _canonical(origin)
    if name in KNOWN:
        return Form(name, tuple(form_of(each) for each in args))
    return form_of(origin) if isinstance(origin, type) else NOBODY


def _class(cls: type) -> Form:
    name = _canonical(cls)
    if name in KNOWN:
        return Form(name)
    if issubclass(cls, enum.Enum):
        return enum_of(cls)
    if is_model(cls):
        made_of = getattr(cls, "__pydantic_generic_metadata__", {}).get("origin") or cls
        return Form(MODEL, (), (f"{made_of.__module__}:{made_of.__qualname__}",))
    return OTHER


def _named(hint: Any) -> Form:
    """Special forms of typing without arguments, like a bare `List`."""
    word = getattr(hint, "_name", None) or getattr(hint, "__name__", "")
    return Form(str(word)) if word in WRAPPERS else NOBODY


def _canonical(cls: Any) -> str:
    module, name = getattr(cls, "__module__", ""), getattr(cls, "__qualname__", "")
    top = module.partition(".")[0]
    if module == "builtins":
        return str(name)
    if top == "pydantic":
        return f"pydantic.{name}"
    return f"{'pathlib' if top == 'pathlib' else module}.{name}"


def enum_of(cls: type[enum.Enum], *, names: bool = False) -> Form:
    """The values of an enum, or the names of its members. One that makes members of what it does not
    know is open, as far as can be told."""
    if names:
        return Form(ENUM, (), tuple(cls.__members__))
    if issubclass(cls, enum.Flag):
        return Form("int").marked(unread(["enum"]))
    values = tuple(each.value for each in cls)
    if not values or not all(isinstance(each, _PLAIN) for each in values):
        return NOBODY
    missing = any("_missing_" in vars(each) for each in cls.__mro__ if each.__module__ != "enum")
    return Form(ENUM, (), values).marked(unread(["open_enum"]) if missing else {})


def _plain(value: Any) -> Any:
    """A value of a literal: a member of an enum stands for its value."""
    return value.value if isinstance(value, enum.Enum) else value


def is_model(cls: type) -> bool:
    """Whether a class is a model in one of the libraries that are known."""
    attributes = "model_fields __attrs_attrs__ __struct_fields__ __mapper__ _meta".split()
    return (
        is_dataclass(cls)
        or typing.is_typeddict(cls)
        or any(hasattr(cls, each) for each in attributes)
    )
