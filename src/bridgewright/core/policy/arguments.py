"""Checking what an operation is given, before it is stored: names, what is missing, and plain types."""

from __future__ import annotations

import difflib
import types
import typing
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Union

from bridgewright.core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_PLAIN = (str, int, float, bool, bytes)
_SHOWN = 12


def unknown_operation(operation: str, known: Iterable[str], hint: str = "") -> ConfigurationError:
    """The error for an operation that there is none of, naming those that are spelled alike."""
    names = sorted(set(known))
    near = difflib.get_close_matches(operation, names, cutoff=0.6)
    problem = f"there is no operation {operation!r} to send"
    if near:
        return ConfigurationError(problem, remedy=f"Did you mean {' or '.join(near)}?")
    told = f"known are {', '.join(names[:_SHOWN])}" if names else "none is known"
    return ConfigurationError(problem, remedy=f"{told}{hint}")


def refuse_names(
    operation: str, given: Iterable[str], known: Collection[str], required: Iterable[str] = ()
) -> None:
    """`ConfigurationError` for an argument that is not known, or that is missing."""
    given = tuple(given)
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, sorted(known), cutoff=0.6)
            shown = ", ".join(sorted(known)[:_SHOWN]) or "none"
            remedy = f"Did you mean {' or '.join(near)}?" if near else f"it takes {shown}"
            raise ConfigurationError(f"{operation} takes no argument {name!r}", remedy=remedy)
    missing = [name for name in required if name not in given]
    if missing:
        problem = f"{operation} lacks {', '.join(map(repr, missing))}"
        raise ConfigurationError(problem, remedy="give it among the arguments")


def refuse_types(operation: str, given: Mapping[str, Any], hints: Mapping[str, Any]) -> None:
    """`ConfigurationError` for an argument whose plain type is another one. What a hint says beyond
    that is the provider's to judge."""
    for name, value in given.items():
        if name in hints and not fits(value, hints[name]):
            wanted = _called(hints[name])
            problem = f"{operation}: {name!r} is a {type(value).__name__}, and no {wanted}"
            raise ConfigurationError(problem, remedy=f"give a {wanted}")


def fits(value: Any, hint: Any) -> bool:  # noqa: PLR0911 - one answer for each kind of hint
    """Whether a value out of JSON can be what a type hint says; True for hints we cannot read."""
    origin = typing.get_origin(hint)
    if origin in (Union, types.UnionType):
        return any(fits(value, each) for each in typing.get_args(hint))
    if origin is Literal:
        # Providers add values between two releases of their SDKs: only the kind counts.
        return any(type(value) is type(each) for each in typing.get_args(hint))
    if hint is object or hint is Any:
        return True
    if hint is None or hint is type(None):
        return value is None
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if hint in _PLAIN:
        return isinstance(value, hint)
    kind = origin or hint
    if isinstance(kind, type) and issubclass(kind, list):
        return isinstance(value, list | tuple)
    if isinstance(kind, type) and (issubclass(kind, dict) or kind is Mapping):
        return isinstance(value, Mapping)
    return not (kind is Sequence and not isinstance(value, list | tuple | str))


def _called(hint: Any) -> str:
    if isinstance(hint, type):
        return {"str": "text", "int": "whole number", "bool": "True or False"}.get(
            hint.__name__, hint.__name__
        )
    parts = [_called(each) for each in typing.get_args(hint) if isinstance(each, type)]
    return " or ".join(parts) or "value of its kind"
